"""One decision per item, dependencies first: from plain data to plain data."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from restore_safety.models import Decision
from restore_safety.policies.creation import created
from restore_safety.policies.dependencies import dependencies_first
from restore_safety.policies.guarding import attempted
from restore_safety.policies.matching import Match
from restore_safety.policies.obstacles import obstacle
from restore_safety.policies.policy import PolicyToRestore, RestoreChoices
from restore_safety.policies.referenced import REFERRED_TO
from restore_safety.policies.requests import addressed_to
from restore_safety.policies.resolved import PlannedItem, malformed, resolve_policy
from restore_safety.policies.schema import held_against_schema
from restore_safety.policies.snapshot import TenantSnapshot
from restore_safety.policies.undo import taken_back, undone_in_order
from restore_safety.policies.update import compared
from restore_safety.truth.scope import ConflictPolicy
from tenants.graph.contracts import match_key

DECIDED_AT_ONCE = 100


def decide(
    *,
    policies: Sequence[PolicyToRestore],
    choices: RestoreChoices,
    snapshot: TenantSnapshot,
    beat: Callable[[int], None],
) -> list[PlannedItem]:
    """The plan, dependencies first: later items may refer to what earlier ones create."""
    ordered = dependencies_first(policies, snapshot.referenced.own)
    doubled = _doubled(ordered, choices, snapshot)
    created_before: set[str] = set()
    planned: list[PlannedItem] = []
    for policy in ordered:
        if len(planned) % DECIDED_AT_ONCE == 0:
            beat(len(planned))
        decided = partial(
            _decide_policy,
            policy,
            choices,
            snapshot,
            created_before=frozenset(created_before),
            is_doubled=policy.id in doubled,
        )
        item = attempted(decided, item_id=policy.id) or malformed(policy)
        is_new = item.decision in {Decision.CREATE, Decision.COPY}
        if is_new and policy.contract.key in REFERRED_TO:
            created_before.add(policy.id)
        planned.append(item)
    return planned if choices.undo is None else undone_in_order(planned, choices.undo)


def _decide_policy(
    policy: PolicyToRestore,
    choices: RestoreChoices,
    snapshot: TenantSnapshot,
    *,
    created_before: frozenset[str],
    is_doubled: bool,
) -> PlannedItem:
    resolved = resolve_policy(
        policy, choices, snapshot, created_before=created_before, is_doubled=is_doubled
    )
    if choices.undo is not None or policy.is_created:
        item = taken_back(resolved)
    else:
        item = obstacle(resolved) or (
            compared(resolved) if resolved.is_present else created(resolved)
        )
    writes = addressed_to(choices.graph_host, item.writes)
    return held_against_schema(replace(item, writes=writes))


def _doubled(
    policies: Iterable[PolicyToRestore], choices: RestoreChoices, snapshot: TenantSnapshot
) -> set[str]:
    """The policies that would be written to a place another one would be written to as well."""
    places = {
        policy.id: _place(policy, found)
        for policy in policies
        if (found := snapshot.matches.get(policy.id))
        and not (found.target and choices.conflict_policy is ConflictPolicy.SKIP)
    }
    taken = Counter(places.values())
    return {policy_id for policy_id, place in places.items() if taken[place] > 1}


def _place(policy: PolicyToRestore, found: Match) -> tuple[str, ...]:
    if found.target:
        return policy.contract.key, "id", str(found.target["id"])
    return policy.contract.key, "name", *match_key(policy.contract, policy.payload)
