"""A policy the tenant has and that was read in full: what, if anything, would have to change."""

from dataclasses import dataclass, replace
from typing import Any

from restore_safety.models import Decision
from restore_safety.policies.diff.comparison import CANNOT_BE_COMPARED, NOT_SET
from restore_safety.policies.diff.rows import (
    Row,
    assignment_rows,
    content_rows,
    limited,
    secret_paths,
)
from restore_safety.policies.diff.setting_names import displayed_in
from restore_safety.policies.impact import Change, Impact, impact_of, reached_by
from restore_safety.policies.requests import updating
from restore_safety.policies.resolved import PlannedItem, ResolvedPolicy, planned
from restore_safety.policies.sentences import NotCompared, as_backed_up, as_updated
from restore_safety.policies.target import target_digest
from restore_safety.truth.causes import ReasonCode
from tenants.graph.contracts import Restorability, unanswered_of
from tenants.graph.normal_form import compared as held_against
from tenants.graph.normal_form import (
    differences,
    normal_assignments,
    normal_form,
    wanted_form,
)
from tenants.graph.payloads import TYPE, ZERO_GUID, Json

# What a service gives a setting that was never set.
_DEFAULTS = (None, "", False, 0, "0", "none", "notConfigured", ZERO_GUID)


def compared(resolved: ResolvedPolicy) -> PlannedItem:
    """Held against the backup: as wanted, to be changed, or not to be changed this way."""
    policy, difference = resolved.policy, _difference(resolved)
    seen = _left_as_it_is(resolved, difference)
    if difference.is_none:
        return seen
    content = _content_rows(resolved, difference, difference.properties)
    rows = content + assignment_rows(
        live=resolved.audiences(difference.before), wanted=resolved.audiences(difference.after)
    )
    seen = replace(
        seen,
        changes=limited([*rows, *_rows_not_compared(resolved, difference)]),
        reason=resolved.reason_left,
    )
    if resolved.is_copied:
        return _copy_exists(seen, resolved)
    if policy.contract.restorability in {Restorability.CREATE_ONLY, Restorability.MANUAL}:
        return _changed_by_hand(seen, resolved)
    if fixed := difference.properties & policy.contract.create_only:
        return _cannot_change(seen, resolved, fixed)
    return replace(
        seen,
        decision=Decision.UPDATE,
        sentence=as_updated(
            resolved,
            places=sum(row["before"] != CANNOT_BE_COMPARED for row in rows),
            apart=difference.apart,
        ),
        writes=updating(
            policy,
            object_id=resolved.target_id,
            live=difference.payload,
            changed=difference.properties,
            assignments=difference.after if difference.is_assigned_anew else None,
            assigned=resolved.live_assignments or (),
        ),
        impact=impact_of(_change_of(resolved, difference, seen=seen, content=content)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    """What the backup wants beside what the tenant holds, and the properties that differ."""

    payload: Json
    wanted: Json
    live: Json
    properties: frozenset[str]
    # Where no reading can compare the two.
    incomparable: tuple[str, ...]
    unspoken: int
    before: list[Json] | None
    after: list[Json] | None

    @property
    def is_assigned_anew(self) -> bool:
        return self.before != self.after

    @property
    def is_none(self) -> bool:
        return not self.properties and not self.is_assigned_anew

    @property
    def apart(self) -> NotCompared:
        """What the comparison says nothing of."""
        return NotCompared(unspoken=self.unspoken, incomparable=self.incomparable)


def _difference(resolved: ResolvedPolicy) -> _Difference:
    if resolved.reading is None or resolved.reading.payload is None:
        raise ValueError("Only a policy that was read in full is compared.")
    contract = resolved.policy.contract
    wanted = wanted_form(contract, resolved.policy.payload)
    live = normal_form(contract, resolved.reading.payload)
    found = held_against(wanted, live)
    assignments = resolved.live_assignments
    before = None if assignments is None else normal_assignments(assignments)
    return _Difference(
        payload=resolved.reading.payload,
        wanted=wanted,
        live=live,
        properties=frozenset(one.path[0] for one in found.different),
        incomparable=(
            *(one.place for one in found.incomparable),
            *unanswered_of(contract, resolved.reading.payload),
        ),
        unspoken=_unspoken(wanted, live),
        before=before,
        after=before if resolved.assignments.wanted is None else resolved.assignments.wanted,
    )


def _left_as_it_is(resolved: ResolvedPolicy, difference: _Difference) -> PlannedItem:
    """What holds of the policy as long as nothing of it is changed."""
    policy, live, left = resolved.policy, difference.payload, resolved.reason_left
    reached = reached_by(policy, live, difference.before, resolved.names)
    return replace(
        planned(
            resolved,
            Decision.ASSIGNMENTS_LEFT if left else Decision.UNCHANGED,
            left or ReasonCode.AS_WANTED,
            as_backed_up(resolved, difference.apart),
        ),
        incomparable=difference.incomparable,
        changes=limited(_rows_not_compared(resolved, difference)),
        target_digest=target_digest(policy.contract, live, resolved.live_assignments),
        assignments_before=difference.before,
        assignments_after=difference.after,
        impact=Impact(before=reached, after=reached),
    )


def _rows_not_compared(resolved: ResolvedPolicy, difference: _Difference) -> list[Row]:
    """A row per value that no reading can compare, in properties that are otherwise as wanted."""
    tops = frozenset(place.partition(".")[0] for place in difference.incomparable)
    rows = _content_rows(resolved, difference, tops - difference.properties)
    return [row for row in rows if row["before"] == CANNOT_BE_COMPARED]


def _content_rows(
    resolved: ResolvedPolicy, difference: _Difference, changed: frozenset[str]
) -> list[Row]:
    backed_up, live = resolved.policy.payload, difference.payload
    return content_rows(
        wanted=difference.wanted,
        live=difference.live,
        changed=changed,
        secrets=secret_paths(backed_up) | secret_paths(live),
        displayed=displayed_in(backed_up) | displayed_in(live),
        objects={**resolved.object_names, **resolved.names},
    )


def _change_of(
    resolved: ResolvedPolicy, difference: _Difference, *, seen: PlannedItem, content: list[Row]
) -> Change:
    policy = resolved.policy
    return Change(
        policy=policy,
        live=difference.payload,
        wanted=difference.wanted,
        before=seen.impact.before,
        after=reached_by(policy, policy.payload, difference.after, resolved.names),
        changed=difference.properties,
        removes_settings=any(
            row["after"] == NOT_SET and row["before"] != NOT_SET for row in content
        ),
    )


def _copy_exists(seen: PlannedItem, resolved: ResolvedPolicy) -> PlannedItem:
    return replace(
        seen,
        decision=Decision.BLOCKED,
        reason=ReasonCode.AMBIGUOUS_MATCH,
        sentence=(
            f"{resolved.choices.tenant_name} already holds a policy called {resolved.quoted} with "
            "other content. Rename or remove it, then preview again."
        ),
    )


def _changed_by_hand(seen: PlannedItem, resolved: ResolvedPolicy) -> PlannedItem:
    """It differs, and a restore has no way to change one that exists."""
    return replace(
        seen,
        decision=Decision.BLOCKED,
        reason=ReasonCode.UNSUPPORTED_TYPE,
        sentence=(
            f"{resolved.quoted} differs from the backup and is left as it is. "
            f"{resolved.policy.contract.restorability_reason}"
        ),
    )


def _cannot_change(
    seen: PlannedItem, resolved: ResolvedPolicy, fixed: frozenset[str]
) -> PlannedItem:
    return replace(
        seen,
        decision=Decision.BLOCKED,
        reason=ReasonCode.UNSUPPORTED_TYPE,
        sentence=(
            f"{resolved.quoted} differs in what cannot be changed once a policy exists "
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
