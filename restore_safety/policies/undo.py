"""What takes back one policy of an undone restore: put back, deleted, or created again.

Nothing is done to what is no longer as the restore left it: somebody has worked on it since.
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


def taken_back(case: ResolvedPolicy) -> PlannedItem:
    """What an undo does with the policy; outside of an undo, nothing is deleted."""
    undo = case.choices.undo
    undone = undo.items.get(case.policy.id) if undo else None
    if undone is None:
        return _blocked(
            case,
            ReasonCode.UNSUPPORTED_TYPE,
            f"{case.quoted} was created by a restore. Only the undo of that restore deletes it.",
        )
    if case.match is None:
        return _not_listed(case)
    match undone.act:
        case UndoAct.PUT_BACK:
            return _put_back(case, undone)
        case UndoAct.CREATE_AGAIN:
            return _created_again(case)
        case UndoAct.DELETE:
            return _deleted(case, undone)


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


def _put_back(case: ResolvedPolicy, undone: UndoneItem) -> PlannedItem:
    if not case.is_present:
        return _blocked(
            case,
            ReasonCode.NOT_FOUND,
            f"{case.quoted} was deleted in {case.choices.tenant_name} after the restore. An undo "
            "does not create it again; restore it from what was kept before the restore.",
        )
    item = obstacle(case) or compared(case)
    if item.decision is not Decision.UPDATE:
        return item
    if not undone.left_digest:
        unknown = " Whether somebody changed it after the restore is not known."
        return replace(item, sentence=f"{item.sentence}{unknown}")
    if item.target_digest == undone.left_digest:
        return item
    return replace(
        item,
        decision=Decision.BLOCKED,
        reason=ReasonCode.TARGET_MOVED,
        sentence=f"{_changed_since(case, undone)} It is not put back, so that this change is kept. "
        "To put it back all the same, restore it from what was kept before the restore.",
        writes=(),
    )


def _created_again(case: ResolvedPolicy) -> PlannedItem:
    if case.is_present:
        return obstacle(case) or compared(case)
    name = name_of(case.policy.contract, case.policy.payload)
    if case.live.ids_named(name):
        return _blocked(
            case,
            ReasonCode.AMBIGUOUS_MATCH,
            f"{case.choices.tenant_name} holds another policy called {case.quoted} by now. "
            "Rename or remove it, then preview again.",
        )
    return obstacle(case) or created(case)


def _deleted(case: ResolvedPolicy, undone: UndoneItem) -> PlannedItem:
    if not case.is_present:
        gone = f"{case.quoted} is no longer in {case.choices.tenant_name}: nothing is deleted."
        item = planned(case, Decision.UNCHANGED, ReasonCode.AS_WANTED, gone)
        return replace(item, target_object_id=case.policy.object_id, left_out=())
    if problem := reading_problem(case):
        return replace(
            _blocked(
                case,
                ReasonCode.TARGET_UNREADABLE,
                f"{case.quoted} is not deleted, as nothing is concluded from it: {problem}",
            ),
            decision=Decision.NOT_EVALUABLE,
        )
    if obstacle := _obstacle(case, undone):
        return replace(_blocked(case, *obstacle), changes=_removal_rows(case))
    return _deletion(case, undone)


def _obstacle(case: ResolvedPolicy, undone: UndoneItem) -> tuple[ReasonCode, str] | None:
    """Why the policy is not deleted although it is there."""
    by_hand = "Look at it in Intune, and delete it there"
    if undone.is_mismatch:
        return (
            ReasonCode.VERIFICATION_MISMATCH,
            f"{case.quoted} was read back other than the restore wrote it. {by_hand}.",
        )
    if not undone.left_digest:
        return (
            ReasonCode.TARGET_UNREADABLE,
            f"Whether somebody changed {case.quoted} after the restore is not known. {by_hand}.",
        )
    if _live_digest(case) != undone.left_digest:
        return (
            ReasonCode.TARGET_MOVED,
            f"{_changed_since(case, undone)} It is not deleted. {by_hand} if it is of no use.",
        )
    return None


def _deletion(case: ResolvedPolicy, undone: UndoneItem) -> PlannedItem:
    policy, live = case.policy, _live_payload(case)
    assigned = case.live_assignments or []
    before = reached_by(policy, live, normal_assignments(assigned), case.names)
    return replace(
        planned(
            case,
            Decision.DELETE,
            None,
            f"{case.quoted} still is as the restore created it in {case.choices.tenant_name}, and "
            "will be deleted.",
        ),
        left_out=(),
        target_digest=_live_digest(case),
        writes=deleting(policy, object_id=case.target_id, assigned=assigned),
        deleted_after=tuple(sorted(undone.needed_by)),
        changes=_removal_rows(case),
        assignments_before=None if policy.contract.unassigned else normal_assignments(assigned),
        assignments_after=None if policy.contract.unassigned else [],
        impact=_impact(case, before),
    )


def _impact(case: ResolvedPolicy, before: Reached | None) -> Impact:
    """Whom it reached and no longer does; that it reaches nobody then is no effect by itself."""
    change = Change(
        policy=case.policy,
        live=_live_payload(case),
        wanted={},
        before=before,
        after=None if before is None else Reached(),
    )
    found = impact_of(change)
    effects = tuple(one for one in found.effects if one is not Effect.REACHES_NOBODY)
    return replace(found, effects=effects)


def _removal_rows(case: ResolvedPolicy) -> list[Row]:
    content = normal_form(case.policy.contract, _live_payload(case))
    rows = removal_rows(type_label=case.policy.contract.label, content=content)
    audiences = case.audiences(normal_assignments(case.live_assignments or []))
    return limited([*rows, *assignment_rows(live=audiences, wanted=())])


def _changed_since(case: ResolvedPolicy, undone: UndoneItem) -> str:
    """What became of it after the restore, as far as that can be told."""
    tenant = case.choices.tenant_name
    if undone.later:
        return f"{undone.later} wrote {case.quoted} after the restore that is undone."
    live, contract = _live_payload(case), case.policy.contract
    if undone.assignments is not None:
        as_left = target_digest(contract, live, undone.assignments)
        if as_left == undone.left_digest:
            return f"Somebody assigned {case.quoted} otherwise in {tenant} after the restore."
    return f"Somebody changed {case.quoted} in {tenant} after the restore."


def _live_payload(case: ResolvedPolicy) -> Json:
    if case.reading is None or case.reading.payload is None:
        raise ValueError("Only a policy that was read in full is taken back.")
    return case.reading.payload


def _live_digest(case: ResolvedPolicy) -> str:
    return target_digest(case.policy.contract, _live_payload(case), case.live_assignments)


def _blocked(case: ResolvedPolicy, reason: ReasonCode, sentence: str) -> PlannedItem:
    return replace(planned(case, Decision.BLOCKED, reason, sentence), left_out=())


def _not_listed(case: ResolvedPolicy) -> PlannedItem:
    if case.listing.error is None:
        return malformed(case.policy)
    kind = case.policy.contract
    return replace(
        _blocked(
            case,
            ReasonCode.TARGET_UNREADABLE,
            f"It is not known whether {case.quoted} exists in {case.choices.tenant_name}. Listing "
            f"{kind.plural.lower()}: {reason_of(case.listing.error, kind)}.",
        ),
        decision=Decision.NOT_EVALUABLE,
    )
