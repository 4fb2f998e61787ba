"""API tokens: how a script acts as a person, within limits, for a while."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from tenants.models.capabilities import Capability
from tenants.models.member import Membership, User
from tenants.models.tenant import Tenant, TenantGroupPermission, TenantUserPermission
from tenants.models.token_scopes import TokenScope


class TokenState(models.TextChoices):
    """Whether a token still opens anything; derived, never stored."""

    USABLE = "usable", "Usable"
    EXPIRED = "expired", "Expired"
    REVOKED = "revoked", "Revoked"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, user: User, capability: Capability = Capability.VIEW) -> Self:
        """A person's own tokens; to who decides on access to a tenant, `reaching` shows more."""
        return self.filter(user=user)

    def usable_at(self, now: datetime) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=now)

    def reaching(self, tenant: Tenant) -> Self:
        """The tokens whose holders may know of the tenant, as `Tenant.visible_to` says."""
        member = Membership.objects.filter(workspace=tenant.workspace_id, user=OuterRef("user"))
        held = {"content_object": tenant, "permission__codename": Capability.VIEW.value}
        directly = TenantUserPermission.objects.filter(user=OuterRef("user"), **held)
        through_group = TenantGroupPermission.objects.filter(group__user=OuterRef("user"), **held)
        return self.filter(
            Q(tenant=None) | Q(tenant=tenant),
            Exists(member),
            Exists(directly) | Exists(through_group),
            user__is_active=True,
        )


class ApiToken(models.Model):
    """What a script shows instead of signing in. Only the hash of its secret is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=20, unique=True)
    secret_hash = models.CharField(max_length=80, unique=True)
    scopes = models.JSONField(default=list)
    # A tenant that goes takes the token along: without it the token would reach every other one.
    tenant = models.ForeignKey(
        Tenant, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="api_token_expires"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    @property
    def scope_members(self) -> tuple[TokenScope, ...]:
        """The scopes in the order of the registry; one this version does not know counts not."""
        return tuple(scope for scope in TokenScope if scope.value in self.scopes)

    def state_at(self, now: datetime) -> TokenState:
        if self.revoked_at is not None:
            return TokenState.REVOKED
        return TokenState.USABLE if now < self.expires_at else TokenState.EXPIRED
