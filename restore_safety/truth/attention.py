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
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from restore_safety.truth.causes import REASON_PRECEDENCE, ReasonCode
from restore_safety.truth.follow_up_actions import CauseFamily, FollowUpAction
from restore_safety.truth.headlines import headline_of
from restore_safety.truth.item_status import (
    APPLIED_OUTCOMES,
    CALM_REASONS,
    WRITTEN_OUTCOMES,
    ItemStatus,
    RunFacts,
    is_settled,
    item_status_of,
)
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
        raise ValueError("A run that has ended waits for no one.")
    if any(count < 0 for count in facts.values()):
        raise ValueError("Fewer than no items cannot share a fact.")
    run = RunFacts(
        facts={fact: count for fact, count in facts.items() if count},
        is_dry_run=is_dry_run,
        is_ended=is_ended,
        is_waiting=is_waiting,
    )
    needing = run.needing()
    reason, action = _reason_and_action(run, needing)
    attention = _attention_of(run)
    return ResultAttention(
        attention=attention,
        status=_status_of(run, attention),
        follow_up_required=bool(needing) or (run.is_empty and is_ended),
        cause=reason.cause if reason else CauseFamily.NONE,
        next_action=action,
        headline=headline_of(run, action),
        sentence=reason.sentence if reason else _calm_sentence(run),
        boundary=BOUNDARY,
        needs=sum(needing.values()),
    )


def is_verified_in_part(fact: ItemFact) -> bool:
    """Whether what was written reads back as wanted while the item still needs attention."""
    is_read_back = fact.verification is Verification.VERIFIED
    return is_read_back and item_status_of(fact) is not ItemStatus.PROVEN


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


def _attention_of(run: RunFacts) -> Attention:  # noqa: PLR0911 -- the written precedence, row by row
    is_applied = run.count(*APPLIED_OUTCOMES) > 0
    is_waiting = run.count(ItemOutcome.WAITING_FOR_APPROVAL) > 0
    statuses = run.statuses()
    if run.is_dry_run:
        return Attention.NOT_EXECUTED
    if not run.is_ended:
        is_touched = is_applied or is_waiting or ItemStatus.UNKNOWN in statuses
        return Attention.PARTIAL if is_touched else Attention.NOT_EXECUTED
    if run.is_empty:
        return Attention.FAILED
    match max(statuses):
        case ItemStatus.UNKNOWN | ItemStatus.SHORT:
            return Attention.PARTIAL
        case ItemStatus.STOPPED:
            # what the tenant filed may yet be applied by its approver: it has not failed
            return Attention.PARTIAL if is_applied or is_waiting else Attention.FAILED
        case ItemStatus.UNTOUCHED:
            return Attention.PARTIAL if is_applied or is_waiting else Attention.NOT_EXECUTED
        case ItemStatus.FOLLOW_UP:
            return Attention.COMPLETED_WITH_FOLLOW_UP
        case ItemStatus.PROVEN:
            return Attention.COMPLETED
        case _ as never:
            assert_never(never)


def _status_of(run: RunFacts, attention: Attention) -> RestoreStatus:
    if not run.is_ended:
        return _status_while_live(run)
    if run.count(ItemOutcome.CANCELLED):
        return RestoreStatus.CANCELLED
    match attention:
        case Attention.COMPLETED | Attention.COMPLETED_WITH_FOLLOW_UP:
            return RestoreStatus.COMPLETED
        case Attention.PARTIAL:
            return RestoreStatus.PARTIAL
        case Attention.FAILED:
            return RestoreStatus.FAILED
        case Attention.NOT_EXECUTED:
            return _status_without_execution(run)
        case _:
            assert_never(attention)


def _status_while_live(run: RunFacts) -> RestoreStatus:
    if run.is_waiting:
        return RestoreStatus.WAITING
    is_begun = any(fact.outcome is not ItemOutcome.NOT_STARTED for fact in run.facts)
    return RestoreStatus.RUNNING if is_begun else RestoreStatus.QUEUED


