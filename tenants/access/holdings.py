"""What people and groups hold on a tenant, and by which way it came to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Count, Exists, OuterRef, Prefetch, Q

from tenants.access.service import Capabilities, role_with
from tenants.models import Membership, Tenant, TenantGroupPermission, TenantUserPermission, User
from tenants.models.capabilities import ROLE_CAPABILITIES, Capability

NO_CAPABILITIES: Capabilities = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One way in which a person holds capabilities on a tenant; no group for their own."""

    capabilities: Capabilities
    group: str = ""
    group_id: int | None = None

    @property
    def way(self) -> str:
        return f"through {self.group}" if self.group_id else "directly"

    @property
    def sentence(self) -> str:
        return f"{self.way}, as {role_description(self.capabilities).lower()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Everything one person holds on one tenant, and why."""

    person: User
    sources: tuple[Source, ...]

    @property
    def given(self) -> Capabilities:
        """What is given to them, whether or not it counts."""
        return frozenset().union(*(source.capabilities for source in self.sources))

    @property
    def effective(self) -> Capabilities:
        return self.given if self.person.is_active else NO_CAPABILITIES

    @property
    def directly(self) -> Capabilities:
        return frozenset().union(
            *(source.capabilities for source in self.sources if source.group_id is None)
        )

    @property
    def role(self) -> str:
        return role_description(self.given)

    @property
    def why(self) -> list[str]:
        """Every way they came by it; of an account that is deactivated, that none counts."""
        said = [source.sentence for source in self.sources]
        if said and not self.person.is_active:
            said.append("but the account is deactivated, so none of it counts")
        return [sentence[0].upper() + sentence[1:] for sentence in said]

    def without(self, group_id: int) -> Capabilities:
        """What would be left if the group gave nothing."""
        kept = (source.capabilities for source in self.sources if source.group_id != group_id)
        return frozenset().union(*kept) if self.person.is_active else NO_CAPABILITIES


def role_description(capabilities: Capabilities) -> str:
    """The role in a word, and what goes beyond it."""
    if not capabilities:
        return "Nothing"
    role = role_with(capabilities)
    beyond = len(capabilities - ROLE_CAPABILITIES[role]) if role else len(capabilities)
    if role is None:
        return f"No full role ({beyond} of {len(Capability)} capabilities)"
    return f"{role.label} and {beyond} more" if beyond else role.label


def spelt(capabilities: Capabilities) -> str:
    return " ".join(sorted(capability.value for capability in capabilities))


def members_of(workspace_id: int) -> models.QuerySet[User]:
    member = Membership.objects.filter(workspace=workspace_id, user=OuterRef("pk"))
    return User.objects.filter(Exists(member))


def people_on(tenant: Tenant) -> models.QuerySet[User]:
    """The members of the workspace who hold anything on the tenant, with what they hold."""
    directly = TenantUserPermission.objects.filter(user=OuterRef("pk"), content_object=tenant)
    through_group = TenantGroupPermission.objects.filter(
        group__user=OuterRef("pk"), content_object=tenant
    )
    people = members_of(tenant.workspace_id).filter(Q(Exists(directly)) | Q(Exists(through_group)))
    return with_holdings(people, Tenant.objects.filter(pk=tenant.pk)).order_by("username", "pk")


def groups_on(tenant: Tenant) -> models.QuerySet[Group]:
    """The groups that hold anything on the tenant, with what they hold."""
    members = Count(
        "user", filter=Q(user__memberships__workspace=tenant.workspace_id), distinct=True
    )
    groups = Group.objects.filter(Exists(permissions_on(tenant))).annotate(member_count=members)
    return with_permissions(groups, tenant).order_by("workspace_group__name", "name", "pk")


def with_holdings(
    people: models.QuerySet[User], tenants: models.QuerySet[Tenant]
) -> models.QuerySet[User]:
    """The people, each with what they hold on these tenants: three queries more, however many."""
    directly = TenantUserPermission.objects.filter(content_object__in=tenants)
    giving = TenantGroupPermission.objects.filter(group=OuterRef("pk"), content_object__in=tenants)
    groups = Group.objects.filter(Exists(giving)).select_related("workspace_group")
    return people.prefetch_related(
        Prefetch(
            "tenantuserpermission_set",
            queryset=directly.select_related("permission"),
            to_attr="held_directly",
        ),
        Prefetch(
            "groups",
            queryset=groups.prefetch_related(_held_by_group(tenants)).order_by("name"),
            to_attr="groups_giving",
        ),
    ).fetch_mode(models.FETCH_RAISE)


def holding_of(person: User, tenant: Tenant) -> Holding:
    """Of a person from `with_holdings`: what of it is held on this tenant."""
    loaded = cast("Any", person)
    sources = [Source(capabilities=_on(loaded.held_directly, tenant))]
    sources += [
        Source(capabilities=_on(group.held, tenant), group=name_of(group), group_id=group.pk)
        for group in loaded.groups_giving
    ]
    return Holding(
        person=person, sources=tuple(source for source in sources if source.capabilities)
    )


def held_by_group(group: Group, tenant: Tenant) -> Capabilities:
    """Of a group that came with what it holds: what of it is held on this tenant."""
    return _on(cast("Any", group).held, tenant)


def name_of(group: Group) -> str:
    """What the workspace calls the group; the administration's own have one name only."""
    own = getattr(group, "workspace_group", None)
    return own.name if own else group.name


def permissions_on(tenant: Tenant) -> models.QuerySet[TenantGroupPermission]:
    """Of a group of the query around it: what it holds on this tenant."""
    return TenantGroupPermission.objects.filter(group=OuterRef("pk"), content_object=tenant)


def with_permissions(groups: models.QuerySet[Group], tenant: Tenant) -> models.QuerySet[Group]:
    on_tenant = Tenant.objects.filter(pk=tenant.pk)
    return groups.select_related("workspace_group").prefetch_related(_held_by_group(on_tenant))


def _held_by_group(
    tenants: models.QuerySet[Tenant],
) -> Any:  # Prefetch is generic in the stubs only
    held = TenantGroupPermission.objects.filter(content_object__in=tenants)
    return Prefetch(
        "tenantgrouppermission_set",
        queryset=held.select_related("permission"),
        to_attr="held",
    )


def _on(
    permissions: Iterable[TenantUserPermission | TenantGroupPermission], tenant: Tenant
) -> Capabilities:
    return frozenset(
        Capability(each.permission.codename)
        for each in permissions
        if each.content_object_id == tenant.pk
    )


def labels_of(capabilities: Capabilities) -> list[str]:
    """In the order of the registry."""
    return [capability.label for capability in Capability if capability in capabilities]
