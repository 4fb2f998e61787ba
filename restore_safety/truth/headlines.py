"""The result of a restore in one line, written from its facts."""

from collections import Counter
from collections.abc import Iterator

from restore_safety.truth.causes import ReasonCode
from restore_safety.truth.follow_up_actions import FollowUpAction
from restore_safety.truth.item_status import (
    WRITTEN_OUTCOMES,
    ItemStatus,
    RunFacts,
    is_rehearsed,
    is_settled,
    item_status_of,
)
from restore_safety.truth.outcomes import ItemFact, ItemOutcome, Verification


def headline_of(run: RunFacts, action: FollowUpAction) -> str:
    opening = _opening(run)
    if run.is_ended and run.count(ItemOutcome.CANCELLED):
        opening = f"Cancelled, {opening[0].lower()}{opening[1:]}"
    text = ", ".join((opening, *_remarks(run)))
    if action is FollowUpAction.NONE:
        return text
    return f"{text}: {action.label[0].lower()}{action.label[1:]}"


def _opening(run: RunFacts) -> str:
    if not run.is_ended:
        return _opening_while_live(run)
    if run.is_empty:
        return "Nothing was restored, the run held nothing"
    written = run.count(*WRITTEN_OUTCOMES)
    if run.is_dry_run and written:
        return f"A dry run, yet {_policies(written)} recorded as written"
    if run.is_dry_run:
        return "Dry run, nothing was written"
    if written:
        return _opening_of_writes(run, written)
    return _opening_without_writes(run.statuses())


def _opening_of_writes(run: RunFacts, written: int) -> str:
    deleted = run.count(ItemOutcome.DELETED)
    if deleted == written:
        return f"{_policies(deleted)} deleted"
    verb = "restored" if _is_read_back(run) else "written"
    opening = f"{_policies(written - deleted)} {verb}"
    return f"{opening} and {deleted} deleted" if deleted else opening


def _opening_without_writes(statuses: frozenset[ItemStatus]) -> str:
    if statuses == {ItemStatus.PROVEN}:
        return "Nothing had to be written"
    # a write of unknown outcome may well have been applied
    is_unknown = ItemStatus.UNKNOWN in statuses
    return "Nothing is known to be restored" if is_unknown else "Nothing was restored"


def _opening_while_live(run: RunFacts) -> str:
    if run.is_waiting:
        written = run.count(*WRITTEN_OUTCOMES)
        return f"Paused, {_policies(written)} written" if written else "Paused"
    total = sum(run.facts.values())
    begun = total - run.count(ItemOutcome.NOT_STARTED)
    # Whether a worker is at it right now is not a matter of the items.
    return f"{begun} of {_policies(total)} begun" if begun else "Nothing begun yet"


def _policies(count: int) -> str:
    return "1 policy" if count == 1 else f"{count} policies"


def _is_read_back(run: RunFacts) -> bool:
    written = (fact for fact in run.facts if fact.outcome in WRITTEN_OUTCOMES)
    return all(fact.verification is Verification.VERIFIED for fact in written)


def _remarks(run: RunFacts) -> Iterator[str]:
    remarks: Counter[str] = Counter()
    counted = run.facts if run.is_ended else run.needing()
    for fact, count in counted.items():
        remarks[_remark_on(fact, is_dry_run=run.is_dry_run)] += count
    for remark in _REMARKS:
        if remarks[remark]:
            its = "its" if remarks[remark] == 1 else "their"
            yield f"{remarks[remark]} {remark.format(its=its)}"


_AS_WANTED = "already as wanted"

_NO_ASSIGNMENTS = "of them without {its} assignments"

_ASSIGNMENTS_LEFT = "with {its} assignments left as they are"

_NOT_AS_WANTED = "not as wanted when read back"

_NOT_VERIFIED = "not verified"

_NOT_COMPARABLE = "with values that cannot be compared"

_LEFT_TO_DO = "with something left to do"

_REHEARSED = "rehearsed"

_OUTCOME_REMARKS = {
    ItemOutcome.FAILED: "failed",
    ItemOutcome.TARGET_CHANGED: "changed in the tenant since the preview",
    ItemOutcome.OUTCOME_UNKNOWN: "with unknown outcome",
    ItemOutcome.WAITING_FOR_APPROVAL: "waiting for approval",
    ItemOutcome.MANUAL_REQUIRED: "to do by hand",
    ItemOutcome.SKIPPED: "skipped",
    ItemOutcome.NOT_STARTED: "not started",
    ItemOutcome.CANCELLED: "not begun",
    ItemOutcome.PARTIAL: _NO_ASSIGNMENTS,
}

# What is said of the written ones follows them; the rest stands by itself.
_REMARKS = tuple(
    dict.fromkeys(
        (
            _NO_ASSIGNMENTS,
            _AS_WANTED,
            _ASSIGNMENTS_LEFT,
            _REHEARSED,
            *_OUTCOME_REMARKS.values(),
            _NOT_AS_WANTED,
            _NOT_VERIFIED,
            _NOT_COMPARABLE,
            _LEFT_TO_DO,
        )
    )
)


def _remark_on(fact: ItemFact, *, is_dry_run: bool) -> str:
    """What the headline says of an item beyond that it was written; nothing, if that is all."""
    if is_dry_run and fact.outcome is ItemOutcome.NOT_STARTED and is_rehearsed(fact):
        return _REHEARSED
    if fact.outcome in _OUTCOME_REMARKS:
        return _OUTCOME_REMARKS[fact.outcome]
    status = item_status_of(fact)
    if status is ItemStatus.PROVEN:
        return _AS_WANTED if fact.outcome is ItemOutcome.UNCHANGED else ""
    if status is ItemStatus.SHORT:
        return _NOT_AS_WANTED
    if not is_settled(fact):
        is_read = fact.verification is Verification.NOT_COMPARABLE
        return _NOT_COMPARABLE if is_read else _NOT_VERIFIED
    is_left = fact.outcome is ItemOutcome.ASSIGNMENTS_LEFT
    is_kept = fact.reason is ReasonCode.ASSIGNMENTS_KEPT
    return _ASSIGNMENTS_LEFT if is_left or is_kept else _LEFT_TO_DO
