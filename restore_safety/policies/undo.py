"""What takes back one policy of an undone restore: put back, deleted, or created again.

Nothing is done to what is no longer as the restore left it: it was changed since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from restore_safety.models import WRITING_DECISIONS, Decision
from restore_safety.policies.creation import created
from restore_safety.policies.diff.rows import Row, assignment_rows, limited, removal_rows
from restore_safety.policies.impact import Change, Effect, Impact, Reached, impact_of, reached_by
from restore_safety.policies.obstacles import obstacle, reading_problem
from restore_safety.policies.reading import reason_of
from restore_safety.policies.requests import deleting
from restore_safety.policies.resolved import PlannedItem, ResolvedPolicy, malformed, planned
from restore_safety.policies.target import target_digest
from restore_safety.policies.undone import Undo, UndoAct, UndoneItem
from restore_safety.policies.update import compared
from restore_safety.truth.causes import ReasonCode
from tenants.graph.contracts import name_of
from tenants.graph.normal_form import normal_assignments, normal_form
from tenants.graph.payloads import Json
from tenants.printable import printable

# Deletions of these may go on: what refers to them no longer does, or never will.
_LETS_GO = WRITING_DECISIONS | {Decision.UNCHANGED}


def taken_back(resolved: ResolvedPolicy) -> PlannedItem:
    """What an undo does with the policy; outside of an undo, nothing is deleted."""
    undo = resolved.choices.undo
    undone = undo.items.get(resolved.policy.id) if undo else None
    if undone is None:
        return _blocked(
            resolved,
            ReasonCode.UNSUPPORTED_TYPE,
            f"{resolved.quoted} was created by a restore. Only its undo deletes it.",
        )
    if resolved.match is None:
        return _not_listed(resolved)
    match undone.act:
        case UndoAct.PUT_BACK:
            return _put_back(resolved, undone)
        case UndoAct.CREATE_AGAIN:
            return _created_again(resolved)
        case UndoAct.DELETE:
            return _deleted(resolved, undone)


def undone_in_order(items: Sequence[PlannedItem], undo: Undo) -> list[PlannedItem]:
    """What is deleted comes last, and each after the deletions of what refers to it.

    What is referred to by a policy that is not taken back itself is not deleted.
    """
    items = _without_referred(items, undo)
    deleted = {item.policy.id: item for item in items if item.decision is Decision.DELETE}
    placed: dict[str, PlannedItem] = {}
    for policy_id in reversed(deleted):
        _place(policy_id, deleted, undo, placed, frozenset())
    rest = [item for item in items if item.decision is not Decision.DELETE]
    return rest + list(placed.values())


def _place(
    policy_id: str,
    deleted: Mapping[str, PlannedItem],
    undo: Undo,
    placed: dict[str, PlannedItem],
    around: frozenset[str],
) -> None:
    if policy_id in placed or policy_id in around:
        return
    for one in sorted(undo.items[policy_id].needed_by & deleted.keys()):
        _place(one, deleted, undo, placed, around | {policy_id})
    placed[policy_id] = deleted[policy_id]


def _without_referred(items: Sequence[PlannedItem], undo: Undo) -> list[PlannedItem]:
    """Each round may find what the round before kept to be what something else refers to."""
    kept = list(items)
    while True:
        going = {item.policy.id for item in kept if item.decision in _LETS_GO}
        names = {item.policy.id: item.policy.name for item in kept}
        staying = {
            item.policy.id: sorted(undo.items[item.policy.id].needed_by - going)
            for item in kept
            if item.decision is Decision.DELETE
        }
        if not any(staying.values()):
            return kept
        kept = [
            _still_referred(item, names.get(by[0], ""))
            if (by := staying.get(item.policy.id))
            else item
            for item in kept
        ]


def _still_referred(item: PlannedItem, by: str) -> PlannedItem:
    who = f"“{printable(by)}”" if by else "a policy of that restore that is not in this scope"
    return replace(
        item,
        decision=Decision.BLOCKED,
        reason=ReasonCode.DEPENDENCY_MISSING,
        sentence=f"“{printable(item.policy.name)}” is not deleted: {who} refers to it and stays.",
        writes=(),
        impact=replace(item.impact, after=item.impact.before, effects=()),
    )


def _put_back(resolved: ResolvedPolicy, undone: UndoneItem) -> PlannedItem:
    if not resolved.is_present:
        return _blocked(
            resolved,
            ReasonCode.NOT_FOUND,
            f"{resolved.quoted} was deleted in {resolved.choices.tenant_name} after the restore. "
            "An undo does not create it again; restore it from what was kept before the restore.",
        )
    item = obstacle(resolved) or compared(resolved)
    if item.decision is not Decision.UPDATE:
        return item
    if not undone.left_digest:
        unknown = " Whether it was changed after the restore is not known."
        return replace(item, sentence=f"{item.sentence}{unknown}")
    if item.target_digest == undone.left_digest:
        return item
    return replace(
        item,
        decision=Decision.BLOCKED,
        reason=ReasonCode.TARGET_MOVED,
        sentence=f"{_changed_since(resolved, undone)} It is not put back, so that this change is "
        "kept. To put it back all the same, restore it from what was kept before the restore.",
        writes=(),
    )


def _created_again(resolved: ResolvedPolicy) -> PlannedItem:
    if resolved.is_present:
        return obstacle(resolved) or compared(resolved)
    name = name_of(resolved.policy.contract, resolved.policy.payload)
    if resolved.live.ids_named(name):
        return _blocked(
            resolved,
            ReasonCode.AMBIGUOUS_MATCH,
            f"{resolved.choices.tenant_name} holds another policy called {resolved.quoted} by now. "
            "Rename or remove it, then preview again.",
        )
    return obstacle(resolved) or created(resolved)


def _deleted(resolved: ResolvedPolicy, undone: UndoneItem) -> PlannedItem:
    if not resolved.is_present:
        gone = (
            f"{resolved.quoted} is no longer in {resolved.choices.tenant_name}: nothing is deleted."
        )
        item = planned(resolved, Decision.UNCHANGED, ReasonCode.AS_WANTED, gone)
        return replace(item, target_object_id=resolved.policy.object_id, left_out=())
    if problem := reading_problem(resolved):
        return replace(
            _blocked(
                resolved,
                ReasonCode.TARGET_UNREADABLE,
                f"{resolved.quoted} is not deleted, as nothing is concluded from it: {problem}",
            ),
            decision=Decision.NOT_EVALUABLE,
        )
    if obstacle := _obstacle(resolved, undone):
        return replace(_blocked(resolved, *obstacle), changes=_removal_rows(resolved))
    return _deletion(resolved, undone)


def _obstacle(resolved: ResolvedPolicy, undone: UndoneItem) -> tuple[ReasonCode, str] | None:
    """Why the policy is not deleted although it is there."""
    by_hand = "Look at it in Intune, and delete it there"
    if undone.is_mismatch:
        return (
            ReasonCode.VERIFICATION_MISMATCH,
            f"{resolved.quoted} was read back other than the restore wrote it. {by_hand}.",
        )
    if not undone.left_digest:
        return (
            ReasonCode.TARGET_UNREADABLE,
            f"Whether {resolved.quoted} was changed after the restore is not known. {by_hand}.",
        )
    if _live_digest(resolved) != undone.left_digest:
        return (
            ReasonCode.TARGET_MOVED,
            f"{_changed_since(resolved, undone)} It is not deleted. {by_hand} if it is of no use.",
        )
    return None


def _deletion(resolved: ResolvedPolicy, undone: UndoneItem) -> PlannedItem:
    policy, live = resolved.policy, _live_payload(resolved)
    assigned = resolved.live_assignments or []
    before = reached_by(policy, live, normal_assignments(assigned), resolved.names)
    return replace(
        planned(
            resolved,
            Decision.DELETE,
            None,
            f"{resolved.quoted} is as the restore created it in {resolved.choices.tenant_name}, "
            "and will be deleted.",
        ),
        left_out=(),
        target_digest=_live_digest(resolved),
        writes=deleting(policy, object_id=resolved.target_id, assigned=assigned),
        deleted_after=tuple(sorted(undone.needed_by)),
        changes=_removal_rows(resolved),
        assignments_before=None if policy.contract.unassigned else normal_assignments(assigned),
        assignments_after=None if policy.contract.unassigned else [],
        impact=_impact(resolved, before),
    )


def _impact(resolved: ResolvedPolicy, before: Reached | None) -> Impact:
    """Who it reached and no longer does; that it reaches no one then is no effect by itself."""
    change = Change(
        policy=resolved.policy,
        live=_live_payload(resolved),
        wanted={},
        before=before,
        after=None if before is None else Reached(),
    )
    found = impact_of(change)
    effects = tuple(one for one in found.effects if one is not Effect.REACHES_NOBODY)
    return replace(found, effects=effects)


def _removal_rows(resolved: ResolvedPolicy) -> list[Row]:
    content = normal_form(resolved.policy.contract, _live_payload(resolved))
    rows = removal_rows(type_label=resolved.policy.contract.label, content=content)
    audiences = resolved.audiences(normal_assignments(resolved.live_assignments or []))
    return limited([*rows, *assignment_rows(live=audiences, wanted=())])


def _changed_since(resolved: ResolvedPolicy, undone: UndoneItem) -> str:
    """What became of it after the restore, as far as that is known."""
    tenant = resolved.choices.tenant_name
    if undone.later:
        return f"{undone.later} wrote {resolved.quoted} after the restore that is undone."
    live, contract = _live_payload(resolved), resolved.policy.contract
    if undone.assignments is not None:
        as_left = target_digest(contract, live, undone.assignments)
        if as_left == undone.left_digest:
            return (
                f"The assignments of {resolved.quoted} in {tenant} were changed after the restore."
            )
    return f"{resolved.quoted} was changed in {tenant} after the restore."


def _live_payload(resolved: ResolvedPolicy) -> Json:
    if resolved.reading is None or resolved.reading.payload is None:
        raise ValueError("Only a policy that was read in full is taken back.")
    return resolved.reading.payload


def _live_digest(resolved: ResolvedPolicy) -> str:
    return target_digest(
        resolved.policy.contract, _live_payload(resolved), resolved.live_assignments
    )


def _blocked(resolved: ResolvedPolicy, reason: ReasonCode, sentence: str) -> PlannedItem:
    return replace(planned(resolved, Decision.BLOCKED, reason, sentence), left_out=())


def _not_listed(resolved: ResolvedPolicy) -> PlannedItem:
    if resolved.listing.error is None:
        return malformed(resolved.policy)
    kind = resolved.policy.contract
    return replace(
        _blocked(
            resolved,
            ReasonCode.TARGET_UNREADABLE,
            f"It is not known whether {resolved.quoted} exists in {resolved.choices.tenant_name}. "
            f"Listing {kind.plural.lower()}: {reason_of(resolved.listing.error, kind)}.",
        ),
        decision=Decision.NOT_EVALUABLE,
    )
