"""Who may do what on a tenant: granting, revoking, asking and requiring."""

from collections.abc import Iterable

from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db import transaction

from tenants import audit
from tenants.capabilities import ROLE_CAPABILITIES, Capability, Role
from tenants.models import (
    AuditOutcome,
    Membership,
    Tenant,
    TenantGroupPermission,
    TenantUserPermission,
    User,
)
from tenants.token_scopes import TokenScope


class AccessDeniedError(PermissionDenied):
    """The person may know of the tenant, but not do this to it."""

    def __init__(self, capability: Capability, tenant: Tenant) -> None:
        super().__init__(capability.denial)
        self.capability = capability
        self.tenant = tenant


class ScopeDeniedError(PermissionDenied):
    """The person may know of it, but the token they act through is not for this."""

    def __init__(self, scope: TokenScope) -> None:
        super().__init__(scope.denial)
        self.scope = scope


class NotAMemberError(Exception):
    """A role is granted to members of the tenant's workspace only."""


class RoleNotHeldError(Exception):
    """The person does not hold the role that was to be revoked."""


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
    audit.record(
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
    audit.record(
        action="access.denied",
        actor=actor,
        tenant=tenant,
        outcome=AuditOutcome.DENIED,
        detail={"scope": scope.value},
    )
    raise ScopeDeniedError(scope)


def role_with(capabilities: frozenset[Capability]) -> Role | None:
    """The highest role all of which is among the capabilities."""
    held = [role for role in Role if ROLE_CAPABILITIES[role] <= capabilities]
    return held[-1] if held else None


def grant_role(*, actor: User, user: User, tenant: Tenant, role: Role) -> None:
    """Make the role the user's on this tenant, in place of the one held before."""
    require(actor, Capability.MANAGE_ACCESS, tenant)
    if not Membership.objects.filter(workspace=tenant.workspace_id, user=user).exists():
        raise NotAMemberError(f"{user} is not a member of the tenant's workspace.")
    with transaction.atomic():
        _set_direct_capabilities(user, tenant, ROLE_CAPABILITIES[role])
        _record_role("access.granted", actor=actor, user=user, tenant=tenant, role=role)


def revoke_role(*, actor: User, user: User, tenant: Tenant, role: Role) -> None:
    """Leave the user with nothing of their own on the tenant; what groups give stays."""
    require(actor, Capability.MANAGE_ACCESS, tenant)
    with transaction.atomic():
        held = TenantUserPermission.objects.filter(user=user, content_object=tenant)
        codenames = held.values_list("permission__codename", flat=True)
        if role_with(frozenset(map(Capability, codenames))) is not role:
            raise RoleNotHeldError(f"{user} is not {role.label} of {tenant}.")
        held.delete()
        _record_role("access.revoked", actor=actor, user=user, tenant=tenant, role=role)


def bootstrap_role(*, user: User, tenant: Tenant, role: Role) -> None:
    """Give a role, and the membership it needs, when nobody holds one who could grant it."""
    with transaction.atomic():
        Membership.objects.get_or_create(workspace_id=tenant.workspace_id, user=user)
        _set_direct_capabilities(user, tenant, ROLE_CAPABILITIES[role])
        _record_role("access.bootstrapped", actor=None, user=user, tenant=tenant, role=role)


def _within_limits(
    held: frozenset[Capability], user: User, tenant: Tenant
) -> frozenset[Capability]:
    limits = user.limits
    if limits is None:
        return held
    if limits.tenant_id not in {None, tenant.pk}:
        return frozenset()
    return held & limits.capabilities


def _set_direct_capabilities(
    user: User, tenant: Tenant, capabilities: frozenset[Capability]
) -> None:
    TenantUserPermission.objects.filter(user=user, content_object=tenant).delete()
    permissions = Permission.objects.filter(
        content_type=ContentType.objects.get_for_model(Tenant), codename__in=capabilities
    )
    TenantUserPermission.objects.bulk_create(
        TenantUserPermission(user=user, content_object=tenant, permission=permission)
        for permission in permissions
    )


def _record_role(
    action: str, *, actor: User | None, user: User, tenant: Tenant, role: Role
) -> None:
    audit.record(
        action=action,
        actor=actor,
        tenant=tenant,
        subject=f"user:{user.pk}",
        detail={"role": role.value},
    )
