"""Which items of an ended restore another one takes: the rest, what failed, what was not begun.

Every item has one state. Three actions take items by it; the rest of the table says why an item
is taken by none of them. Nothing of the earlier evidence is taken along: the new draft's checks and
preview read the tenant again before anything is written.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import assert_never

from restore_safety.truth.causes import ReasonCode
from restore_safety.truth.follow_up_actions import FollowUpAction
from restore_safety.truth.outcomes import ItemFact, ItemOutcome, Verification
from restore_safety.truth.words import Word


class RemainingState(Word):
    """How an item of an ended restore stands, for whoever wants to continue."""

    REACHED = "reached", "As wanted", "It is as this restore was to leave it."
    FAILED = "failed", "Failed or refused", "It was refused, or not written for a reason."
    NOT_BEGUN = "not_begun", "Not finished", "The run ended before it was begun or finished."
    SHORT = "short", "Not as wanted", "Part of it was left out, or it reads back otherwise."
    UNPROVEN = "unproven", "Not established", "Whether it was written as wanted is not known."
    WAITING = "waiting", "Waiting for approval", "Its write is still filed in the tenant."
    BY_HAND = "by_hand", "To do by hand", "Another restore would leave it out again."


class ContinuingAction(Word):
    """What can be done with the items that an ended restore left."""

    REMAINING = (
        "remaining",
        "Finish the rest",
        "A new draft takes everything that did not come to be as wanted.",
    )
    FAILED = (
        "failed",
        "Retry failed only",
        "A new draft takes what was refused or could not be written.",
    )
    NOT_BEGUN = (
        "not_begun",
        "Resume",
        "A new draft takes what the run did not begin or did not finish.",
    )

    @property
    def states(self) -> frozenset[RemainingState]:
        """The states of the items it takes."""
        return _TAKEN[self]


_TAKEN = {
    ContinuingAction.REMAINING: frozenset(
        {
            RemainingState.FAILED,
            RemainingState.NOT_BEGUN,
            RemainingState.SHORT,
            RemainingState.UNPROVEN,
        }
    ),
    ContinuingAction.FAILED: frozenset({RemainingState.FAILED}),
    ContinuingAction.NOT_BEGUN: frozenset({RemainingState.NOT_BEGUN}),
}

# Nothing is left to do that a restore could do: as planned, as chosen, or as far as Graph answers.
_REACHED_REASONS = frozenset(
    {
        ReasonCode.WRITTEN,
        ReasonCode.AS_WANTED,
        ReasonCode.ALREADY_EXISTS,
        ReasonCode.ASSIGNMENTS_KEPT,
        ReasonCode.ASSIGNMENTS_LEFT_OUT,
        ReasonCode.VALUES_NOT_COMPARABLE,
    }
)
# What another restore of the same backup meets again, whatever is mapped or granted by then.
_BY_HAND_ACTIONS = frozenset(
    {
        FollowUpAction.ENTER_SECRETS,
        FollowUpAction.ASSIGN_POLICIES,
        FollowUpAction.CHECK_VALUES,
        FollowUpAction.DO_MANUALLY,
        FollowUpAction.RECAPTURE_BACKUP,
    }
)
# A request that the ended run left filed writes nothing any more, even when it is approved.
_ENDED_BEFORE = frozenset(
    {ReasonCode.RUN_INTERRUPTED, ReasonCode.RUN_CANCELLED, ReasonCode.APPROVAL_LEFT_FILED}
)
_NOT_REACHED = _ENDED_BEFORE | {ReasonCode.DRY_RUN, ReasonCode.WRITTEN, ReasonCode.AS_WANTED}
_APPROVAL_ENDED = frozenset(
    {
        ReasonCode.APPROVAL_REJECTED,
        ReasonCode.APPROVAL_EXPIRED,
        ReasonCode.APPROVAL_CANCELLED,
        ReasonCode.APPROVAL_OUTDATED,
    }
)
_UNESTABLISHED = frozenset({ReasonCode.OUTCOME_UNESTABLISHED, ReasonCode.APPROVAL_USED})
_PLANNED_WITHOUT = frozenset({ReasonCode.GROUP_MISSING, ReasonCode.FILTER_MISSING})
_UNREAD = frozenset({Verification.PENDING, Verification.UNREADABLE})
_WRITES = frozenset({ItemOutcome.CREATED, ItemOutcome.UPDATED, ItemOutcome.DELETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuable:
    """How many items each state has, of what no later restore resolved."""

    counts: Mapping[RemainingState, int]

    def taken_by(self, action: ContinuingAction) -> int:
        return sum(self.counts.get(state, 0) for state in action.states)

    @property
    def offered(self) -> tuple[ContinuingAction, ...]:
        """The actions that take something; of two that take the same items, the narrower one."""
        rest = self.taken_by(ContinuingAction.REMAINING)
        narrow = (ContinuingAction.FAILED, ContinuingAction.NOT_BEGUN)
        some = tuple(action for action in narrow if self.taken_by(action))
        is_the_same = any(self.taken_by(action) == rest for action in some)
        return some if is_the_same or not rest else (ContinuingAction.REMAINING, *some)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be known before any of it is continued."""
        remarks = []
        if unproven := self.counts.get(RemainingState.UNPROVEN, 0):
            remarks.append(
                f"Of {_items(unproven)} it is not known whether the write was applied. They are "
                "part of the rest: the preview reads the tenant before anything is written again."
            )
        if waiting := self.counts.get(RemainingState.WAITING, 0):
            remarks.append(
                f"{_waits(waiting)} for the tenant's approver and "
                f"{'is' if waiting == 1 else 'are'} not taken along: sent again, "
                f"{'it' if waiting == 1 else 'they'} would be filed a second time."
            )
        if by_hand := self.counts.get(RemainingState.BY_HAND, 0):
            remarks.append(
                f"{_items(by_hand).capitalize()} cannot be finished by another restore of this "
                "backup; each says what to do."
            )
        return tuple(remarks)


