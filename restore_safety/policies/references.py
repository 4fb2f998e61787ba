"""What a policy refers to by id, and what stands for it in the tenant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from restore_safety.policies.diff.setting_names import property_name
from restore_safety.policies.matching import MatchKind, match
from restore_safety.policies.policy import SCOPE_TAGS, PolicyToRestore, RestoreChoices
from restore_safety.policies.reading import CollectionReading, GroupReading
from restore_safety.policies.referenced import (
    SETTLED,
    Existence,
    ReferencedObjects,
    names_within,
    referenced_by,
)
from restore_safety.truth.references import ReferenceKind as MappedKind
from tenants.graph.fence import placeholder
from tenants.graph.payloads import Json
from tenants.graph.references import (
    DEFAULT_SCOPE_TAG,
    NAME_PREFIX,
    Reference,
    ReferenceKind,
    ids_of,
)
from tenants.graph.references import with_references as with_reference_ids
from tenants.guids import is_guid


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Ids and what they become here; what is missing or could not be looked up is named."""

    ids: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    # Of the missing, those whose name several objects bear.
    shared: tuple[str, ...] = ()

    @property
    def is_settled(self) -> bool:
        return not (self.missing or self.unknown)


@dataclass(frozen=True, kw_only=True)
class Foundations:
    """The scope tags and filters: of the backup set, of the tenant, and those this plan creates."""

    own: Mapping[tuple[str, str], PolicyToRestore]
    scope_tags: CollectionReading
    filters: CollectionReading
    created: frozenset[str] = frozenset()

    @cached_property
    def filter_names(self) -> dict[str, str]:
        """What filters are called, by their id in the tenant or the placeholder of a new one."""
        here = {str(one["id"]): str(one.get("displayName", "")) for one in self.filters.objects}
        new = {placeholder(one.id): one.name for one in self.own.values() if one.id in self.created}
        return {one: name for one, name in (here | new).items() if name}

    def resolve(self, key: str, ids: Iterable[str], choices: RestoreChoices) -> Resolution:
        """What the ids of scope tags or filters become; without a listing they are unknown."""
        wanted = sorted(set(ids))
        if not wanted:
            return Resolution()
        listing = self.scope_tags if key == SCOPE_TAGS else self.filters
        if listing.error:
            return Resolution(unknown=tuple(self.label(key, one) for one in wanted))
        found = {one: self._here(key, one, listing, choices) for one in wanted}
        return Resolution(
            ids={one: here for one, here in found.items() if here},
            missing=tuple(self.label(key, one) for one, here in found.items() if not here),
        )

    def _here(self, key: str, one: str, listing: CollectionReading, choices: RestoreChoices) -> str:
        """Its id in the tenant, a placeholder when the plan creates it, or nothing.

        A short id proves nothing in a tenant it did not come from; a name has to be unique.
        """
        here = {str(live["id"]).lower(): str(live["id"]) for live in listing.objects}
        kind = MappedKind.SCOPE_TAG if key == SCOPE_TAGS else MappedKind.FILTER
        if mapped := choices.mapped(kind, one, one.removeprefix(NAME_PREFIX)):
            return here.get(mapped.lower(), "")
        own = self.own.get((key, one))
        if one.lower() in here and (choices.same_origin or is_guid(one)):
            return _unless_named(here[one.lower()], own, listing.objects)
        if own is None:
            return _only_one_named(one, listing.objects)
        found = match(
            contract=own.contract,
            payload=own.payload,
            object_id=own.object_id,
            same_origin=choices.same_origin,
            listing=listing.objects,
            identities=choices.identities,
        )
        if found.target:
            return str(found.target["id"])
        is_created = found.kind is MatchKind.ABSENT and own.id in self.created
        return placeholder(own.id) if is_created else ""

    def label(self, key: str, one: str) -> str:
        """How a sentence calls a scope tag or filter of the backup."""
        if one.startswith(NAME_PREFIX):
            return one.removeprefix(NAME_PREFIX)
        own = self.own.get((key, one))
        return f"{own.name} ({one})" if own else one


def _unless_named(here: str, own: PolicyToRestore | None, objects: Iterable[Json]) -> str:
    """The id; where it is a small number and another object bears the name, that one's id.

    Numbers are given out in turn, so the same one may be another object by now.
    """
    if own is None or is_guid(here):
        return here
    named = [str(live["id"]) for live in objects if live.get("displayName") == own.name]
    return here if here in named or len(named) != 1 else named[0]


