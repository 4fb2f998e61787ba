"""Members of a workspace, and what goes with them when they leave."""

from django.db.models import Exists, OuterRef

from tenants.access.holders import tenants_of_person
from tenants.access.owners import owners_kept
from tenants.access.service import (
    NotAMemberError,
    note_left,
    replace_role,
    require_in_workspace,
    workspace_denial,
)
from tenants.audit import trail
from tenants.membership.inviters import revoke_invitations_of
from tenants.models import (
    Membership,
    Tenant,
    TenantUserPermission,
    User,
    Workspace,
    WorkspaceGroup,
)


class MemberMovedError(Exception):
    """The person holds more by now than the actor may take from them."""


def remove_member(*, actor: User, workspace: Workspace, user: User) -> None:
    """End the membership, and take every role and group of the workspace with it.

    The actor decides on access to every tenant on which the person holds anything. Refused when
    it would take a tenant's last owner away.
    """
    require_in_workspace(actor, workspace, everywhere=tenants_of_person(user, workspace))
    tenants = Tenant.objects.filter(workspace=workspace)
    with owners_kept(tenants, actor=actor), trail.written_last():
        if workspace_denial(actor, workspace, everywhere=tenants_of_person(user, workspace)):
            raise MemberMovedError(f"What {user} holds changed meanwhile: look again.")
        if not Membership.objects.filter(workspace=workspace, user=user).exists():
            raise NotAMemberError(f"{user} is not a member of the workspace any more.")
        end_membership(actor=actor, workspace=workspace, user=user)


def enrol(*, actor: User, workspace: Workspace, user: User) -> None:
    """Make the person a member who holds nothing yet: for services that checked the right.

    Being one already is no change.
    """
    if Membership.objects.filter(workspace=workspace, user=user).exists():
        return
    # What was left of an earlier membership would count again, and that was never decided.
    take_everything(actor=actor, workspace=workspace, user=user)
    Membership.objects.create(workspace=workspace, user=user)
    _record("membership.added", actor=actor, workspace=workspace, user=user)


def end_membership(*, actor: User, workspace: Workspace, user: User) -> None:
    """Take everything of the workspace and then the membership, from who is a member.

    Their open invitations into it are revoked: they no longer answer for the people they invited.
    For services that checked the right and keep the owners.
    """
    take_everything(actor=actor, workspace=workspace, user=user)
    revoke_invitations_of(actor=actor, user=user, workspace=workspace)
    Membership.objects.filter(workspace=workspace, user=user).delete()
    _record("membership.removed", actor=actor, workspace=workspace, user=user)


def leave_everywhere(*, actor: User, user: User) -> None:
    """End every membership of the person, as before they are deleted."""
    for workspace in Workspace.objects.filter(memberships__user=user).order_by("pk"):
        end_membership(actor=actor, workspace=workspace, user=user)


def note_activity(*, actor: User, user: User) -> None:
    """Record in each workspace of the person that all they hold counts again, or no longer does.

    Whoever is deactivated lets no one in any more: their open invitations are revoked.
    """
    if not user.is_active:
        revoke_invitations_of(actor=actor, user=user)
    for workspace in Workspace.objects.filter(memberships__user=user).order_by("pk"):
        _record(
            "person.activated" if user.is_active else "person.deactivated",
            actor=actor,
            workspace=workspace,
            user=user,
        )


def take_everything(*, actor: User, workspace: Workspace, user: User) -> None:
    """Leave the person neither a role of their own in the workspace, nor a group of it."""
    directly = TenantUserPermission.objects.filter(user=user, content_object=OuterRef("pk"))
    for tenant in Tenant.objects.filter(Exists(directly), workspace=workspace):
        replace_role(actor=actor, holder=user, tenant=tenant, role=None)
    groups = WorkspaceGroup.objects.filter(workspace=workspace, group__user=user)
    for group in groups.select_related("group"):
        user.groups.remove(group.group_id)
        trail.record(
            action="group.member_removed",
            actor=actor,
            tenant=None,
            workspace=workspace,
            subject=f"group:{group.group_id}",
            detail={"name": group.name, "member": user.get_username()},
        )
        note_left(actor=actor, group=group.group, user=user)


def _record(action: str, *, actor: User, workspace: Workspace, user: User) -> None:
    trail.record(
        action=action,
        actor=actor,
        tenant=None,
        workspace=workspace,
        subject=f"user:{user.pk}",
        detail={"name": user.get_username()},
    )
