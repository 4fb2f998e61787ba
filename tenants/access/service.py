"""Who may do what on a tenant: granting, revoking, asking and requiring."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import models

from tenants.access.holders import tenants_of_group
from tenants.access.owners import owners_kept
from tenants.audit import trail
from tenants.models import (
    AuditOutcome,
    Membership,
    Tenant,
    TenantGroupPermission,
    TenantUserPermission,
    User,
    Workspace,
    WorkspaceGroup,
)
from tenants.models.capabilities import ROLE_CAPABILITIES, Capability, Role
from tenants.models.tenant import TenantQuerySet
from tenants.models.token_scopes import TokenScope

type Capabilities = frozenset[Capability]

_NOTHING: Capabilities = frozenset()


class AccessDeniedError(PermissionDenied):
    """The person may know of the tenant, but not do this to it."""

    def __init__(self, capability: Capability, tenant: Tenant) -> None:
        super().__init__(capability.denial)
        self.capability = capability
        self.tenant = tenant


class WorkspaceAccessDeniedError(PermissionDenied):
    """The person belongs to the workspace, but does not decide on access in (all of) it."""


class ScopeDeniedError(PermissionDenied):
    """The person may know of it, but the token they act through is not for this."""

    def __init__(self, scope: TokenScope) -> None:
        super().__init__(scope.denial)
        self.scope = scope


class NotAMemberError(Exception):
    """A role is granted to members and groups of the tenant's workspace only."""


class RoleNotHeldError(Exception):
    """The role that was to be revoked, or replaced, is not the one held now."""


def capabilities_of(user: User, tenant: Tenant) -> frozenset[Capability]:
    """Everything the user may do on the tenant, in one query."""
    if not user.is_active:
        return frozenset()
    workspace = tenant.workspace_id
    directly = TenantUserPermission.objects.filter(
        content_object=tenant, user=user, user__memberships__workspace=workspace
    )
    through_group = TenantGroupPermission.objects.filter(
        content_object=tenant, group__user=user, group__user__memberships__workspace=workspace
    )
    codenames = directly.values_list("permission__codename", flat=True).union(
        through_group.values_list("permission__codename", flat=True)
    )
    held = frozenset(Capability(codename) for codename in codenames)
    return _within_limits(held, user, tenant)


def has(user: User, capability: Capability, tenant: Tenant) -> bool:
    return Tenant.objects.filter(pk=tenant.pk).visible_to(user, capability).exists()


def require(actor: User, capability: Capability, tenant: Tenant) -> None:
    """Return only when the actor may; a refusal is audited.

    Call it before opening a transaction, or the refusal is rolled back with it.
    """
    if has(actor, capability, tenant):
        return
    trail.record(
        action="access.denied",
        actor=actor,
        tenant=tenant,
        outcome=AuditOutcome.DENIED,
        detail={"capability": capability.value},
    )
    raise AccessDeniedError(capability, tenant)


def require_scope(
    *, actor: User, scopes: Iterable[TokenScope], scope: TokenScope, tenant: Tenant | None
) -> None:
    """Return only when the scope is among the token's; a refusal is audited like `require`'s."""
    if scope in scopes:
        return
    trail.record(
        action="access.denied",
        actor=actor,
        tenant=tenant,
        outcome=AuditOutcome.DENIED,
        detail={"scope": scope.value},
    )
    raise ScopeDeniedError(scope)


def require_in_workspace(
    actor: User, workspace: Workspace, *, everywhere: TenantQuerySet | None = None
) -> None:
    """Return only when the actor decides on access to a tenant of the workspace.

    `everywhere` are tenants on which they have to, every one of them: what concerns a person or a
    group concerns each tenant where these hold something. A refusal is audited and names no
    tenant, for the actor may not know of all.
    """
    denial = workspace_denial(actor, workspace, everywhere=everywhere)
    if not denial:
        return
    trail.record(
        action="access.denied",
        actor=actor,
        tenant=None,
        workspace=workspace,
        outcome=AuditOutcome.DENIED,
        detail={"capability": Capability.MANAGE_ACCESS.value},
    )
    raise WorkspaceAccessDeniedError(denial)


def workspace_denial(
    actor: User, workspace: Workspace, *, everywhere: TenantQuerySet | None = None
) -> str:
    """Why the actor may not do this in the workspace; empty when they may."""
    managed = Tenant.objects.visible_to(actor, Capability.MANAGE_ACCESS)
    if not managed.filter(workspace=workspace).exists():
        return (
            f"You may manage access to no tenant of {workspace.name}. "
            "An owner of one of its tenants can do this."
        )
    if everywhere is not None and everywhere.exclude(pk__in=managed).exists():
        return (
            "This also concerns tenants to which you may not manage access. "
            "A person who may on all of them can do this."
        )
    return ""