def _status_without_execution(run: RunFacts) -> RestoreStatus:
    """An interrupted run is not a failed one, and a dry run completes by rehearsing every item."""
    hard = {fact for fact in run.needing() if item_status_of(fact) is not ItemStatus.FOLLOW_UP}
    if run.is_dry_run and not run.is_empty and not hard:
        return RestoreStatus.COMPLETED
    is_interrupted = any(
        fact.reason is ReasonCode.RUN_INTERRUPTED or fact.outcome is ItemOutcome.OUTCOME_UNKNOWN
        for fact in run.facts
    )
    is_whole = len(hard) == len(run.facts)
    return RestoreStatus.FAILED if is_whole and not is_interrupted else RestoreStatus.PARTIAL


def _reason_and_action(
    run: RunFacts, needing: Mapping[ItemFact, int]
) -> tuple[ReasonCode | None, FollowUpAction]:
    if run.is_waiting:
        # what is open besides can be seen to when the run has ended; this it waits for now
        return ReasonCode.APPROVAL_PENDING, FollowUpAction.WAIT_FOR_APPROVER
    if not needing:
        return None, _calm_action(run)
    decisive = min(needing, key=lambda fact: _urgency(fact, is_dry_run=run.is_dry_run))
    reason = _decisive_reason(decisive, is_dry_run=run.is_dry_run)
    if not run.is_ended:
        return reason, FollowUpAction.NONE
    if decisive.outcome is ItemOutcome.OUTCOME_UNKNOWN:
        return reason, FollowUpAction.RECONCILE
    return reason, reason.action


def _calm_action(run: RunFacts) -> FollowUpAction:
    if not run.is_ended:
        return FollowUpAction.NONE
    # what was not started and yet needs no attention was rehearsed
    has_more = run.is_empty or run.count(ItemOutcome.NOT_STARTED) > 0
    return FollowUpAction.START_RESTORE if has_more else FollowUpAction.NONE


def _urgency(fact: ItemFact, *, is_dry_run: bool) -> tuple[int, int]:
    reason = _decisive_reason(fact, is_dry_run=is_dry_run)
    return _TIERS[item_status_of(fact)], REASON_PRECEDENCE.index(reason)


_TIERS = {
    ItemStatus.UNKNOWN: 0,
    ItemStatus.STOPPED: 1,
    ItemStatus.UNTOUCHED: 1,
    ItemStatus.SHORT: 1,
    ItemStatus.FOLLOW_UP: 2,
    ItemStatus.PROVEN: 2,
}


def _decisive_reason(fact: ItemFact, *, is_dry_run: bool) -> ReasonCode:
    """The recorded reason, unless it is calmer than the item it is recorded for."""
    if is_dry_run and fact.outcome in WRITTEN_OUTCOMES:
        return ReasonCode.UNEXPECTED
    if fact.outcome is ItemOutcome.WAITING_FOR_APPROVAL:
        return ReasonCode.APPROVAL_PENDING
    if fact.reason not in CALM_REASONS:
        return fact.reason
    # What was found as it was to be left is in no doubt; only the reason is missing.
    if fact.outcome in APPLIED_OUTCOMES and not is_settled(fact):
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


# Whether it goes on right now is not a matter of the items.
_NOT_KNOWN_YET = "What it comes to is known at its end."


def _calm_sentence(run: RunFacts) -> str:
    if not run.is_ended:
        status = _status_of(run, Attention.NOT_EXECUTED)
        return _NOT_KNOWN_YET if status is RestoreStatus.RUNNING else status.sentence
    if run.is_empty:
        return "A run without items proves nothing."
    if run.is_dry_run:
        return ReasonCode.DRY_RUN.sentence
    if run.count(*WRITTEN_OUTCOMES):
        return Attention.COMPLETED.sentence
    return "The tenant already had every item as wanted."
