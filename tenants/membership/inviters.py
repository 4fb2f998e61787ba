"""Who made an invitation, and what becomes of it when they go."""

from datetime import datetime
from typing import Any

from django.utils import timezone

from tenants.access.service import has, workspace_denial
from tenants.audit import trail
from tenants.models import Invitation, User, Workspace
from tenants.models.capabilities import Capability
from tenants.models.invitation import InvitationQuerySet


def may_still_invite(invitation: Invitation) -> bool:
    """Whether whoever made the invitation could make it today."""
    inviter = invitation.invited_by
    if inviter is None:
        return False
    if invitation.tenant is None:
        return not workspace_denial(inviter, invitation.workspace)
    return has(inviter, Capability.MANAGE_ACCESS, invitation.tenant)


def open_invitations_of(
    user: User, *, now: datetime, workspace: Workspace | None = None
) -> InvitationQuerySet:
    """The open invitations the person made, into the workspace or into any."""
    made = Invitation.objects.open_at(now).filter(invited_by=user)
    return made if workspace is None else made.in_workspace(workspace)


def revoke_invitations_of(*, actor: User, user: User, workspace: Workspace | None = None) -> None:
    """Make the links of who goes worthless: for services that checked the right."""
    now = timezone.now()
    made = open_invitations_of(user, now=now, workspace=workspace)
    for invitation in made.select_related("workspace", "tenant", "invited_by").order_by("pk"):
        if Invitation.objects.open_at(now).filter(pk=invitation.pk).update(revoked_at=now):
            trail.record(action="invitation.revoked", actor=actor, **audit_facts_of(invitation))


def audit_facts_of(invitation: Invitation) -> dict[str, Any]:
    """Where an event about the invitation belongs, and what it says."""
    inviter = invitation.invited_by
    return {
        "tenant": invitation.tenant,
        "workspace": invitation.workspace,
        "subject": f"invitation:{invitation.pk}",
        "detail": {
            "invitee": invitation.invitee,
            "invited_by": inviter.get_username() if inviter else None,
            "role": invitation.role or None,
        },
    }