def role_with(capabilities: Capabilities) -> Role | None:
    """The highest role all of which is among the capabilities."""
    held = [role for role in Role if ROLE_CAPABILITIES[role] <= capabilities]
    return held[-1] if held else None


def is_grantable(group: Group, tenant: Tenant) -> bool:
    """Whether the group is one of the tenant's workspace."""
    return WorkspaceGroup.objects.filter(group=group, workspace=tenant.workspace_id).exists()


def grant_role(
    *,
    actor: User,
    user: User,
    tenant: Tenant,
    role: Role,
    seen: Capabilities | None = None,
) -> None:
    """Make the role the user's on this tenant, in place of the one held before.

    `seen` is what the actor was shown as held directly: when it is something else by now, nothing
    is granted. Refused when it would take the tenant's last owner away.
    """
    require(actor, Capability.MANAGE_ACCESS, tenant)
    with owners_kept(_alone(tenant), actor=actor), trail.written_last():
        if not Membership.objects.filter(workspace=tenant.workspace_id, user=user).exists():
            raise NotAMemberError(f"{user} is not a member of the tenant's workspace.")
        replace_role(actor=actor, holder=user, tenant=tenant, role=role, seen=seen)


def revoke_role(
    *,
    actor: User,
    user: User,
    tenant: Tenant,
    role: Role | None,
    seen: Capabilities | None = None,
) -> None:
    """Leave the user with nothing of their own on the tenant; what groups give stays."""
    require(actor, Capability.MANAGE_ACCESS, tenant)
    with owners_kept(_alone(tenant), actor=actor), trail.written_last():
        _confirm_held(user, tenant, role)
        replace_role(actor=actor, holder=user, tenant=tenant, role=None, seen=seen)


def grant_group_role(
    *,
    actor: User,
    group: Group,
    tenant: Tenant,
    role: Role,
    seen: Capabilities | None = None,
) -> None:
    """Make the role the group's on this tenant, and so each of its members' too."""
    require(actor, Capability.MANAGE_ACCESS, tenant)
    with owners_kept(_alone(tenant), actor=actor), trail.written_last():
        if not is_grantable(group, tenant):
            raise NotAMemberError(f"{group} is not a group of the tenant's workspace.")
        replace_role(actor=actor, holder=group, tenant=tenant, role=role, seen=seen)


def revoke_group_role(
    *,
    actor: User,
    group: Group,
    tenant: Tenant,
    role: Role | None,
    seen: Capabilities | None = None,
) -> None:
    """Leave the group with nothing on the tenant; what its members hold themselves stays."""
    require(actor, Capability.MANAGE_ACCESS, tenant)
    with owners_kept(_alone(tenant), actor=actor), trail.written_last():
        _confirm_held(group, tenant, role)
        replace_role(actor=actor, holder=group, tenant=tenant, role=None, seen=seen)


def bootstrap_role(*, user: User, tenant: Tenant, role: Role) -> None:
    """Give a role, and the membership it needs, when no one holds a role that could grant it."""
    with owners_kept(_alone(tenant), actor=None):
        Membership.objects.get_or_create(workspace_id=tenant.workspace_id, user=user)
        _set_held(user, tenant, ROLE_CAPABILITIES[role])
        trail.record(
            action="access.bootstrapped",
            actor=None,
            tenant=tenant,
            subject=f"user:{user.pk}",
            detail={"name": user.get_username(), "role": role.value},
        )


def _within_limits(
    held: frozenset[Capability], user: User, tenant: Tenant
) -> frozenset[Capability]:
    limits = user.limits
    if limits is None:
        return held
    if limits.tenant_id not in {None, tenant.pk}:
        return frozenset()
    return held & limits.capabilities


def held_by(holder: User | Group, tenant: Tenant) -> Capabilities:
    """What is the person's or the group's own on the tenant, whatever else gives it to them."""
    codenames = _rows_of(holder, tenant).values_list("permission__codename", flat=True)
    return frozenset(map(Capability, codenames))


