"""Members of a workspace, and what goes with them when they leave."""

from django.db.models import Exists, OuterRef

from tenants import audit
from tenants.access import (
    NotAMemberError,
    replace_role,
    require_in_workspace,
    workspace_denial,
)
from tenants.holding import tenants_of_person
from tenants.models import (
    Membership,
    Tenant,
    TenantUserPermission,
    User,
    Workspace,
    WorkspaceGroup,
)
from tenants.owners import owners_kept


class MemberMovedError(Exception):
    """The person holds more by now than the actor may take from them."""


def remove_member(*, actor: User, workspace: Workspace, user: User) -> None:
    """End the membership, and take every role and group of the workspace with it.

    The actor decides on access to every tenant on which the person holds anything. Refused when
    it would take a tenant's last owner away.
    """
    require_in_workspace(actor, workspace, everywhere=tenants_of_person(user, workspace))
    with owners_kept(Tenant.objects.filter(workspace=workspace), actor=actor):
        if workspace_denial(actor, workspace, everywhere=tenants_of_person(user, workspace)):
            raise MemberMovedError(f"What {user} holds changed meanwhile: look again.")
        membership = Membership.objects.filter(workspace=workspace, user=user)
        if not membership.exists():
            raise NotAMemberError(f"{user} is not a member of the workspace any more.")
        take_everything(actor=actor, workspace=workspace, user=user)
        membership.delete()
        audit.record(
            action="membership.removed",
            actor=actor,
            tenant=None,
            workspace=workspace,
            subject=f"user:{user.pk}",
            detail={"name": user.get_username()},
        )


def take_everything(*, actor: User, workspace: Workspace, user: User) -> None:
    """Leave the person neither a role of their own in the workspace, nor a group of it."""
    directly = TenantUserPermission.objects.filter(user=user, content_object=OuterRef("pk"))
    for tenant in Tenant.objects.filter(Exists(directly), workspace=workspace):
        replace_role(actor=actor, holder=user, tenant=tenant, role=None)
    for group in WorkspaceGroup.objects.filter(workspace=workspace, group__user=user):
        user.groups.remove(group.group_id)
        audit.record(
            action="group.member_removed",
            actor=actor,
            tenant=None,
            workspace=workspace,
            subject=f"group:{group.group_id}",
            detail={"name": group.name, "member": user.get_username()},
        )
