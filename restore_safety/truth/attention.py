"""Result attention: what a finished run means for people, by one total and pure reducer.

The precedence of the answer, first match wins (`_attention_of`):

1. a dry run                                            -> not_executed
2. still queued or running                              -> not_executed, or partial once written to
3. no items at all                                      -> failed
4. any item whose outcome is unknown                    -> partial (it may have been written)
5. any item failed, or not written for a reason of its
   own (the target moved, it could not be read, ...)    -> partial if any item was applied or
                                                           waits, else failed
6. any item that the run was ended before reaching      -> partial if any item was applied or
                                                           waits, else not_executed
7. any item applied in part, or other than wanted       -> partial
8. any item skipped, waiting, to be done by hand, not
   verified, with values that cannot be compared, left
   without its assignments, or applied with something
   to look at                                           -> completed_with_follow_up
9. every item written and verified, or as wanted        -> completed

Applied means created, updated, deleted, unchanged, as it is with its assignments left, or partial.
The cause and the next action come from one item: unknown outcomes first, then items short of what
was wanted, then those that follow up; within that by `REASON_PRECEDENCE`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from restore_safety.truth.causes import REASON_PRECEDENCE, CauseFamily, FollowUpAction, ReasonCode
from restore_safety.truth.outcomes import (
    ItemFact,
    ItemOutcome,
    RestoreStatus,
    Verification,
)
from restore_safety.truth.words import Word

# The vocabulary of the answer is part of it: whoever asks need not know where each word lives.
__all__ = [
    "BOUNDARY",
    "REASON_PRECEDENCE",
    "Attention",
    "CauseFamily",
    "FollowUpAction",
    "ItemFact",
    "ItemOutcome",
    "ReasonCode",
    "RestoreStatus",
    "ResultAttention",
    "Verification",
    "attention_for",
    "counts_of",
    "is_verified_in_part",
]

BOUNDARY = (
    "That a run completed does not prove the tenant's recovery: "
    "it says only what was written and read back for these items."
)


class Attention(Word):
    """What the result asks of people."""

    NOT_EXECUTED = "not_executed", "Not executed", "The run wrote nothing to the tenant."
    COMPLETED = "completed", "Completed", "Every written item was read back and found as wanted."
    COMPLETED_WITH_FOLLOW_UP = (
        "completed_with_follow_up",
        "Completed with follow-up",
        "The run went through and left something to look at.",
    )
    PARTIAL = (
        "partial",
        "Partial",
        "Some of what was wanted is in the tenant or may come to be there, some is not.",
    )
    FAILED = "failed", "Failed", "Nothing of what was wanted was applied."


# What needs nobody, as long as outcome and verification agree.
_CALM_REASONS = frozenset({ReasonCode.WRITTEN, ReasonCode.AS_WANTED})

# What says only that the run ended first; any other reason of an item not started is its own.
_UNREACHED_REASONS = _CALM_REASONS | {
    ReasonCode.RUN_CANCELLED,
    ReasonCode.RUN_INTERRUPTED,
    ReasonCode.DRY_RUN,
    ReasonCode.START_REFUSED,
}

_WRITTEN = frozenset(
    {ItemOutcome.CREATED, ItemOutcome.UPDATED, ItemOutcome.DELETED, ItemOutcome.PARTIAL}
)
_AS_IT_IS = frozenset({ItemOutcome.UNCHANGED, ItemOutcome.ASSIGNMENTS_LEFT})
_APPLIED = _WRITTEN | _AS_IT_IS


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultAttention:
    """The one answer that list, detail, notice, operation page, export and API all give."""

    attention: Attention
    status: RestoreStatus
    follow_up_required: bool
    cause: CauseFamily
    next_action: FollowUpAction
    headline: str
    sentence: str
    boundary: str
    needs: int


class _Standing(IntEnum):
    """How an item stands, worst last; unlike the outcome it counts verification and reason too."""

    PROVEN = 0
    FOLLOW_UP = 1
    SHORT = 2
    UNTOUCHED = 3
    STOPPED = 4
    UNKNOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """The facts with a count, and what kind of run they come from."""

    facts: Mapping[ItemFact, int]
    is_dry_run: bool
    is_ended: bool
    is_waiting: bool

    @property
    def is_empty(self) -> bool:
        return not self.facts

    def count(self, *outcomes: ItemOutcome) -> int:
        return sum(count for fact, count in self.facts.items() if fact.outcome in outcomes)

    def standings(self) -> frozenset[_Standing]:
        return frozenset(_standing_of(fact) for fact in self.facts)

    def needing(self) -> dict[ItemFact, int]:
        return {fact: count for fact, count in self.facts.items() if self._needs(fact)}

    def _needs(self, fact: ItemFact) -> bool:
        if not self.is_ended and _is_yet_to_come(fact):
            return False
        if self.is_dry_run:
            return not _is_rehearsed(fact)
        return _standing_of(fact) is not _Standing.PROVEN


def attention_for(
    facts: Mapping[ItemFact, int],
    *,
    is_dry_run: bool,
    is_ended: bool = True,
    is_waiting: bool = False,
) -> ResultAttention:
    """The answer for any facts at all; how many items share a fact is its count.

    A run `is_waiting` that has not ended and only waits for the tenant's approver.
    """
    if is_waiting and is_ended:
        raise ValueError("A run that has ended waits for nobody.")
    if any(count < 0 for count in facts.values()):
        raise ValueError("Fewer than no items cannot share a fact.")
    case = _Case(
        facts={fact: count for fact, count in facts.items() if count},
        is_dry_run=is_dry_run,
        is_ended=is_ended,
        is_waiting=is_waiting,
    )
    needing = case.needing()
    reason, action = _reason_and_action(case, needing)
    attention = _attention_of(case)
    return ResultAttention(
        attention=attention,
        status=_status_of(case, attention),
        follow_up_required=bool(needing) or (case.is_empty and is_ended),
        cause=reason.cause if reason else CauseFamily.NONE,
        next_action=action,
        headline=_headline(case, action),
        sentence=reason.sentence if reason else _calm_sentence(case),
        boundary=BOUNDARY,
        needs=sum(needing.values()),
    )


def is_verified_in_part(fact: ItemFact) -> bool:
    """Whether what was written reads back as wanted while the item still asks for somebody."""
    is_read_back = fact.verification is Verification.VERIFIED
    return is_read_back and _standing_of(fact) is not _Standing.PROVEN


def counts_of(facts: Mapping[ItemFact, int]) -> dict[str, int]:
    """Whole numbers under the keys an operation run may keep; every key is always there."""
    by_outcome: Counter[ItemOutcome] = Counter()
    read_back: Counter[bool] = Counter()
    for fact, count in facts.items():
        by_outcome[fact.outcome] += count
        if fact.verification is Verification.VERIFIED:
            read_back[is_verified_in_part(fact)] += count
    return {
        "items": by_outcome.total(),
        **{_COUNT_KEYS.get(outcome, outcome.value): by_outcome[outcome] for outcome in ItemOutcome},
        "verified": read_back[False],
        "verified_in_part": read_back[True],
    }


_COUNT_KEYS = {
    ItemOutcome.WAITING_FOR_APPROVAL: "waiting",
    ItemOutcome.OUTCOME_UNKNOWN: "unknown",
}


def _standing_of(fact: ItemFact) -> _Standing:  # noqa: PLR0911 -- one flat line per outcome
    match fact.outcome:
        case (
            ItemOutcome.CREATED | ItemOutcome.UPDATED | ItemOutcome.DELETED | ItemOutcome.UNCHANGED
        ):
            return _standing_of_applied(fact)
        case ItemOutcome.ASSIGNMENTS_LEFT:
            return max(_standing_of_applied(fact), _Standing.FOLLOW_UP)
        case ItemOutcome.PARTIAL:
            return _Standing.SHORT
        case ItemOutcome.SKIPPED | ItemOutcome.WAITING_FOR_APPROVAL | ItemOutcome.MANUAL_REQUIRED:
            return _Standing.FOLLOW_UP
        case ItemOutcome.CANCELLED:
            return _Standing.UNTOUCHED
        case ItemOutcome.NOT_STARTED:
            is_unreached = fact.reason in _UNREACHED_REASONS
            return _Standing.UNTOUCHED if is_unreached else _Standing.STOPPED
        case ItemOutcome.FAILED | ItemOutcome.TARGET_CHANGED:
            return _Standing.STOPPED
        case ItemOutcome.OUTCOME_UNKNOWN:
            return _Standing.UNKNOWN
        case _:
            assert_never(fact.outcome)


def _standing_of_applied(fact: ItemFact) -> _Standing:
    settled = _Standing.PROVEN if fact.reason in _CALM_REASONS else _Standing.FOLLOW_UP
    match fact.verification:
        case Verification.VERIFIED:
            return settled
        case Verification.NOT_ATTEMPTED:
            # an unchanged item was read and compared before it was left alone; a write was not
            return settled if fact.outcome in _AS_IT_IS else _Standing.FOLLOW_UP
        case Verification.PENDING | Verification.UNREADABLE | Verification.NOT_COMPARABLE:
            return _Standing.FOLLOW_UP
        case Verification.MISMATCH:
            return _Standing.SHORT
        case _:
            assert_never(fact.verification)


def _is_rehearsed(fact: ItemFact) -> bool:
    """What a dry run is there for: the item stopped short of its write, or needs none."""
    if fact.outcome is ItemOutcome.UNCHANGED:
        return _standing_of(fact) is _Standing.PROVEN
    return fact.outcome is ItemOutcome.NOT_STARTED and fact.reason is ReasonCode.DRY_RUN


def _is_yet_to_come(fact: ItemFact) -> bool:
    awaits_reading = fact.verification is Verification.PENDING and fact.outcome in _APPLIED
    return fact.outcome is ItemOutcome.NOT_STARTED or awaits_reading


def _attention_of(case: _Case) -> Attention:  # noqa: PLR0911 -- the written precedence, row by row
    is_applied = case.count(*_APPLIED) > 0
    is_waiting = case.count(ItemOutcome.WAITING_FOR_APPROVAL) > 0
    standings = case.standings()
    if case.is_dry_run:
        return Attention.NOT_EXECUTED
    if not case.is_ended:
        is_touched = is_applied or is_waiting or _Standing.UNKNOWN in standings
        return Attention.PARTIAL if is_touched else Attention.NOT_EXECUTED
    if case.is_empty:
        return Attention.FAILED
    match max(standings):
        case _Standing.UNKNOWN | _Standing.SHORT:
            return Attention.PARTIAL
        case _Standing.STOPPED:
            # what the tenant filed may yet be applied by its approver: it has not failed
            return Attention.PARTIAL if is_applied or is_waiting else Attention.FAILED
        case _Standing.UNTOUCHED:
            return Attention.PARTIAL if is_applied or is_waiting else Attention.NOT_EXECUTED
        case _Standing.FOLLOW_UP:
            return Attention.COMPLETED_WITH_FOLLOW_UP
        case _Standing.PROVEN:
            return Attention.COMPLETED
        case _ as never:
            assert_never(never)


def _status_of(case: _Case, attention: Attention) -> RestoreStatus:
    if not case.is_ended:
        return _status_while_live(case)
    if case.count(ItemOutcome.CANCELLED):
        return RestoreStatus.CANCELLED
    match attention:
        case Attention.COMPLETED | Attention.COMPLETED_WITH_FOLLOW_UP:
            return RestoreStatus.COMPLETED
        case Attention.PARTIAL:
            return RestoreStatus.PARTIAL
        case Attention.FAILED:
            return RestoreStatus.FAILED
        case Attention.NOT_EXECUTED:
            return _status_without_execution(case)
        case _:
            assert_never(attention)


def _status_while_live(case: _Case) -> RestoreStatus:
    if case.is_waiting:
        return RestoreStatus.WAITING
    is_begun = any(fact.outcome is not ItemOutcome.NOT_STARTED for fact in case.facts)
    return RestoreStatus.RUNNING if is_begun else RestoreStatus.QUEUED


def _status_without_execution(case: _Case) -> RestoreStatus:
    """An interrupted run is not a failed one, and a dry run completes by rehearsing every item."""
    hard = {fact for fact in case.needing() if _standing_of(fact) is not _Standing.FOLLOW_UP}
    if case.is_dry_run and not case.is_empty and not hard:
        return RestoreStatus.COMPLETED
    is_interrupted = any(
        fact.reason is ReasonCode.RUN_INTERRUPTED or fact.outcome is ItemOutcome.OUTCOME_UNKNOWN
        for fact in case.facts
    )
    is_whole = len(hard) == len(case.facts)
    return RestoreStatus.FAILED if is_whole and not is_interrupted else RestoreStatus.PARTIAL


def _reason_and_action(
    case: _Case, needing: Mapping[ItemFact, int]
) -> tuple[ReasonCode | None, FollowUpAction]:
    if case.is_waiting:
        # what is open besides can be seen to when the run has ended; this it waits for now
        return ReasonCode.APPROVAL_PENDING, FollowUpAction.WAIT_FOR_APPROVER
    if not needing:
        return None, _calm_action(case)
    telling = min(needing, key=lambda fact: _urgency(fact, is_dry_run=case.is_dry_run))
    reason = _telling_reason(telling, is_dry_run=case.is_dry_run)
    if not case.is_ended:
        return reason, FollowUpAction.NONE
    if telling.outcome is ItemOutcome.OUTCOME_UNKNOWN:
        return reason, FollowUpAction.RECONCILE
    return reason, reason.action


def _calm_action(case: _Case) -> FollowUpAction:
    if not case.is_ended:
        return FollowUpAction.NONE
    # what was not started and yet needs nobody was rehearsed
    has_more = case.is_empty or case.count(ItemOutcome.NOT_STARTED) > 0
    return FollowUpAction.START_RESTORE if has_more else FollowUpAction.NONE


def _urgency(fact: ItemFact, *, is_dry_run: bool) -> tuple[int, int]:
    reason = _telling_reason(fact, is_dry_run=is_dry_run)
    return _TIERS[_standing_of(fact)], REASON_PRECEDENCE.index(reason)


_TIERS = {
    _Standing.UNKNOWN: 0,
    _Standing.STOPPED: 1,
    _Standing.UNTOUCHED: 1,
    _Standing.SHORT: 1,
    _Standing.FOLLOW_UP: 2,
    _Standing.PROVEN: 2,
}


def _telling_reason(fact: ItemFact, *, is_dry_run: bool) -> ReasonCode:
    """The recorded reason, unless it is calmer than the item it is recorded for."""
    if is_dry_run and fact.outcome in _WRITTEN:
        return ReasonCode.UNEXPECTED
    if fact.outcome is ItemOutcome.WAITING_FOR_APPROVAL:
        return ReasonCode.APPROVAL_PENDING
    if fact.reason not in _CALM_REASONS:
        return fact.reason
    # What was found as it was to be left is in no doubt; only the reason is not told.
    if fact.outcome in _APPLIED and not _is_settled(fact):
        return _REASONS_OF_DOUBT.get(fact.verification, ReasonCode.VERIFICATION_UNREADABLE)
    return _REASON_IN_PLACE.get(fact.outcome, ReasonCode.UNEXPECTED)


_REASONS_OF_DOUBT = {
    Verification.MISMATCH: ReasonCode.VERIFICATION_MISMATCH,
    Verification.NOT_COMPARABLE: ReasonCode.VALUES_NOT_COMPARABLE,
}

_REASON_IN_PLACE = {
    ItemOutcome.SKIPPED: ReasonCode.ALREADY_EXISTS,
    ItemOutcome.TARGET_CHANGED: ReasonCode.TARGET_MOVED,
    ItemOutcome.OUTCOME_UNKNOWN: ReasonCode.OUTCOME_UNESTABLISHED,
    ItemOutcome.MANUAL_REQUIRED: ReasonCode.UNSUPPORTED_TYPE,
    ItemOutcome.NOT_STARTED: ReasonCode.RUN_INTERRUPTED,
    ItemOutcome.CANCELLED: ReasonCode.RUN_CANCELLED,
}


def _headline(case: _Case, action: FollowUpAction) -> str:
    opening = _opening(case)
    if case.is_ended and case.count(ItemOutcome.CANCELLED):
        opening = f"Cancelled, {opening[0].lower()}{opening[1:]}"
    text = ", ".join((opening, *_remarks(case)))
    if action is FollowUpAction.NONE:
        return text
    return f"{text}: {action.label[0].lower()}{action.label[1:]}"


def _opening(case: _Case) -> str:
    if not case.is_ended:
        return _opening_while_live(case)
    if case.is_empty:
        return "Nothing was restored, the run held nothing"
    written = case.count(*_WRITTEN)
    if case.is_dry_run and written:
        return f"A dry run, yet {_policies(written)} recorded as written"
    if case.is_dry_run:
        return "Dry run, nothing was written"
    if written:
        return _opening_of_writes(case, written)
    return _opening_without_writes(case.standings())


def _opening_of_writes(case: _Case, written: int) -> str:
    deleted = case.count(ItemOutcome.DELETED)
    if deleted == written:
        return f"{_policies(deleted)} deleted"
    verb = "restored" if _is_read_back(case) else "written"
    told = f"{_policies(written - deleted)} {verb}"
    return f"{told} and {deleted} deleted" if deleted else told


def _opening_without_writes(standings: frozenset[_Standing]) -> str:
    if standings == {_Standing.PROVEN}:
        return "Nothing had to be written"
    # a write of unknown outcome may well have been applied
    is_unknown = _Standing.UNKNOWN in standings
    return "Nothing is known to be restored" if is_unknown else "Nothing was restored"


def _opening_while_live(case: _Case) -> str:
    if case.is_waiting:
        written = case.count(*_WRITTEN)
        return f"Paused, {_policies(written)} written" if written else "Paused"
    total = sum(case.facts.values())
    begun = total - case.count(ItemOutcome.NOT_STARTED)
    # Whether anybody is at it right now is not a matter of the items.
    return f"{begun} of {_policies(total)} begun" if begun else "Nothing begun yet"


def _policies(count: int) -> str:
    return "1 policy" if count == 1 else f"{count} policies"


def _is_read_back(case: _Case) -> bool:
    written = (fact for fact in case.facts if fact.outcome in _WRITTEN)
    return all(fact.verification is Verification.VERIFIED for fact in written)


def _remarks(case: _Case) -> Iterator[str]:
    remarks: Counter[str] = Counter()
    told = case.facts if case.is_ended else case.needing()
    for fact, count in told.items():
        remarks[_remark_on(fact, is_dry_run=case.is_dry_run)] += count
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
    if is_dry_run and fact.outcome is ItemOutcome.NOT_STARTED and _is_rehearsed(fact):
        return _REHEARSED
    if fact.outcome in _OUTCOME_REMARKS:
        return _OUTCOME_REMARKS[fact.outcome]
    standing = _standing_of(fact)
    if standing is _Standing.PROVEN:
        return _AS_WANTED if fact.outcome is ItemOutcome.UNCHANGED else ""
    if standing is _Standing.SHORT:
        return _NOT_AS_WANTED
    if not _is_settled(fact):
        is_read = fact.verification is Verification.NOT_COMPARABLE
        return _NOT_COMPARABLE if is_read else _NOT_VERIFIED
    is_left = fact.outcome is ItemOutcome.ASSIGNMENTS_LEFT
    is_kept = fact.reason is ReasonCode.ASSIGNMENTS_KEPT
    return _ASSIGNMENTS_LEFT if is_left or is_kept else _LEFT_TO_DO


def _is_settled(fact: ItemFact) -> bool:
    """Whether it was read and found as this run was to leave it."""
    return fact.verification is Verification.VERIFIED or (
        fact.outcome in _AS_IT_IS and fact.verification is Verification.NOT_ATTEMPTED
    )


# Whether it goes on right now is not a matter of the items.
_NOT_KNOWN_YET = "What it comes to is known at its end."


def _calm_sentence(case: _Case) -> str:
    if not case.is_ended:
        status = _status_of(case, Attention.NOT_EXECUTED)
        return _NOT_KNOWN_YET if status is RestoreStatus.RUNNING else status.sentence
    if case.is_empty:
        return "A run without items proves nothing."
    if case.is_dry_run:
        return ReasonCode.DRY_RUN.sentence
    if case.count(*_WRITTEN):
        return Attention.COMPLETED.sentence
    return "The tenant already had every item as wanted."
