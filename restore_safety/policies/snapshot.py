"""The snapshot of the tenant that a preview decides by: taken once, then plain data."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import batched

from restore_safety.policies.groups import group_names_in, groups_here
from restore_safety.policies.guarding import attempted
from restore_safety.policies.matching import LiveListing, Match
from restore_safety.policies.policy import PolicyToRestore, RestoreChoices
from restore_safety.policies.reading import (
    CollectionReading,
    GroupReading,
    PolicyReading,
    TargetReader,
)
from restore_safety.policies.referenced import ReferencedObjects, read_referenced
from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json
from tenants.graph.references import ReferenceKind, ids_of

READ_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantSnapshot:
    """What was seen.

    A policy without a match is of a type that could not be listed, or is malformed.
    """

    listings: Mapping[str, CollectionReading]
    live: Mapping[str, LiveListing]
    matches: Mapping[str, Match]
    readings: Mapping[str, PolicyReading]
    groups: GroupReading
    live_group_names: Mapping[str, str]
    scope_tags: CollectionReading
    filters: CollectionReading
    referenced: ReferencedObjects


def take_snapshot(
    *,
    reader: TargetReader,
    policies: Sequence[PolicyToRestore],
    choices: RestoreChoices,
    own: Mapping[tuple[str, str], PolicyToRestore],
    beat: Callable[[int, str], None],
) -> TenantSnapshot:
    """List every type in the scope to its last page, and read every matched policy in full.

    `own` holds what of the backup set the policies may refer to, by type and id.
    """
    listings: dict[str, CollectionReading] = {}
    live: dict[str, LiveListing] = {}
    matches: dict[str, Match] = {}
    readings: dict[str, PolicyReading] = {}
    done = 0
    for contract, of_type in _by_contract(policies):
        beat(done, f"Listing {contract.plural.lower()}")
        listing = listings[contract.key] = reader.collection(contract)
        present = live[contract.key] = LiveListing(contract, listing.objects, choices.identities)
        if listing.error is None:
            found = _match_all(of_type, present, choices)
            matches |= found
            for seen, part in enumerate(batched(found, READ_AT_ONCE, strict=False)):
                beat(done + seen * READ_AT_ONCE, f"Reading {contract.plural.lower()}")
                readings |= _read(reader, contract, {key: found[key] for key in part})
        done += len(of_type)
    beat(done, "Looking up groups")
    wanted = _groups_of(policies, choices)
    return TenantSnapshot(
        listings=listings,
        live=live,
        matches=matches,
        readings=readings,
        groups=groups_here(reader, wanted, group_names_in(policies)),
        live_group_names=reader.groups(_live_groups(policies, readings)).found,
        scope_tags=reader.scope_tags(),
        filters=reader.filters(),
        referenced=read_referenced(reader=reader, policies=policies, choices=choices, own=own),
    )


def _by_contract(
    policies: Iterable[PolicyToRestore],
) -> list[tuple[Contract, list[PolicyToRestore]]]:
    by_key: dict[str, list[PolicyToRestore]] = {}
    for policy in sorted(policies, key=lambda policy: policy.order):
        by_key.setdefault(policy.contract.key, []).append(policy)
    return [(of_type[0].contract, of_type) for of_type in by_key.values()]


def _match_all(
    policies: Iterable[PolicyToRestore], live: LiveListing, choices: RestoreChoices
) -> dict[str, Match]:
    if choices.undo is not None:
        # A restore is undone in the very objects it wrote.
        return {policy.id: live.with_id(policy.object_id) for policy in policies}
    found = {
        policy.id: attempted(
            partial(
                live.match,
                payload=policy.payload,
                object_id=policy.object_id,
                same_origin=choices.same_origin,
            ),
            item_id=policy.id,
        )
        for policy in policies
    }
    return {policy_id: one for policy_id, one in found.items() if one}


def _read(
    reader: TargetReader, contract: Contract, matches: Mapping[str, Match]
) -> dict[str, PolicyReading]:
    ids = {key: str(found.target["id"]) for key, found in matches.items() if found.target}
    if not ids:
        return {}
    readings = reader.policies(contract, sorted(set(ids.values())))
    return {key: readings[object_id] for key, object_id in ids.items()}


def _live_groups(
    policies: Iterable[PolicyToRestore], readings: Mapping[str, PolicyReading]
) -> list[str]:
    ids: set[str] = set()
    for policy in policies:
        if reading := readings.get(policy.id):
            ids |= _groups_in(policy, reading.payload or {}, reading.assignments or ())
    return sorted(ids)


def _groups_of(policies: Iterable[PolicyToRestore], choices: RestoreChoices) -> list[str]:
    ids: set[str] = set()
    for policy in policies:
        assignments = policy.assignments if choices.include_assignments else None
        named = _groups_in(policy, policy.payload, assignments or ())
        ids |= {choices.group_here(one) for one in named}
    return sorted(ids)


def _groups_in(
    policy: PolicyToRestore, payload: Json, assignments: Iterable[Json]
) -> frozenset[str]:
    named = partial(ids_of, ReferenceKind.GROUP, policy.contract, payload, assignments)
    return attempted(named, item_id=policy.id) or frozenset()
