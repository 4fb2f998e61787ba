"""Invitations into a workspace: the link is shown once, only its digest is kept."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q

from tenants.models.capabilities import Capability, Role
from tenants.models.member import User
from tenants.models.tenant import Tenant
from tenants.models.workspace import Workspace

INVITEE_LENGTH = 200
TOKEN_HASH_LENGTH = 64


class InvitationState(models.TextChoices):
    """Where an invitation stands; derived from its moments, never stored."""

    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    REVOKED = "revoked", "Revoked"
    EXPIRED = "expired", "Expired"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User, capability: Capability = Capability.MANAGE_ACCESS) -> Self:
        """What those see who decide on access: to its tenant, or to any of its workspace."""
        managed = Tenant.objects.visible_to(user, capability)
        return self.filter(
            Q(tenant__in=managed) | Q(tenant=None, workspace__in=managed.values("workspace"))
        )

    def in_workspace(self, workspace: Workspace) -> Self:
        return self.filter(workspace=workspace)

    def open_at(self, now: datetime) -> Self:
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)


class Invitation(models.Model):
    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="invitations")
    invitee = models.CharField(max_length=INVITEE_LENGTH)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True, blank=True)
    role = models.CharField(
        max_length=20, blank=True, choices=[(role.value, role.label) for role in Role]
    )
    token_hash = models.CharField(max_length=TOKEN_HASH_LENGTH, unique=True, editable=False)
    invited_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="invitations_made"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="invitations_accepted"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(tenant=None, role="") | (Q(tenant__isnull=False) & ~Q(role="")),
                name="an_invited_role_has_its_tenant",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(revoked_at=None),
                name="an_invitation_ends_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.invitee} into {self.workspace}"

    @property
    def role_member(self) -> Role | None:
        return Role(self.role) if self.role else None

    def state_at(self, now: datetime) -> InvitationState:
        if self.accepted_at:
            return InvitationState.ACCEPTED
        if self.revoked_at:
            return InvitationState.REVOKED
        return InvitationState.OPEN if now < self.expires_at else InvitationState.EXPIRED
