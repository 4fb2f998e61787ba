"""Who a policy reaches: by its assignments, or by what conditional access holds in itself."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tenants.canonical_json import canonical
from tenants.graph.assignments import EXCLUSION_TARGET, FILTER_ID, FILTER_TYPE, filter_of
from tenants.graph.contracts import Contract
from tenants.graph.directory_roles import role_name
from tenants.graph.payloads import TYPE, Payload, type_of, value_at
from tenants.graph.references import normal_id
from tenants.printable import printable

# The policies that hold their audience in themselves.
ACCESS_POLICIES = "conditionalAccessPolicies"


class AudienceKind(StrEnum):
    """What an audience consists of."""

    ALL_DEVICES = "all_devices"
    ALL_USERS = "all_users"
    GROUP = "group"
    USER = "user"
    ROLE = "role"
    GUESTS = "guests"
    WORKLOAD_IDENTITIES = "workload_identities"
    SERVICE_PRINCIPAL = "service_principal"
    AGENT_IDENTITIES = "agent_identities"
    AGENT_IDENTITY = "agent_identity"
    COLLECTION = "collection"
    OTHER = "other"


BROAD = frozenset({AudienceKind.ALL_DEVICES, AudienceKind.ALL_USERS})
# What a kind is called; those that stand for one object are followed by its name.
WHOLE = {
    AudienceKind.ALL_DEVICES: "all devices",
    AudienceKind.ALL_USERS: "all users",
    AudienceKind.GUESTS: "guests and external users",
    AudienceKind.WORKLOAD_IDENTITIES: "workload identities",
    AudienceKind.AGENT_IDENTITIES: "agent identities",
}
_ONE = {
    AudienceKind.GROUP: "group",
    AudienceKind.USER: "user",
    AudienceKind.ROLE: "role",
    AudienceKind.SERVICE_PRINCIPAL: "service principal",
    AudienceKind.AGENT_IDENTITY: "agent identity",
    AudienceKind.COLLECTION: "collection",
}
_TARGETS = {
    "allDevicesAssignmentTarget": AudienceKind.ALL_DEVICES,
    "allLicensedUsersAssignmentTarget": AudienceKind.ALL_USERS,
    "groupAssignmentTarget": AudienceKind.GROUP,
    "exclusionGroupAssignmentTarget": AudienceKind.GROUP,
    "cloudPcManagementGroupAssignmentTarget": AudienceKind.GROUP,
    "configurationManagerCollectionAssignmentTarget": AudienceKind.COLLECTION,
}
# Where conditional access names its sign-ins: `include` and `exclude` precede the member.
# Some words stand in place of ids; `None` names no one.
_NAMED_INSIDE: tuple[tuple[str, str, AudienceKind, Mapping[str, AudienceKind]], ...] = (
    (
        "conditions.users",
        "Users",
        AudienceKind.USER,
        {
            "All": AudienceKind.ALL_USERS,
            "GuestsOrExternalUsers": AudienceKind.GUESTS,
            "AllAgentIdUsers": AudienceKind.AGENT_IDENTITIES,
        },
    ),
    ("conditions.users", "Groups", AudienceKind.GROUP, {}),
    ("conditions.users", "Roles", AudienceKind.ROLE, {}),
    (
        "conditions.clientApplications",
        "ServicePrincipals",
        AudienceKind.SERVICE_PRINCIPAL,
        {
            "All": AudienceKind.WORKLOAD_IDENTITIES,
            "ServicePrincipalsInMyTenant": AudienceKind.WORKLOAD_IDENTITIES,
        },
    ),
    (
        "conditions.clientApplications",
        "AgentIdServicePrincipals",
        AudienceKind.AGENT_IDENTITY,
        {"All": AudienceKind.AGENT_IDENTITIES},
    ),
    (
        "conditions.agents",
        "AgentUsers",
        AudienceKind.AGENT_IDENTITY,
        {"All": AudienceKind.AGENT_IDENTITIES},
    ),
)
_RULES = (
    ("conditions.clientApplications.servicePrincipalFilter", AudienceKind.WORKLOAD_IDENTITIES),
    ("conditions.clientApplications.agentIdServicePrincipalFilter", AudienceKind.AGENT_IDENTITIES),
    ("conditions.agents.agentFilter", AudienceKind.AGENT_IDENTITIES),
)
_NOBODY = "None"


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceFilter:
    """What narrows an audience: an assignment filter by its id, or a rule written out."""

    id: str
    mode: str

    @property
    def is_excluding(self) -> bool:
        return self.mode == "exclude"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """One audience a policy names, included or excluded; ids are lower case.

    `intent` and `settings` are what an assignment says beyond its target: "required" of an app,
    the schedule of a remediation. Guests are named by their types, and by their tenants where only
    those of some are meant.
    """

    kind: AudienceKind
    id: str = ""
    is_excluded: bool = False
    filter: AudienceFilter | None = None
    intent: str = ""
    settings: str = ""
    guest_types: tuple[str, ...] = ()
    guest_tenants: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[AudienceKind, str]:
        """What names the audience, whether it is included or excluded."""
        return self.kind, self.id

    @property
    def details(self) -> tuple[object, ...]:
        """What is said of the audience beyond who it is, what narrows it and what is intended."""
        return self.settings, self.guest_types, self.guest_tenants

    @property
    def is_broad(self) -> bool:
        """Whether everything of a kind is reached, but for what a filter leaves out."""
        return not self.is_excluded and self.kind in BROAD


def audience_of(assignment: Payload) -> Audience:
    """Who one assignment reaches or spares."""
    target: Payload = assignment.get("target") or {}
    declared = type_of(target)
    kind = _TARGETS.get(declared.rpartition(".")[2], AudienceKind.OTHER)
    named = str(target.get("groupId") or target.get("collectionId") or "")
    if kind is AudienceKind.OTHER and named:
        kind = AudienceKind.GROUP if target.get("groupId") else AudienceKind.COLLECTION
    filter_id = filter_of(target)
    intent = str(assignment.get("intent") or "")
    return Audience(
        kind=kind,
        id=normal_id(named) if kind is not AudienceKind.OTHER else declared.rpartition(".")[2],
        is_excluded=declared == EXCLUSION_TARGET,
        filter=AudienceFilter(id=normal_id(filter_id), mode=str(target.get(FILTER_TYPE)))
        if filter_id
        else None,
        # `apply` is what an assignment without an intent means.
        intent="" if intent == "apply" else intent,
        settings=_settings(assignment, target),
    )


def assignment_audiences(assignments: Iterable[Payload]) -> tuple[Audience, ...]:
    """Who the assignments reach and spare, in their order."""
    return tuple(audience_of(one) for one in assignments)


def sign_in_audiences(payload: Payload) -> tuple[Audience, ...]:
    """Who a conditional access policy decides about: users, workload and agent identities."""
    found: list[Audience] = []
    for is_excluded in (False, True):
        for path, member, kind, keywords in _NAMED_INSIDE:
            holder = value_at(payload, path)
            if isinstance(holder, Mapping):
                ids = _texts(holder.get(f"{'exclude' if is_excluded else 'include'}{member}"))
                found += [_named(one, kind, keywords, is_excluded=is_excluded) for one in ids]
        found += _guests(payload, is_excluded=is_excluded)
    return tuple(dict.fromkeys(_ruled([one for one in found if one.id != _NOBODY], payload)))


def audiences_of(
    contract: Contract, payload: Payload, assignments: Iterable[Payload] | None
) -> tuple[Audience, ...] | None:
    """Who a policy reaches; None where its assignments are not known, or it can have none."""
    if contract.key == ACCESS_POLICIES:
        return sign_in_audiences(payload)
    if contract.unassigned or assignments is None:
        return None
    return assignment_audiences(assignments)


def reaches_no_one(audiences: Iterable[Audience]) -> bool:
    """Whether nothing is included; exclusions alone reach no one."""
    return all(one.is_excluded for one in audiences)


def labelled(audience: Audience, names: Mapping[str, str]) -> str:
    """The audience as people read it; `names` are of groups, users, roles and filters, by id."""
    label = _called(audience, names)
    if audience.guest_types:
        label = f"{label} ({', '.join(audience.guest_types)})"
    if audience.is_excluded:
        label = f"not {label}"
    if audience.filter:
        called = _name(names, audience.filter.id) or audience.filter.id
        label = f"{label}, filter {printable(called)} ({audience.filter.mode})"
    return label


def _called(audience: Audience, names: Mapping[str, str]) -> str:
    if audience.kind in WHOLE:
        return WHOLE[audience.kind]
    noun = _ONE.get(audience.kind)
    if noun is None:
        return audience.id or "an audience of another kind"
    name = _name(names, audience.id)
    if not name and audience.kind is AudienceKind.ROLE:
        name = role_name(audience.id)
    return f"{noun} {printable(name)} ({audience.id})" if name else f"{noun} {audience.id}"


def _name(names: Mapping[str, str], one: str) -> str:
    return names.get(one) or names.get(one.lower()) or ""


def _settings(assignment: Payload, target: Payload) -> str:
    """What an assignment says beyond its audience, filter and intent, in canonical form."""
    beside: dict[str, Any] = {
        name: value
        for name, value in assignment.items()
        if name not in ("target", "intent", "id", "source", "sourceId")
        and "@odata." not in name
        and value is not None
    }
    within = {
        name: value
        for name, value in target.items()
        if name not in (TYPE, "groupId", "collectionId", FILTER_ID, FILTER_TYPE)
        and value is not None
    }
    if within:
        beside["target"] = within
    return canonical(beside).decode() if beside else ""


def _named(
    one: str, kind: AudienceKind, keywords: Mapping[str, AudienceKind], *, is_excluded: bool
) -> Audience:
    if one in keywords:
        return Audience(kind=keywords[one], is_excluded=is_excluded)
    return Audience(kind=kind, id=normal_id(one), is_excluded=is_excluded)


def _guests(payload: Payload, *, is_excluded: bool) -> Iterator[Audience]:
    """Guests by their types, and by the tenants they come from where only some are meant."""
    prefix = "exclude" if is_excluded else "include"
    named = value_at(payload, f"conditions.users.{prefix}GuestsOrExternalUsers")
    if not isinstance(named, Mapping):
        return
    types = str(named.get("guestOrExternalUserTypes") or "").replace(" ", "").split(",")
    tenants = named.get("externalTenants")
    members = _texts(tenants.get("members")) if isinstance(tenants, Mapping) else []
    yield Audience(
        kind=AudienceKind.GUESTS,
        is_excluded=is_excluded,
        guest_types=tuple(sorted(one for one in types if one)),
        guest_tenants=tuple(sorted(members)),
    )


def _ruled(found: list[Audience], payload: Payload) -> list[Audience]:
    """With what a rule chooses or spares, in place of all of its kind or beside those named."""
    for path, kind in _RULES:
        rule = value_at(payload, path)
        if isinstance(rule, Mapping) and rule.get("rule"):
            narrowed = AudienceFilter(id=str(rule["rule"]), mode=str(rule.get("mode") or "include"))
            found = [one for one in found if one != Audience(kind=kind)]
            found.append(Audience(kind=kind, filter=narrowed))
    return found


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []
