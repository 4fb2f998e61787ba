"""Which items each way to continue takes: every outcome with every reason, and the whole table."""

from itertools import product

import pytest

from restore_safety.restores.pages.results import _NEW_DRAFT
from restore_safety.truth.attention import (
    FollowUpAction,
    ItemFact,
    ItemOutcome,
    ReasonCode,
    Verification,
    attention_for,
)
from restore_safety.truth.continuing import (
    Continuable,
    ContinuingAction,
    RemainingState,
    continuable,
    remaining_state_of,
)

FACTS = [
    ItemFact(outcome=outcome, verification=verification, reason=reason)
    for outcome, verification, reason in product(ItemOutcome, Verification, ReasonCode)
]
R = ReasonCode
S = RemainingState
# Nothing to do for a restore, whatever happened beside it.
BY_HAND = {
    R.DEPENDENCY_MISSING,
    R.SECRET_MISSING,
    R.UNSUPPORTED_TYPE,
    R.MEMBERS_LEFT_OUT,
    R.ASSIGNMENTS_NOT_CAPTURED,
    R.INCOMPLETE_SOURCE,
}
CHOSEN = {
    R.WRITTEN,
    R.AS_WANTED,
    R.ALREADY_EXISTS,
    R.ASSIGNMENTS_KEPT,
    R.ASSIGNMENTS_LEFT_OUT,
    R.VALUES_NOT_COMPARABLE,
}
ENDED_BEFORE = (R.RUN_INTERRUPTED, R.RUN_CANCELLED, R.APPROVAL_LEFT_FILED)
APPROVAL_ENDED = (
    R.APPROVAL_REJECTED,
    R.APPROVAL_EXPIRED,
    R.APPROVAL_CANCELLED,
    R.APPROVAL_OUTDATED,
)
PLANNED = (
    dict.fromkeys(R, S.SHORT)
    | dict.fromkeys(BY_HAND, S.BY_HAND)
    | dict.fromkeys(CHOSEN, S.REACHED)
    | {R.APPROVAL_PENDING: S.WAITING}
)
PARTIAL = dict.fromkeys(R, S.FAILED) | {
    R.RUN_INTERRUPTED: S.NOT_BEGUN,
    R.RUN_CANCELLED: S.NOT_BEGUN,
    R.APPROVAL_LEFT_FILED: S.NOT_BEGUN,
    R.APPROVAL_USED: S.UNPROVEN,
    R.APPROVAL_PENDING: S.WAITING,
    R.OUTCOME_UNESTABLISHED: S.UNPROVEN,
    R.GROUP_MISSING: S.SHORT,
    R.FILTER_MISSING: S.SHORT,
}
# Of an item that was read back as wanted; what other answers change is told below.
TABLE = {
    ItemOutcome.CREATED: PLANNED,
    ItemOutcome.UPDATED: PLANNED,
    ItemOutcome.DELETED: PLANNED,
    ItemOutcome.UNCHANGED: PLANNED,
    ItemOutcome.ASSIGNMENTS_LEFT: PLANNED,
    ItemOutcome.SKIPPED: PLANNED,
    ItemOutcome.PARTIAL: PARTIAL,
    ItemOutcome.FAILED: dict.fromkeys(R, S.FAILED),
    ItemOutcome.TARGET_CHANGED: dict.fromkeys(R, S.FAILED),
    ItemOutcome.WAITING_FOR_APPROVAL: dict.fromkeys(R, S.WAITING)
    | dict.fromkeys(APPROVAL_ENDED, S.FAILED)
    | dict.fromkeys(ENDED_BEFORE, S.NOT_BEGUN)
    | dict.fromkeys((R.OUTCOME_UNESTABLISHED, R.APPROVAL_USED), S.UNPROVEN),
    ItemOutcome.OUTCOME_UNKNOWN: dict.fromkeys(R, S.UNPROVEN),
    ItemOutcome.MANUAL_REQUIRED: PLANNED | dict.fromkeys(CHOSEN, S.BY_HAND),
    ItemOutcome.NOT_STARTED: dict.fromkeys(R, S.FAILED)
    | dict.fromkeys((*ENDED_BEFORE, R.DRY_RUN, R.WRITTEN, R.AS_WANTED), S.NOT_BEGUN),
    ItemOutcome.CANCELLED: dict.fromkeys(R, S.NOT_BEGUN),
}
ACTIONS = {
    S.REACHED: set(),
    S.FAILED: {ContinuingAction.REMAINING, ContinuingAction.FAILED},
    S.NOT_BEGUN: {ContinuingAction.REMAINING, ContinuingAction.NOT_BEGUN},
    S.SHORT: {ContinuingAction.REMAINING},
    S.UNPROVEN: {ContinuingAction.REMAINING},
    S.WAITING: set(),
    S.BY_HAND: set(),
}
AS_IT_IS = {ItemOutcome.UNCHANGED, ItemOutcome.ASSIGNMENTS_LEFT}
APPLIED = AS_IT_IS | {ItemOutcome.CREATED, ItemOutcome.UPDATED, ItemOutcome.DELETED}


def expected(fact):
    if fact.outcome in APPLIED:
        if fact.verification is Verification.MISMATCH:
            return S.SHORT
        if fact.verification in {Verification.PENDING, Verification.UNREADABLE}:
            return S.UNPROVEN
        if fact.verification is Verification.NOT_ATTEMPTED and fact.outcome not in AS_IT_IS:
            return S.UNPROVEN
    return TABLE[fact.outcome][fact.reason]


def test_every_outcome_with_every_reason_and_verification_has_its_state():
    assert [fact for fact in FACTS if remaining_state_of(fact) is not expected(fact)] == []


@pytest.mark.parametrize("state", RemainingState)
def test_each_state_is_taken_by_its_actions(state):
    taken = {action for action in ContinuingAction if state in action.states}

    assert taken == ACTIONS[state]


def test_rest_holds_all_that_the_narrower_actions_take():
    rest = ContinuingAction.REMAINING.states

    assert all(action.states <= rest for action in ContinuingAction)
    assert not ContinuingAction.FAILED.states & ContinuingAction.NOT_BEGUN.states


def test_item_whose_next_step_is_another_draft_is_part_of_the_rest():
    left_behind = [
        fact
        for fact in FACTS
        if attention_for({fact: 1}, is_dry_run=False).next_action in _NEW_DRAFT
        and remaining_state_of(fact) not in ContinuingAction.REMAINING.states
    ]

    assert left_behind == []


def test_item_that_needs_nobody_is_taken_by_nothing():
    calm = [fact for fact in FACTS if not attention_for({fact: 1}, is_dry_run=False).needs]

    assert {remaining_state_of(fact) for fact in calm} == {S.REACHED}


def test_what_waits_for_an_approver_is_never_sent_a_second_time():
    waiting = [
        fact
        for fact in FACTS
        if attention_for({fact: 1}, is_dry_run=False).next_action
        is FollowUpAction.WAIT_FOR_APPROVER
        and fact.reason is R.APPROVAL_PENDING
        and fact.outcome in {ItemOutcome.WAITING_FOR_APPROVAL, ItemOutcome.PARTIAL}
    ]

    assert waiting
    assert {remaining_state_of(fact) for fact in waiting} == {S.WAITING}


@pytest.mark.parametrize(
    ("counts", "offered"),
    [
        ({}, []),
        ({S.REACHED: 4, S.WAITING: 1, S.BY_HAND: 2}, []),
        ({S.FAILED: 3}, [("failed", 3)]),
        ({S.NOT_BEGUN: 9}, [("not_begun", 9)]),
        ({S.UNPROVEN: 2}, [("remaining", 2)]),
        ({S.FAILED: 3, S.NOT_BEGUN: 9}, [("remaining", 12), ("failed", 3), ("not_begun", 9)]),
        ({S.FAILED: 3, S.SHORT: 1}, [("remaining", 4), ("failed", 3)]),
    ],
)
def test_actions_that_would_take_the_same_items_are_offered_once(counts, offered):
    left = Continuable(counts=counts)

    assert [(action, left.taken_by(action)) for action in left.offered] == offered


def test_facts_are_counted_by_state():
    left = continuable(
        {
            ItemFact(
                outcome=ItemOutcome.FAILED, verification=Verification.NOT_ATTEMPTED, reason=reason
            ): 2
            for reason in (R.THROTTLED, R.PERMISSION_DENIED)
        }
    )

    assert left.taken_by(ContinuingAction.FAILED) == 4


def test_remarks_say_what_is_unknown_waits_or_is_done_by_hand():
    left = Continuable(counts={S.UNPROVEN: 1, S.WAITING: 2, S.BY_HAND: 3})

    unknown, waiting, by_hand = left.remarks
    assert unknown.startswith("Of 1 item it is not known whether the write was applied.")
    assert "the preview reads the tenant before" in unknown
    assert waiting.startswith("2 items wait for the tenant's approver and are not taken along")
    assert by_hand.startswith("3 items cannot be finished")
    assert Continuable(counts={S.FAILED: 1}).remarks == ()
