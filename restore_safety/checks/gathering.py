"""Look at the tenant once for all checks; what could not be read is kept as an error."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import batched

from restore_safety.backups.completeness import Completeness
from restore_safety.backups.matching import LiveListing
from restore_safety.backups.reading import CollectionReading, PolicyReading, TargetReader
from restore_safety.checks.context import CheckContext, CheckedPolicy
from restore_safety.guarding import attempted
from restore_safety.models import BackupItem
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.scope import ConflictPolicy, Scope
from tenants.graph.contracts import Contract, contract
from tenants.graph.normal_form import with_organization
from tenants.graph.payloads import Json
from tenants.graph.references import references

READ_AT_ONCE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedScope:
    """What is to be checked: the chosen items and where they would go."""

    tenant_name: str
    directory_id: str
    origin_directory_id: str
    scope: Scope
    items: tuple[BackupItem, ...]
    foundations: tuple[BackupItem, ...]


def gather(
    *,
    reader: TargetReader,
    roles: frozenset[str],
    checked: CheckedScope,
    beat: Callable[[int, str], None],
) -> CheckContext:
    """The tenant as the checks see it: every listing to its last page, each match in full."""
    policies, listings = _policies(reader, checked, beat)
    mapping = {kind: checked.scope.mapping_of(kind) for kind in ReferenceKind}
    beat(len(policies), "Looking up groups")
    return CheckContext(
        tenant_name=checked.tenant_name,
        directory_id=checked.directory_id,
        origin_directory_id=checked.origin_directory_id,
        assignment_mode=checked.scope.assignment_mode,
        conditional_access_state=checked.scope.conditional_access_state,
        conflict_policy=checked.scope.conflict_policy,
        policies=tuple(policies),
        mapping=mapping,
        group_names=_group_names(reader, checked, policies),
        groups=reader.groups(_groups_of(policies, checked.scope, mapping[ReferenceKind.GROUP])),
        filters=reader.filters(),
        scope_tags=reader.scope_tags(),
        listings=listings,
        foundations={
            (item.contract_key, item.object_id): _checked(item, checked.directory_id)
            for item in checked.foundations
        },
        roles=roles,
        organization=reader.organization(),
    )


def _policies(
    reader: TargetReader, checked: CheckedScope, beat: Callable[[int, str], None]
) -> tuple[list[CheckedPolicy], dict[str, CollectionReading]]:
    by_key: dict[str, list[CheckedPolicy]] = {}
    for item in checked.items:
        policy = _checked(item, checked.directory_id)
        by_key.setdefault(policy.contract.key, []).append(policy)
    seen: list[CheckedPolicy] = []
    listings: dict[str, CollectionReading] = {}
    for of_type in by_key.values():
        contract = of_type[0].contract
        beat(len(seen), f"Listing {contract.plural.lower()}")
        listing = listings[contract.key] = reader.collection(contract)
        matched = of_type
        if listing.error is None:
            live = LiveListing(contract, listing.objects)
            matched = [_matched(policy, live, checked) for policy in of_type]
        for part in batched(matched, READ_AT_ONCE, strict=False):
            seen.extend(_read(reader, contract, part, checked.scope))
            beat(len(seen), f"Reading {contract.plural.lower()}")
    return seen, listings


def _checked(item: BackupItem, directory_id: str) -> CheckedPolicy:
    payload = item.payload.content
    here = with_organization(payload, directory_id)
    return CheckedPolicy(
        id=str(item.pk),
        name=item.name,
        object_id=item.object_id,
        contract=contract(item.contract_key),
        payload=here,
        had_organization_placeholder=here != payload,
        assignments=item.assignments,
        completeness=Completeness.from_json(item.completeness),
    )


def _matched(policy: CheckedPolicy, live: LiveListing, checked: CheckedScope) -> CheckedPolicy:
    found = partial(
        live.match,
        payload=policy.payload,
        object_id=policy.object_id,
        same_origin=checked.origin_directory_id == checked.directory_id,
    )
    return replace(policy, match=attempted(found, item_id=policy.id))


def _read(
    reader: TargetReader, contract: Contract, policies: Iterable[CheckedPolicy], scope: Scope
) -> list[CheckedPolicy]:
    """The policies with what is live in their place; only an update could overwrite that."""
    policies = list(policies)
    if scope.conflict_policy is not ConflictPolicy.UPDATE:
        return policies
    ids = {
        policy.id: str(policy.match.target["id"])
        for policy in policies
        if policy.match and policy.match.target
    }
    readings: Mapping[str, PolicyReading] = {}
    if ids:
        readings = reader.policies(contract, sorted(set(ids.values())))
    return [
        replace(policy, live=readings[ids[policy.id]]) if policy.id in ids else policy
        for policy in policies
    ]


def _groups_of(
    policies: Iterable[CheckedPolicy], scope: Scope, mapping: Mapping[str, str]
) -> list[str]:
    ids: set[str] = set()
    for policy in policies:
        assignments = policy.assignments if scope.include_assignments else None
        named = partial(_groups_in, policy, policy.payload, assignments or ())
        ids |= attempted(named, item_id=policy.id) or set()
    return sorted({mapping.get(group.lower(), group) for group in ids})


def _group_names(
    reader: TargetReader, checked: CheckedScope, policies: Iterable[CheckedPolicy]
) -> dict[str, str]:
    """What groups are called: in the backup, and those the live policies are assigned to."""
    names = {group: name for item in checked.items for group, name in item.group_names.items()}
    live: set[str] = set()
    for policy in policies:
        live |= attempted(partial(_live_groups, policy), item_id=policy.id) or set()
    return names | {group.lower(): name for group, name in reader.groups(live).found.items()}


def _live_groups(policy: CheckedPolicy) -> set[str]:
    return _groups_in(policy, {}, policy.live_assignments or ())


def _groups_in(policy: CheckedPolicy, payload: Json, assignments: Iterable[Json]) -> set[str]:
    return {one.group_id for one in references(policy.contract, payload, assignments).groups}
