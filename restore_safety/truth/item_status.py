"""How each item of a restore ended up, and the facts of a run with their counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import assert_never

from restore_safety.truth.causes import ReasonCode
from restore_safety.truth.outcomes import ItemFact, ItemOutcome, Verification

# What needs no attention, as long as outcome and verification agree.
CALM_REASONS = frozenset({ReasonCode.WRITTEN, ReasonCode.AS_WANTED})

# What says only that the run ended first; any other reason of an item not started is its own.
UNREACHED_REASONS = CALM_REASONS | {
    ReasonCode.RUN_CANCELLED,
    ReasonCode.RUN_INTERRUPTED,
    ReasonCode.DRY_RUN,
    ReasonCode.START_REFUSED,
}

WRITTEN_OUTCOMES = frozenset(
    {ItemOutcome.CREATED, ItemOutcome.UPDATED, ItemOutcome.DELETED, ItemOutcome.PARTIAL}
)

AS_IT_IS_OUTCOMES = frozenset({ItemOutcome.UNCHANGED, ItemOutcome.ASSIGNMENTS_LEFT})

APPLIED_OUTCOMES = WRITTEN_OUTCOMES | AS_IT_IS_OUTCOMES


class ItemStatus(IntEnum):
    """How an item stands, worst last; unlike the outcome it counts verification and reason too."""

    PROVEN = 0
    FOLLOW_UP = 1
    SHORT = 2
    UNTOUCHED = 3
    STOPPED = 4
    UNKNOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
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

    def statuses(self) -> frozenset[ItemStatus]:
        return frozenset(item_status_of(fact) for fact in self.facts)

    def needing(self) -> dict[ItemFact, int]:
        return {fact: count for fact, count in self.facts.items() if self._needs(fact)}

    def _needs(self, fact: ItemFact) -> bool:
        if not self.is_ended and is_yet_to_come(fact):
            return False
        if self.is_dry_run:
            return not is_rehearsed(fact)
        return item_status_of(fact) is not ItemStatus.PROVEN


def item_status_of(fact: ItemFact) -> ItemStatus:  # noqa: PLR0911 -- one flat line per outcome
    match fact.outcome:
        case (
            ItemOutcome.CREATED | ItemOutcome.UPDATED | ItemOutcome.DELETED | ItemOutcome.UNCHANGED
        ):
            return _status_of_applied(fact)
        case ItemOutcome.ASSIGNMENTS_LEFT:
            return max(_status_of_applied(fact), ItemStatus.FOLLOW_UP)
        case ItemOutcome.PARTIAL:
            return ItemStatus.SHORT
        case ItemOutcome.SKIPPED | ItemOutcome.WAITING_FOR_APPROVAL | ItemOutcome.MANUAL_REQUIRED:
            return ItemStatus.FOLLOW_UP
        case ItemOutcome.CANCELLED:
            return ItemStatus.UNTOUCHED
        case ItemOutcome.NOT_STARTED:
            is_unreached = fact.reason in UNREACHED_REASONS
            return ItemStatus.UNTOUCHED if is_unreached else ItemStatus.STOPPED
        case ItemOutcome.FAILED | ItemOutcome.TARGET_CHANGED:
            return ItemStatus.STOPPED
        case ItemOutcome.OUTCOME_UNKNOWN:
            return ItemStatus.UNKNOWN
        case _:
            assert_never(fact.outcome)


def _status_of_applied(fact: ItemFact) -> ItemStatus:
    settled = ItemStatus.PROVEN if fact.reason in CALM_REASONS else ItemStatus.FOLLOW_UP
    match fact.verification:
        case Verification.VERIFIED:
            return settled
        case Verification.NOT_ATTEMPTED:
            # an unchanged item was read and compared before it was left alone; a write was not
            return settled if fact.outcome in AS_IT_IS_OUTCOMES else ItemStatus.FOLLOW_UP
        case Verification.PENDING | Verification.UNREADABLE | Verification.NOT_COMPARABLE:
            return ItemStatus.FOLLOW_UP
        case Verification.MISMATCH:
            return ItemStatus.SHORT
        case _:
            assert_never(fact.verification)


def is_rehearsed(fact: ItemFact) -> bool:
    """What a dry run is there for: the item stopped short of its write, or needs none."""
    if fact.outcome is ItemOutcome.UNCHANGED:
        return item_status_of(fact) is ItemStatus.PROVEN
    return fact.outcome is ItemOutcome.NOT_STARTED and fact.reason is ReasonCode.DRY_RUN


def is_yet_to_come(fact: ItemFact) -> bool:
    awaits_reading = fact.verification is Verification.PENDING and fact.outcome in APPLIED_OUTCOMES
    return fact.outcome is ItemOutcome.NOT_STARTED or awaits_reading


def is_settled(fact: ItemFact) -> bool:
    """Whether it was read and found as this run was to leave it."""
    return fact.verification is Verification.VERIFIED or (
        fact.outcome in AS_IT_IS_OUTCOMES and fact.verification is Verification.NOT_ATTEMPTED
    )
