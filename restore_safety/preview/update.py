"""A policy the tenant has and that was read in full: what, if anything, would have to change."""

from dataclasses import dataclass, replace
from typing import Any

from restore_safety.models import Decision
from restore_safety.preview.cases import Case, PlannedItem, planned
from restore_safety.preview.changes import (
    assignment_rows,
    content_rows,
    limited,
    masked_paths,
    secret_paths,
)
from restore_safety.preview.comparison import NOT_SET
from restore_safety.preview.impact import Change, Impact, impact_of, reached_by
from restore_safety.preview.sentences import as_backed_up, as_updated
from restore_safety.preview.setting_names import displayed_in
from restore_safety.preview.target import target_digest
from restore_safety.preview.writes import updating
from restore_safety.truth.causes import ReasonCode
from tenants.graph.normal_form import (
    covers,
    differences,
    normal_assignments,
    normal_form,
    wanted_form,
)
from tenants.graph.payloads import TYPE, ZERO_GUID, Json

# What a service gives a setting that nobody has set.
_DEFAULTS = (None, "", False, 0, "0", "none", "notConfigured", ZERO_GUID)


def compared(case: Case) -> PlannedItem:
    """Held against the backup: as wanted, to be changed, or not to be changed this way."""
    policy, contract, live = case.policy, case.policy.contract, _live(case)
    difference = _difference(case, live)
    before, after = difference.before, difference.after
    left = case.assignments.reason
    seen = replace(
        planned(
            case,
            Decision.ASSIGNMENTS_LEFT if left else Decision.UNCHANGED,
            left or ReasonCode.AS_WANTED,
            as_backed_up(case, before, difference.unspoken),
        ),
        target_digest=target_digest(contract, live, case.live_assignments),
        assignments_before=before,
        assignments_after=after,
    )
    reached = reached_by(policy, live, before, case.names)
    seen = replace(seen, impact=Impact(before=reached, after=reached))
    if not difference.properties and before == after:
        return seen
    content = content_rows(
        wanted=difference.wanted,
        live=difference.live,
        changed=difference.properties,
        secrets=secret_paths(policy.payload) | secret_paths(live),
        masks=masked_paths(policy.payload) | masked_paths(live),
        displayed=displayed_in(policy.payload) | displayed_in(live),
    )
    rows = content + assignment_rows(live=case.audiences(before), wanted=case.audiences(after))
    seen = replace(seen, changes=limited(rows), reason=left)
    if case.is_copied:
        return _copy_exists(seen, case)
    if fixed := difference.properties & contract.create_only:
        return _cannot_change(seen, case, fixed)
    return replace(
        seen,
        decision=Decision.UPDATE,
        sentence=as_updated(case, places=len(rows), unspoken=difference.unspoken),
        writes=updating(
            policy,
            object_id=case.target_id,
            changed=difference.properties,
            assignments=None if before == after else after,
        ),
        impact=impact_of(
            Change(
                policy=policy,
                live=live,
                wanted=difference.wanted,
                before=reached,
                after=reached_by(policy, policy.payload, after, case.names),
                changed=difference.properties,
                removes_settings=any(
                    row["after"] == NOT_SET and row["before"] != NOT_SET for row in content
                ),
            )
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    """What the backup wants beside what the tenant holds, and the properties that differ."""

    wanted: Json
    live: Json
    properties: frozenset[str]
    unspoken: int
    before: list[Json] | None
    after: list[Json] | None


def _live(case: Case) -> Json:
    if case.reading is None or case.reading.payload is None:
        raise ValueError("Only a policy that was read in full is compared.")
    return case.reading.payload


def _difference(case: Case, payload: Json) -> _Difference:
    contract = case.policy.contract
    wanted = wanted_form(contract, case.policy.payload)
    live = normal_form(contract, payload)
    assignments = case.live_assignments
    before = None if assignments is None else normal_assignments(assignments)
    return _Difference(
        wanted=wanted,
        live=live,
        properties=frozenset(found.path[0] for found in covers(wanted, live)),
        unspoken=_unspoken(wanted, live),
        before=before,
        after=before if case.assignments.wanted is None else case.assignments.wanted,
    )


def _copy_exists(seen: PlannedItem, case: Case) -> PlannedItem:
    return replace(
        seen,
        decision=Decision.BLOCKED,
        reason=ReasonCode.AMBIGUOUS_MATCH,
        sentence=(
            f"{case.choices.tenant_name} already holds a policy called {case.quoted} with other "
            "content. Rename or remove it, then preview again."
        ),
    )


def _cannot_change(seen: PlannedItem, case: Case, fixed: frozenset[str]) -> PlannedItem:
    return replace(
        seen,
        decision=Decision.BLOCKED,
        reason=ReasonCode.UNSUPPORTED_TYPE,
        sentence=(
            f"{case.quoted} differs in what cannot be changed once a policy exists "
            f"({', '.join(sorted(fixed))}). Choose “create copy” for it instead."
        ),
    )


def _unspoken(wanted: Json, live: Json) -> int:
    """How many settings of the tenant the backup is silent on, defaults aside."""
    return sum(
        found.is_unspoken and not _is_default(found.before) for found in differences(wanted, live)
    )


def _is_default(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_default(inner) for key, inner in value.items() if key != TYPE)
    if isinstance(value, list):
        return all(_is_default(inner) for inner in value)
    return value in _DEFAULTS