def continuable(facts: Mapping[ItemFact, int]) -> Continuable:
    counts: Counter[RemainingState] = Counter()
    for fact, count in facts.items():
        counts[remaining_state_of(fact)] += count
    return Continuable(counts=counts)


def remaining_state_of(fact: ItemFact) -> RemainingState:  # noqa: PLR0911 -- a line per outcome
    """The state of any item at all."""
    match fact.outcome:
        case (
            ItemOutcome.CREATED
            | ItemOutcome.UPDATED
            | ItemOutcome.DELETED
            | ItemOutcome.UNCHANGED
            | ItemOutcome.ASSIGNMENTS_LEFT
        ):
            return _state_after_reading(fact)
        case ItemOutcome.PARTIAL:
            return _state_in_part(fact.reason)
        case ItemOutcome.SKIPPED:
            return _state_beside(fact.reason)
        case ItemOutcome.MANUAL_REQUIRED:
            return _state_by_hand(fact.reason)
        case ItemOutcome.FAILED | ItemOutcome.TARGET_CHANGED:
            return RemainingState.FAILED
        case ItemOutcome.WAITING_FOR_APPROVAL:
            return _state_at_the_approver(fact.reason)
        case ItemOutcome.OUTCOME_UNKNOWN:
            return RemainingState.UNPROVEN
        case ItemOutcome.NOT_STARTED:
            is_unreached = fact.reason in _NOT_REACHED
            return RemainingState.NOT_BEGUN if is_unreached else RemainingState.FAILED
        case ItemOutcome.CANCELLED:
            return RemainingState.NOT_BEGUN
        case _:
            assert_never(fact.outcome)


def _state_after_reading(fact: ItemFact) -> RemainingState:
    if fact.verification is Verification.MISMATCH:
        return RemainingState.SHORT
    is_unread_write = fact.outcome in _WRITES and fact.verification is Verification.NOT_ATTEMPTED
    if fact.verification in _UNREAD or is_unread_write:
        return RemainingState.UNPROVEN
    return _state_beside(fact.reason)


def _state_in_part(reason: ReasonCode) -> RemainingState:
    """Of an item of which one request was taken and a later one was not."""
    if reason in _ENDED_BEFORE:
        return RemainingState.NOT_BEGUN
    if reason is ReasonCode.APPROVAL_PENDING:
        return RemainingState.WAITING
    if reason in _UNESTABLISHED:
        return RemainingState.UNPROVEN
    return RemainingState.SHORT if reason in _PLANNED_WITHOUT else RemainingState.FAILED


def _state_at_the_approver(reason: ReasonCode) -> RemainingState:
    if reason in _APPROVAL_ENDED:
        return RemainingState.FAILED
    if reason in _ENDED_BEFORE:
        return RemainingState.NOT_BEGUN
    return RemainingState.UNPROVEN if reason in _UNESTABLISHED else RemainingState.WAITING


def _state_beside(reason: ReasonCode) -> RemainingState:
    """Of an item that was left, or written, as planned: what its reason leaves to do."""
    if reason in _REACHED_REASONS:
        return RemainingState.REACHED
    if reason is ReasonCode.APPROVAL_PENDING:
        return RemainingState.WAITING
    return RemainingState.BY_HAND if reason.action in _BY_HAND_ACTIONS else RemainingState.SHORT


def _state_by_hand(reason: ReasonCode) -> RemainingState:
    state = _state_beside(reason)
    return RemainingState.BY_HAND if state is RemainingState.REACHED else state


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _waits(count: int) -> str:
    return f"{_items(count).capitalize()} {'waits' if count == 1 else 'wait'}"
