"""What the pages of access show: who holds what on a tenant, and by which way it came to them."""

from dataclasses import dataclass

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Exists, Q
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tenants.access.holdings import (
    NO_CAPABILITIES,
    Holding,
    held_by_group,
    holding_of,
    labels_of,
    members_of,
    name_of,
    people_on,
    permissions_on,
    role_description,
    spelt,
    with_holdings,
    with_permissions,
)
from tenants.access.owners import last_owner_obstacle
from tenants.access.service import Capabilities, capabilities_of
from tenants.models import (
    Tenant,
    User,
)
from tenants.models.capabilities import ROLE_CAPABILITIES, Capability, Role

# What an address and a form say in place of a role, to take the one held.
REVOKED = "none"
_AFFECTED_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CapabilityLine:
    """One capability of the registry: whether a person holds it, and why."""

    capability: Capability
    is_held: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixLine:
    """One capability of the registry, and which roles hold it."""

    capability: Capability
    cells: tuple[tuple[Role, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPage:
    tenant: Tenant
    manage_denial: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    tenant: Tenant
    person: User
    holding: Holding
    manage_denial: str

    @property
    def name(self) -> str:
        return str(self.person)

    @property
    def lines(self) -> tuple[CapabilityLine, ...]:
        return tuple(self._line(capability) for capability in Capability)

    @property
    def revoke_denial(self) -> str:
        """Why nothing of their own can be revoked; empty when it can."""
        if self.manage_denial:
            return self.manage_denial
        return "" if self.holding.directly else "Nothing is given to this person directly."

    @property
    def role_url(self) -> str:
        return reverse("tenants:access-person-role", args=[self.tenant.slug, self.person.pk])

    @property
    def facts(self) -> list[tuple[str, object]]:
        return [
            ("Signs in as", self.person.get_username()),
            ("E-mail", self.person.email),
            ("Account", "Active" if self.person.is_active else "Deactivated: no role counts"),
            ("In all", self.holding.role),
            ("Of their own", role_description(self.holding.directly)),
        ]

    def _line(self, capability: Capability) -> CapabilityLine:
        giving = [source for source in self.holding.sources if capability in source.capabilities]
        why = "; ".join(source.sentence for source in giving)
        is_held = capability in self.holding.effective
        return CapabilityLine(capability=capability, is_held=is_held, why=why)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage:
    """A group on one tenant: what it gives, and its members."""

    tenant: Tenant
    group: Group
    name: str
    held: Capabilities
    members: tuple[Holding, ...]
    is_of_workspace: bool
    manage_denial: str

    @property
    def facts(self) -> list[tuple[str, object]]:
        return [
            ("Role", role_description(self.held)),
            ("Capabilities", ", ".join(labels_of(self.held))),
            ("Kept", "In the workspace" if self.is_of_workspace else "In the administration"),
        ]

    @property
    def change_denial(self) -> str:
        if self.manage_denial or self.is_of_workspace:
            return self.manage_denial
        return "The group is not one of the workspace: its role can only be revoked."

    @property
    def revoke_denial(self) -> str:
        if self.manage_denial:
            return self.manage_denial
        return "" if self.held else "The group holds nothing on this tenant."

    @property
    def role_url(self) -> str:
        return reverse("tenants:access-group-role", args=[self.tenant.slug, self.group.pk])


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What a change means for one person or group, in capabilities."""

    name: str
    before: Capabilities
    after: Capabilities

    @property
    def gains(self) -> list[str]:
        return labels_of(self.after - self.before)

    @property
    def loses(self) -> list[str]:
        return labels_of(self.before - self.after)

    @property
    def is_nothing(self) -> bool:
        return self.before == self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChange:
    """The line of a change of role, as the component draws it."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChangePage:
    """A change of role before it is made: what it replaces, and who is affected."""

    tenant: Tenant
    name: str
    role: Role | None
    held: Capabilities
    effect: Effect
    affected: tuple[Effect, ...]
    unchanged_count: int
    is_group: bool
    back_url: str
    obstacle: str
    # Why it would be refused, or change nothing: then it is not offered.
    barred: str

    @property
    def question(self) -> str:
        if self.role is None:
            return f"Revoke the role of {self.name} on {self.tenant.name}?"
        return f"Make {self.name} {self.role.label.lower()} of {self.tenant.name}?"

    @property
    def act(self) -> str:
        if self.role is None:
            return "Revoke the role"
        return "Change the role" if self.held else "Grant the role"

    @property
    def change(self) -> RoleChange:
        return RoleChange(
            label="Role of the group" if self.is_group else "Role of their own",
            before=role_description(self.held) if self.held else None,
            after=self.role.label if self.role else None,
        )

    @property
    def nothing_sentence(self) -> str:
        """Shown where no one can do anything else afterwards than before."""
        if not self.effect.is_nothing:
            return ""
        if self.is_group:
            return "The group gives the same afterwards."
        return "What they can do stays the same: groups of theirs give as much."

    @property
    def others_sentence(self) -> str:
        if not self.is_group:
            return "No one else is affected."
        if not self.affected and not self.unchanged_count:
            return "The group has no members yet."
        if not self.affected:
            return "For none of its members anything changes: they hold as much otherwise."
        more = self.unchanged_count
        return f"For {more} more of its members nothing changes." if more else ""

    @property
    def affected_shown(self) -> tuple[Effect, ...]:
        return self.affected[:_AFFECTED_SHOWN]

    @property
    def affected_rest(self) -> int:
        return max(0, len(self.affected) - _AFFECTED_SHOWN)

    @property
    def seen(self) -> str:
        """What was held when the page was drawn; posted back, it has to be held still."""
        return spelt(self.held)

    @property
    def role_value(self) -> str:
        return self.role.value if self.role else REVOKED

    @property
    def destroys(self) -> bool:
        return self.role is None


def matrix() -> tuple[MatrixLine, ...]:
    """The registry in code, as the page of roles draws it."""
    return tuple(
        MatrixLine(
            capability=capability,
            cells=tuple((role, capability in ROLE_CAPABILITIES[role]) for role in Role),
        )
        for capability in Capability
    )


def manage_denial(reader: User, tenant: Tenant) -> str:
    held = capabilities_of(reader, tenant)
    return "" if Capability.MANAGE_ACCESS in held else Capability.MANAGE_ACCESS.denial


def access_page(*, tenant: Tenant, reader: User) -> AccessPage:
    return AccessPage(tenant=tenant, manage_denial=manage_denial(reader, tenant))


def person_page(*, tenant: Tenant, reader: User, person_id: int) -> PersonPage:
    """404 for who holds nothing here, except to those who could give it to them."""
    denial = manage_denial(reader, tenant)
    known = people_on(tenant) if denial else _members_on(tenant)
    person = get_object_or_404(known, pk=person_id)
    return PersonPage(
        tenant=tenant,
        person=person,
        holding=holding_of(person, tenant),
        manage_denial=denial,
    )


def group_page(*, tenant: Tenant, reader: User, group_id: int) -> GroupPage:
    """404 for a group that holds nothing here, except to those who could give it a role."""
    denial = manage_denial(reader, tenant)
    group = get_object_or_404(_known_groups(tenant, is_manager=not denial), pk=group_id)
    own = getattr(group, "workspace_group", None)
    return GroupPage(
        tenant=tenant,
        group=group,
        name=name_of(group),
        held=held_by_group(group, tenant),
        members=_members_of_group(group, tenant),
        is_of_workspace=own is not None and own.workspace_id == tenant.workspace_id,
        manage_denial=denial,
    )


def person_change(*, page: PersonPage, role: Role | None, obstacle: str = "") -> RoleChangePage:
    holding = page.holding
    through_groups = frozenset().union(
        *(source.capabilities for source in holding.sources if source.group_id)
    )
    after = (ROLE_CAPABILITIES[role] if role else NO_CAPABILITIES) | through_groups
    return RoleChangePage(
        tenant=page.tenant,
        name=page.name,
        role=role,
        held=holding.directly,
        effect=Effect(name=page.name, before=holding.given, after=after),
        affected=(),
        unchanged_count=0,
        is_group=False,
        back_url=reverse("tenants:access-person", args=[page.tenant.slug, page.person.pk]),
        obstacle=obstacle,
        barred=_barred(page.tenant, holding.directly, role, own=Q(user=page.person)),
    )


def group_change(*, page: GroupPage, role: Role | None, obstacle: str = "") -> RoleChangePage:
    after = ROLE_CAPABILITIES[role] if role else NO_CAPABILITIES
    effects = [
        Effect(
            name=str(member.person),
            before=member.effective,
            after=member.without(page.group.pk)
            | (after if member.person.is_active else NO_CAPABILITIES),
        )
        for member in page.members
    ]
    changed = tuple(effect for effect in effects if not effect.is_nothing)
    return RoleChangePage(
        tenant=page.tenant,
        name=page.name,
        role=role,
        held=page.held,
        effect=Effect(name=page.name, before=page.held, after=after),
        affected=changed,
        unchanged_count=len(effects) - len(changed),
        is_group=True,
        back_url=reverse("tenants:access-group", args=[page.tenant.slug, page.group.pk]),
        obstacle=obstacle,
        barred=_barred(page.tenant, page.held, role, through_groups=Q(group=page.group)),
    )


def _barred(tenant: Tenant, held: Capabilities, role: Role | None, **taken: Q) -> str:
    after = ROLE_CAPABILITIES[role] if role else NO_CAPABILITIES
    if after == held:
        return f"This is the role held already: {role_description(held).lower()}."
    if Capability.MANAGE_ACCESS in after or Capability.MANAGE_ACCESS not in held:
        return ""
    return last_owner_obstacle(Tenant.objects.filter(pk=tenant.pk), **taken)


def _members_on(tenant: Tenant) -> models.QuerySet[User]:
    people = members_of(tenant.workspace_id)
    return with_holdings(people, Tenant.objects.filter(pk=tenant.pk))


def _members_of_group(group: Group, tenant: Tenant) -> tuple[Holding, ...]:
    people = _members_on(tenant).filter(groups=group).order_by("username", "pk")
    return tuple(holding_of(person, tenant) for person in people)


def _known_groups(tenant: Tenant, *, is_manager: bool) -> models.QuerySet[Group]:
    known = Q(Exists(permissions_on(tenant)))
    if is_manager:
        known |= Q(workspace_group__workspace=tenant.workspace_id)
    return with_permissions(Group.objects.filter(known), tenant)
