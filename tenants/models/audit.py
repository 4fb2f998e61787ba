"""The audit trail: what people did and were refused, written once and chained by hashes."""

from datetime import datetime
from typing import Any, Never, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Cast, Concat
from django.db.models.lookups import In

from tenants.models.audit_hash import instant
from tenants.models.capabilities import Capability
from tenants.models.member import Membership, User
from tenants.models.tenant import Tenant, TenantQuerySet
from tenants.models.workspace import Workspace

ACTION_LENGTH = 80
SUBJECT_LENGTH = 200
NAME_LENGTH = 500
REQUEST_ID_LENGTH = 64
ADDRESS_LENGTH = 45
HASH_LENGTH = 80


class AuditOutcome(models.TextChoices):
    ALLOWED = "allowed", "Allowed"
    DENIED = "denied", "Denied"


class AppendOnlyError(TypeError):
    """An audit event is never changed, never removed, and never added but at a chain's end."""


class AuditChainQuerySet(models.QuerySet["AuditChain"]):
    def readable_by(self, user: User) -> Self:
        """The chains of the workspaces where the user may view a tenant.

        The installation's own is for its staff, who keep the machine its head is noted for.
        """
        theirs = Q(workspace__in=Tenant.objects.visible_to(user).values("workspace"))
        return self.filter(theirs | Q(workspace=None) if user.is_staff else theirs)

    def delete(self) -> Never:
        raise AppendOnlyError("The head of a chain is never removed.")


class AuditChain(models.Model):
    """The head of one chain of events: how long it is, and the hash of its newest event."""

    INSTALLATION = "installation"

    key = models.CharField(max_length=40, primary_key=True)
    workspace = models.OneToOneField(Workspace, on_delete=models.PROTECT, null=True)
    length = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=HASH_LENGTH, blank=True)

    objects = AuditChainQuerySet.as_manager()

    class Meta:
        ordering = ["key"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.key}, {self.length} events"

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise AppendOnlyError("The head of a chain is never removed.")

    @classmethod
    def key_of(cls, workspace_id: int | None) -> str:
        """The chain an event belongs to; what belongs to no workspace has a chain of its own."""
        return cls.INSTALLATION if workspace_id is None else f"workspace:{workspace_id}"


# Acts of a workspace that say how a person, or a group, came to hold something on a tenant.
_ABOUT_HOLDERS = (
    "group.added",
    "group.deleted",
    "group.renamed",
    "membership.added",
    "membership.removed",
    "person.activated",
    "person.deactivated",
)


# What of the installation's own events is shown to the owners of a person's workspaces.
_OF_A_MEMBER = (
    "account.connected",
    "account.deleted",
    "account.disconnected",
    "password.changed",
    "password.reset",
    "person.added",
    "person.changed",
    "reauthentication.failed",
    "reauthentication.succeeded",
    "recovery_codes.made",
    "request.refused",
    "second_factor.added",
    "second_factor.deleted",
    "second_factor.failed",
    "second_factor.removed",
    "sign_in.failed",
    "sign_in.rate_limited",
    "sign_in.refused",
    "sign_in.succeeded",
    "sign_out.succeeded",
    "token.refused",
)
# And what of these only who did it sees: an address names tenants, and these their workspaces.
_WITHHELD = ("path", "salt")


