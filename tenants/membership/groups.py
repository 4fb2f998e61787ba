"""A workspace's groups: making, naming and removing them, and who is in them."""

from uuid import uuid4

from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from tenants.access.holders import tenants_of_group, touched_by_group
from tenants.access.owners import owners_kept
from tenants.access.service import (
    NotAMemberError,
    note_joined,
    note_left,
    replace_role,
    require_in_workspace,
    workspace_denial,
)
from tenants.audit import trail
from tenants.models import Membership, User, Workspace, WorkspaceGroup


class GroupNameTakenError(Exception):
    """Another group of the workspace has the name."""


class GroupMovedError(Exception):
    """The group is not as the actor was shown it, or gives more by now than they may decide on."""


def create_group(*, actor: User, workspace: Workspace, name: str) -> WorkspaceGroup:
    """A group without members and without a role."""
    require_in_workspace(actor, workspace)
    try:
        with transaction.atomic():
            group = WorkspaceGroup.objects.create(
                workspace=workspace,
                name=name,
                group=Group.objects.create(name=_unique_name(name)),
            )
            _record("group.added", actor=actor, group=group)
    except IntegrityError as error:
        raise _taken(name) from error
    return group


def rename_group(*, actor: User, group: WorkspaceGroup, name: str) -> bool:
    """Call the group by another name; False when it is its name already."""
    _require(actor, group)
    try:
        with transaction.atomic():
            renamed = WorkspaceGroup.objects.filter(pk=group.pk).exclude(name=name)
            before = group.name
            if not renamed.update(name=name):
                return False
            Group.objects.filter(pk=group.group_id).update(name=_unique_name(name))
            group.name = name
            _record("group.renamed", actor=actor, group=group, detail={"before": before})
    except IntegrityError as error:
        raise _taken(name) from error
    return True


def delete_group(*, actor: User, group: WorkspaceGroup) -> None:
    """Remove the group, and with it what it gave; its members stay members of the workspace.

    Refused when it would take a tenant's last owner away.
    """
    _require(actor, group)
    with owners_kept(touched_by_group(group), actor=actor), trail.written_last():
        _confirm_unmoved(actor, group)
        for tenant in tenants_of_group(group.group).order_by("pk"):
            replace_role(actor=actor, holder=group.group, tenant=tenant, role=None)
        _record("group.deleted", actor=actor, group=group)
        Group.objects.filter(pk=group.group_id).delete()


def add_to_group(*, actor: User, group: WorkspaceGroup, user: User) -> bool:
    """Make a member of the workspace one of the group's; False when they are already."""
    _require(actor, group)
    with owners_kept(touched_by_group(group), actor=actor), trail.written_last():
        _confirm_unmoved(actor, group)
        if not Membership.objects.filter(workspace=group.workspace_id, user=user).exists():
            raise NotAMemberError(f"{user} is not a member of the group's workspace.")
        if group.group.user_set.filter(pk=user.pk).exists():
            return False
        group.group.user_set.add(user)
        _record(
            "group.member_added", actor=actor, group=group, detail={"member": user.get_username()}
        )
        note_joined(actor=actor, group=group.group, user=user)
    return True


def remove_from_group(*, actor: User, group: WorkspaceGroup, user: User) -> None:
    """Take the person out of the group, and with it what it gave them.

    Refused when it would take a tenant's last owner away.
    """
    _require(actor, group)
    with owners_kept(touched_by_group(group), actor=actor), trail.written_last():
        _confirm_unmoved(actor, group)
        if not group.group.user_set.filter(pk=user.pk).exists():
            raise NotAMemberError(f"{user} is not in the group any more.")
        group.group.user_set.remove(user)
        _record(
            "group.member_removed",
            actor=actor,
            group=group,
            detail={"member": user.get_username()},
        )
        note_left(actor=actor, group=group.group, user=user)


def _require(actor: User, group: WorkspaceGroup) -> None:
    require_in_workspace(actor, group.workspace, everywhere=tenants_of_group(group.group))


def _confirm_unmoved(actor: User, group: WorkspaceGroup) -> None:
    """Under the tenants' locks: the group is there, and gives no more than the actor may give."""
    is_there = WorkspaceGroup.objects.filter(pk=group.pk).exists()
    if not is_there or workspace_denial(
        actor, group.workspace, everywhere=tenants_of_group(group.group)
    ):
        raise GroupMovedError(f"The group {group.name} changed meanwhile: look again.")


def _unique_name(name: str) -> str:
    """Django's groups share one space of names, in which the workspaces must not meet."""
    return f"{name} [{uuid4().hex}]"


def _taken(name: str) -> GroupNameTakenError:
    return GroupNameTakenError(f"The workspace has a group called {name} already.")


def _record(
    action: str, *, actor: User, group: WorkspaceGroup, detail: dict[str, str] | None = None
) -> None:
    trail.record(
        action=action,
        actor=actor,
        tenant=None,
        workspace=group.workspace,
        subject=f"group:{group.group_id}",
        detail={"name": group.name, **(detail or {})},
    )
