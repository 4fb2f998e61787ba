"""What a policy refers to by id, and what stands for it in the tenant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from restore_safety.backups.matching import MatchKind, match
from restore_safety.backups.reading import CollectionReading, GroupReading
from restore_safety.preview.policies import (
    SCOPE_TAGS,
    PolicyToRestore,
    RestoreChoices,
)
from tenants.graph.fence import placeholder
from tenants.graph.references import ReferenceKind, references
from tenants.graph.references import with_references as with_reference_ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """Ids and what they become here; what is missing or could not be looked up is named."""

    ids: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

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
            return Resolution(unknown=tuple(self._label(key, one) for one in wanted))
        found = {one: self._here(key, one, listing, choices) for one in wanted}
        return Resolution(
            ids={one: here for one, here in found.items() if here},
            missing=tuple(self._label(key, one) for one, here in found.items() if not here),
        )

    def _here(self, key: str, one: str, listing: CollectionReading, choices: RestoreChoices) -> str:
        """Its id in the tenant, a placeholder when the plan creates it, or nothing.

        An id proves nothing in a tenant it did not come from; a name has to be unique.
        """
        if choices.same_origin and one in {str(live["id"]) for live in listing.objects}:
            return one
        own = self.own.get((key, one))
        if own is None:
            return ""
        found = match(
            contract=own.contract,
            payload=own.payload,
            object_id=own.object_id,
            same_origin=choices.same_origin,
            listing=listing.objects,
        )
        if found.target:
            return str(found.target["id"])
        is_created = found.kind is MatchKind.ABSENT and own.id in self.created
        return placeholder(own.id) if is_created else ""

    def _label(self, key: str, one: str) -> str:
        own = self.own.get((key, one))
        return f"{own.name} ({one})" if own else one


def scope_tag_ids(policy: PolicyToRestore) -> tuple[str, ...]:
    return references(policy.contract, policy.payload, ()).scope_tags


def inner_groups(policy: PolicyToRestore) -> set[str]:
    """The groups a policy holds inside itself, as conditional access does."""
    return {one.group_id for one in references(policy.contract, policy.payload, ()).groups}


def with_references(
    policy: PolicyToRestore, *, scope_tags: Mapping[str, str], groups: Mapping[str, str]
) -> PolicyToRestore:
    """The policy with each scope tag and inner group replaced by what stands for it here."""
    here = {ReferenceKind.SCOPE_TAG: scope_tags, ReferenceKind.GROUP: groups}
    return policy.with_payload(
        with_reference_ids(
            policy.contract, policy.payload, lambda kind, one: here.get(kind, {}).get(one, one)
        )
    )


def resolve_groups(
    ids: Iterable[str],
    *,
    groups: GroupReading,
    choices: RestoreChoices,
    names: Mapping[str, str],
) -> Resolution:
    """The groups after mapping, each looked up in the tenant: only one that was found counts."""
    here = {one: choices.group_here(one) for one in sorted(set(ids))}
    missing = {one for one, mapped in here.items() if mapped in groups.missing}
    found = {one: mapped for one, mapped in here.items() if mapped in groups.found}
    return Resolution(
        ids=found,
        missing=tuple(group_label(here[one], one, names) for one in here if one in missing),
        unknown=tuple(
            group_label(here[one], one, names)
            for one in here
            if one not in missing and one not in found
        ),
    )


def group_label(here: str, in_backup: str, names: Mapping[str, str]) -> str:
    """How a sentence calls the group; a name from the backup belongs to the unmapped id only."""
    name = names.get(in_backup.lower(), "") if here == in_backup else ""
    return f"{name} ({here})" if name else here


def substitutions(
    found: Resolution, groups: GroupReading, names: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """The groups that another one stands in for, as a sentence calls both."""
    return tuple(
        (f"group {group_label(one, one, names)}", f"group {_label_here(here, groups)}")
        for one, here in found.ids.items()
        if one.lower() != here.lower()
    )


def _label_here(here: str, groups: GroupReading) -> str:
    name = groups.found.get(here, "")
    return f"{name} ({here})" if name else here