def replace_role(  # noqa: PLR0913 -- one argument per part of the change
    *,
    actor: User,
    holder: User | Group,
    tenant: Tenant,
    role: Role | None,
    seen: Capabilities | None = None,
    through: dict[str, str] | None = None,
) -> None:
    """Change what is held, and write it to the trail: for services that checked the right.

    `through` is recorded where the actor did not decide on it. Holding it already is no change.
    """
    before = held_by(holder, tenant)
    after = ROLE_CAPABILITIES[role] if role else frozenset()
    if seen is not None and seen != before:
        raise RoleNotHeldError(f"What {_name_of(holder)} holds changed meanwhile: look again.")
    if before == after:
        return
    _set_held(holder, tenant, after)
    trail.record(
        action=(("access.changed" if before else "access.granted") if after else "access.revoked"),
        actor=actor,
        tenant=tenant,
        subject=subject_of(holder),
        detail={
            "name": _name_of(holder),
            "before": _capability_values(before),
            "after": _capability_values(after),
            **(through or {}),
        },
    )
    if isinstance(holder, Group):
        members = User.objects.filter(groups=holder, memberships__workspace=tenant.workspace_id)
        for member in members.order_by("pk"):
            _note_through(holder, tenant, actor=actor, user=member, before=before, after=after)


def note_joined(*, actor: User, group: Group, user: User) -> None:
    """Write to the trail of each tenant what the person gained there by joining the group."""
    for tenant in tenants_of_group(group).order_by("pk"):
        held = held_by(group, tenant)
        _note_through(group, tenant, actor=actor, user=user, before=_NOTHING, after=held)


def note_left(*, actor: User, group: Group, user: User) -> None:
    """Write to the trail of each tenant what the person lost there by leaving the group."""
    for tenant in tenants_of_group(group).order_by("pk"):
        held = held_by(group, tenant)
        _note_through(group, tenant, actor=actor, user=user, before=held, after=_NOTHING)


def subject_of(holder: User | Group) -> str:
    """The person or the group as the trail names them."""
    return f"group:{holder.pk}" if isinstance(holder, Group) else f"user:{holder.pk}"


def _note_through(  # noqa: PLR0913 -- one argument per fact of the event
    group: Group,
    tenant: Tenant,
    *,
    actor: User,
    user: User,
    before: Capabilities,
    after: Capabilities,
) -> None:
    """What a group gives is recorded for each of its members: the trail answers for a person."""
    trail.record(
        action=(
            ("access.changed_through_group" if before else "access.granted_through_group")
            if after
            else "access.revoked_through_group"
        ),
        actor=actor,
        tenant=tenant,
        subject=subject_of(user),
        detail={
            "name": _name_of(user),
            "group": _name_of(group),
            "before": _capability_values(before),
            "after": _capability_values(after),
        },
    )


def _confirm_held(holder: User | Group, tenant: Tenant, role: Role | None) -> None:
    held = held_by(holder, tenant)
    if not held or role_with(held) is not role:
        label = role.label.lower() if role else "anything"
        raise RoleNotHeldError(f"{_name_of(holder)} is not {label} on {tenant} any more.")


def _alone(tenant: Tenant) -> TenantQuerySet:
    return Tenant.objects.filter(pk=tenant.pk)


def _rows_of(holder: User | Group, tenant: Tenant) -> models.QuerySet[models.Model]:
    if isinstance(holder, Group):
        return TenantGroupPermission.objects.filter(group=holder, content_object=tenant)
    return TenantUserPermission.objects.filter(user=holder, content_object=tenant)


def _set_held(holder: User | Group, tenant: Tenant, capabilities: Capabilities) -> None:
    _rows_of(holder, tenant).delete()
    permissions = Permission.objects.filter(
        content_type=ContentType.objects.get_for_model(Tenant), codename__in=capabilities
    )
    if isinstance(holder, Group):
        TenantGroupPermission.objects.bulk_create(
            TenantGroupPermission(group=holder, content_object=tenant, permission=permission)
            for permission in permissions
        )
    else:
        TenantUserPermission.objects.bulk_create(
            TenantUserPermission(user=holder, content_object=tenant, permission=permission)
            for permission in permissions
        )


def _capability_values(capabilities: Capabilities) -> str | list[str] | None:
    """The role by its value; what no role holds exactly is spelt out."""
    role = role_with(capabilities)
    if role and ROLE_CAPABILITIES[role] == capabilities:
        return role.value
    return sorted(capability.value for capability in capabilities) or None


def _name_of(holder: User | Group) -> str:
    if isinstance(holder, User):
        return holder.get_username()
    known = WorkspaceGroup.objects.filter(group=holder).values_list("name", flat=True).first()
    return known or holder.name
