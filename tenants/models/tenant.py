"""A managed tenant, who may see it, and the permissions people hold on it."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef
from django.urls import reverse
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from tenants.models.capabilities import Capability
from tenants.models.member import Membership, User
from tenants.models.workspace import Workspace


class TenantQuerySet(models.QuerySet["Tenant"]):
    def visible_to(self, user: User, capability: Capability = Capability.VIEW) -> Self:
        """The tenants on which the user holds the capability, directly or through a group.

        A permission counts only together with membership of the tenant's workspace; being a
        superuser, or holding the permission globally, counts for nothing. A token narrows it.
        """
        limits = user.limits
        if not user.is_active or (limits and capability not in limits.capabilities):
            return self.none()
        member = Membership.objects.filter(workspace=OuterRef("workspace"), user=user)
        held = {"content_object": OuterRef("pk"), "permission__codename": capability.value}
        directly = TenantUserPermission.objects.filter(user=user, **held)
        through_group = TenantGroupPermission.objects.filter(group__user=user, **held)
        visible = self.filter(Exists(member), Exists(directly) | Exists(through_group))
        if limits and limits.tenant_id is not None:
            return visible.filter(pk=limits.tenant_id)
        return visible


class Tenant(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, related_name="tenants")
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=80, unique=True)
    writes_enabled = models.BooleanField(
        "write gate", default=True, help_text="Closed: nothing is written to this tenant."
    )
    max_evidence_age = models.DurationField(
        null=True,
        blank=True,
        help_text="Checks and previews older than this do not start a restore; empty: no limit.",
    )
    needs_approval = models.BooleanField(
        "four eyes",
        default=False,
        help_text="A restore is queued once another person has approved it.",
    )
    approval_lifetime = models.DurationField(
        default=timedelta(hours=24),
        help_text="How long a request waits for approval, and how long an approval counts.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        default_permissions = ()
        permissions = [(capability.value, capability.label) for capability in Capability]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(max_evidence_age__isnull=True)
                | models.Q(max_evidence_age__gt=timedelta()),
                name="longest_evidence_age_is_positive",
            ),
            models.CheckConstraint(
                condition=models.Q(approval_lifetime__gt=timedelta()),
                name="approval_lifetime_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("tenants:tenant-detail", args=[self.slug])


class TenantUserPermission(UserObjectPermissionBase):
    content_object = models.ForeignKey(Tenant, on_delete=models.CASCADE)

    class Meta(UserObjectPermissionBase.Meta):
        default_permissions = ()


class TenantGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Tenant, on_delete=models.CASCADE)

    class Meta(GroupObjectPermissionBase.Meta):
        default_permissions = ()