class AuditEventQuerySet(models.QuerySet["AuditEvent"]):
    def visible_to(self, user: User, capability: Capability = Capability.VIEW) -> Self:
        """The events of the tenants on which the user holds the capability."""
        return self.filter(tenant__in=Tenant.objects.visible_to(user, capability))

    def in_trail_of(self, tenants: TenantQuerySet) -> Self:
        """The events of the tenants, and how whoever holds or held something there came to it.

        That a person is a member, or how a group is called, belongs to the workspace; it is shown
        with a tenant once that tenant's own trail has named them, and it names no tenant.
        """
        return self.filter(_in_trail_of(tenants))

    def readable_by(self, user: User) -> Self:
        """What the trail shows the user: that of their tenants, and beyond it what follows.

        The events of a workspace as a whole are for those who decide on access to one of its
        tenants, and so is how its members sign in and what they were refused. Of the
        installation's own events each sees what they did themselves. A token for one tenant shows
        the trail of that tenant alone.
        """
        in_theirs = _in_trail_of(Tenant.objects.visible_to(user))
        if user.limits and user.limits.tenant_id is not None:
            return self.filter(in_theirs)
        managed = Tenant.objects.visible_to(user, Capability.MANAGE_ACCESS)
        return self.filter(
            in_theirs
            | Q(tenant=None, workspace__in=managed.values("workspace"))
            | Q(workspace=None, actor=user)
            | _of_members(Membership.objects.filter(workspace__in=managed.values("workspace")))
        )

    def in_tenant(self, tenant: Tenant) -> Self:
        return self.filter(tenant=tenant)

    def bulk_create(self, *args: Any, **kwargs: Any) -> Never:
        raise AppendOnlyError("Audit events are added one by one, at the end of their chain.")

    def update(self, **kwargs: Any) -> Never:
        raise AppendOnlyError("Audit events are never changed.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> Never:
        raise AppendOnlyError("Audit events are never changed.")

    def delete(self) -> Never:
        raise AppendOnlyError("Audit events are never removed.")


def _in_trail_of(tenants: TenantQuerySet) -> Q:
    # Workspace and subject as one value, so that the database lists them once, not once an event.
    whose = Concat(Cast("workspace_id", models.CharField()), models.Value(" "), "subject")
    named = AuditEvent.objects.order_by().filter(
        tenant__in=tenants, action__startswith="access.", outcome=AuditOutcome.ALLOWED
    )
    is_named = In(whose, named.values_list(whose, flat=True))
    return Q(tenant__in=tenants) | Q(is_named, tenant=None, action__in=_ABOUT_HOLDERS)


def _of_members(memberships: models.QuerySet[Membership]) -> Q:
    """The person an event is about by its subject, and where that is no person, who acted."""
    key = Cast("user", models.CharField())
    as_user = memberships.values_list(Concat(models.Value("user:"), key), flat=True)
    as_person = memberships.values_list(Concat(models.Value("person:"), key), flat=True)
    about = Q(subject__in=as_user) | Q(subject__in=as_person)
    by = Q(actor__in=memberships.values("user")) & (Q(subject="") | Q(subject__startswith="token:"))
    return Q(about | by, workspace=None, action__in=_OF_A_MEMBER)


class AuditEvent(models.Model):
    """One act, written once. Triggers in the database refuse to change it, as this model does."""

    chain = models.ForeignKey(AuditChain, on_delete=models.PROTECT, related_name="events")
    sequence = models.PositiveBigIntegerField()
    previous_hash = models.CharField(max_length=HASH_LENGTH, blank=True)
    hash = models.CharField(max_length=HASH_LENGTH)
    # Whoever and whatever the trail names stays: people are deactivated, not deleted. The names
    # are kept beside them, for they change.
    workspace = models.ForeignKey(Workspace, on_delete=models.PROTECT, null=True)
    workspace_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, null=True)
    tenant_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True)
    actor_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    action = models.CharField(max_length=ACTION_LENGTH)
    outcome = models.CharField(max_length=10, choices=AuditOutcome)
    subject = models.CharField(max_length=SUBJECT_LENGTH, blank=True)
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=REQUEST_ID_LENGTH, blank=True)
    address = models.CharField(max_length=ADDRESS_LENGTH, blank=True)
    at = models.DateTimeField()

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        default_permissions = ("view",)
        indexes = [
            models.Index(fields=["tenant", "-at"], name="audit_by_tenant"),
            models.Index(fields=["subject"], name="audit_by_subject"),
            models.Index(fields=["-at", "-id"], name="audit_by_time"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["chain", "sequence"], name="audit_chain_does_not_fork"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.outcome}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError("Audit events are never changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise AppendOnlyError("Audit events are never removed.")

    @property
    def outcome_member(self) -> AuditOutcome:
        return AuditOutcome(self.outcome)

    def withheld_from(self, reader: User) -> list[str]:
        """The keys of the detail that are not the reader's to see."""
        if self.workspace_id is not None or self.actor_id == reader.pk:
            return []
        return [key for key in _WITHHELD if key in self.detail]

    def detail_for(self, reader: User) -> dict[str, Any]:
        """The detail without what is withheld from the reader."""
        withheld = self.withheld_from(reader)
        return {key: value for key, value in self.detail.items() if key not in withheld}

    def facts(self) -> dict[str, Any]:
        """Everything the event's hash is made from, and so everything it proves."""
        at: datetime = self.at
        return {
            "chain": self.chain_id,
            "sequence": self.sequence,
            "previous_hash": self.previous_hash,
            "at": instant(at),
            "workspace_id": self.workspace_id,
            "workspace_name": self.workspace_name,
            "tenant_id": self.tenant_id,
            "tenant_name": self.tenant_name,
            "actor_id": self.actor_id,
            "actor_name": self.actor_name,
            "action": self.action,
            "outcome": self.outcome,
            "subject": self.subject,
            "detail": self.detail,
            "request_id": self.request_id,
            "address": self.address,
        }
