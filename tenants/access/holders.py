"""On which tenants people and groups hold anything."""

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Exists, OuterRef, Q

from tenants.models import (
    Membership,
    Tenant,
    TenantGroupPermission,
    TenantUserPermission,
    User,
    Workspace,
    WorkspaceGroup,
)
from tenants.models.capabilities import Capability
from tenants.models.tenant import TenantQuerySet


def tenants_of_group(group: Group) -> TenantQuerySet:
    """The tenants on which the group holds anything."""
    held = TenantGroupPermission.objects.filter(group=group, content_object=OuterRef("pk"))
    return Tenant.objects.filter(Exists(held))


def tenants_of_person(user: User, workspace: Workspace) -> TenantQuerySet:
    """The tenants of the workspace on which the person holds anything, however they came by it."""
    directly = TenantUserPermission.objects.filter(user=user, content_object=OuterRef("pk"))
    through_group = TenantGroupPermission.objects.filter(
        group__user=user, content_object=OuterRef("pk")
    )
    return Tenant.objects.filter(
        Q(Exists(directly)) | Q(Exists(through_group)), workspace=workspace
    )


def touched_by_group(group: WorkspaceGroup) -> TenantQuerySet:
    """Every tenant a change of the group could concern: those of its workspace."""
    held = TenantGroupPermission.objects.filter(group=group.group_id, content_object=OuterRef("pk"))
    return Tenant.objects.filter(Q(workspace=group.workspace_id) | Q(Exists(held)))


def people_with(capability: Capability, tenant: Tenant) -> models.QuerySet[User]:
    """Everybody who holds the capability on the tenant, directly or through a group."""
    held = {"content_object": tenant, "permission__codename": capability.value}
    directly = TenantUserPermission.objects.filter(user=OuterRef("pk"), **held)
    through_group = TenantGroupPermission.objects.filter(group__user=OuterRef("pk"), **held)
    member = Membership.objects.filter(user=OuterRef("pk"), workspace=tenant.workspace_id)
    return User.objects.filter(
        Exists(member), Exists(directly) | Exists(through_group), is_active=True
    )


def holds(capability: Capability, *, user: str, tenant: str) -> Q:
    """Whether the person a row names holds the capability on the tenant it names.

    `user` and `tenant` are the names of the row's two fields.
    """
    held = {"content_object": OuterRef(tenant), "permission__codename": capability.value}
    directly = TenantUserPermission.objects.filter(user=OuterRef(user), **held)
    through_group = TenantGroupPermission.objects.filter(group__user=OuterRef(user), **held)
    member = Membership.objects.filter(
        user=OuterRef(user), workspace=OuterRef(f"{tenant}__workspace")
    )
    return (
        Q(**{f"{user}__is_active": True})
        & Q(Exists(member))
        & (Q(Exists(directly)) | Q(Exists(through_group)))
    )


def managed_workspaces(reader: User) -> list[Workspace]:
    """Where the reader decides on access to a tenant, and so sees the people."""
    managed = Tenant.objects.visible_to(reader, Capability.MANAGE_ACCESS)
    return list(Workspace.objects.filter(pk__in=managed.values("workspace")))