def _only_one_named(one: str, objects: Iterable[Json]) -> str:
    """The id of the one object that a name in an id's place means, or nothing."""
    name = one.removeprefix(NAME_PREFIX).casefold()
    if not one.startswith(NAME_PREFIX):
        return ""
    named = [live for live in objects if str(live.get("displayName", "")).casefold() == name]
    return str(named[0]["id"]) if len(named) == 1 else ""


def scope_tag_ids(policy: PolicyToRestore) -> frozenset[str]:
    return ids_of(ReferenceKind.SCOPE_TAG, policy.contract, policy.payload)


def inner_groups(policy: PolicyToRestore) -> frozenset[str]:
    """The groups a policy holds inside itself, as conditional access does."""
    return ids_of(ReferenceKind.GROUP, policy.contract, policy.payload)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsettled:
    """A reference that nothing in the tenant stands for, as a sentence calls it."""

    kind: ReferenceKind
    existence: Existence
    label: str


def settled_ids(
    policy: PolicyToRestore, referenced: ReferencedObjects
) -> dict[ReferenceKind, dict[str, str]]:
    """What stands here for each reference of the policy, groups and foundations aside."""
    ids: dict[ReferenceKind, dict[str, str]] = {}
    for one in _others(policy):
        if here := referenced.found(one).id:
            ids.setdefault(one.kind, {})[one.id] = here
    return ids


def unsettled(policy: PolicyToRestore, referenced: ReferencedObjects) -> tuple[Unsettled, ...]:
    """The references of the policy that are missing, ambiguous or could not be looked up."""
    names = {**names_within(policy.payload), **policy.group_names}
    return tuple(
        Unsettled(
            kind=one.kind,
            existence=existence,
            label=f"{referenced.label(one, names)}{_as_what(one)}",
        )
        for one in _others(policy)
        if (existence := referenced.existence(one)) is not Existence.FOUND
    )


def _as_what(reference: Reference) -> str:
    """What a linked profile is to the policy: only the link says whether it is a root, say."""
    if reference.kind is not ReferenceKind.CERTIFICATE:
        return ""
    return f" as its {property_name(reference.path).lower()}"


def _others(policy: PolicyToRestore) -> tuple[Reference, ...]:
    found = [one for one in referenced_by(policy) if one.kind not in SETTLED]
    return tuple({(one.kind, one.id, _as_what(one)): one for one in found}.values())


def with_references(
    policy: PolicyToRestore, here: Mapping[ReferenceKind, Mapping[str, str]]
) -> PolicyToRestore:
    """The policy with each reference replaced by what stands for it here.

    Without a scope tag a policy carries the one that every tenant has.
    """
    payload = with_reference_ids(
        policy.contract, policy.payload, lambda kind, one: here.get(kind, {}).get(one, one)
    )
    tags = policy.contract.scope_tags_property
    if tags and payload.get(tags) == []:
        payload[tags] = [DEFAULT_SCOPE_TAG]
    return policy.with_payload(payload)


def resolve_groups(
    ids: Iterable[str],
    *,
    groups: GroupReading,
    choices: RestoreChoices,
    names: Mapping[str, str],
) -> Resolution:
    """The groups after mapping, each looked up in the tenant: only one that was found counts."""
    mapped_here = {one: choices.group_here(one) for one in sorted(set(ids))}
    here = {one: groups.named.get(mapped, mapped) for one, mapped in mapped_here.items()}
    missing = {one for one, mapped in here.items() if mapped in groups.missing}
    found = {one: mapped for one, mapped in here.items() if mapped in groups.found}
    return Resolution(
        ids=found,
        missing=tuple(group_label(here[one], one, names) for one in here if one in missing),
        shared=tuple(
            group_label(here[one], one, names) for one in here if here[one] in groups.shared
        ),
        unknown=tuple(
            group_label(here[one], one, names)
            for one in here
            if one not in missing and one not in found
        ),
    )


def group_label(here: str, in_backup: str, names: Mapping[str, str]) -> str:
    """How a sentence calls the group; a name from the backup belongs to the unmapped id only."""
    if here.startswith(NAME_PREFIX):
        return here.removeprefix(NAME_PREFIX)
    name = names.get(in_backup.lower(), "") if here == in_backup else ""
    return f"{name} ({here})" if name else here


def substitutions(
    found: Resolution, groups: GroupReading, names: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """The groups that another one stands in for, as a sentence calls both."""
    return tuple(
        (f"group {group_label(one, one, names)}", f"group {_label_here(here, groups)}")
        for one, here in found.ids.items()
        if one.lower() != here.lower() and not one.startswith(NAME_PREFIX)
    )


def _label_here(here: str, groups: GroupReading) -> str:
    name = groups.found.get(here, "")
    return f"{name} ({here})" if name else here
