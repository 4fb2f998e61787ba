"""What a live run asks of people: no result is claimed before its end."""

from collections import Counter

import pytest
from hypothesis import given

from restore_safety.truth.attention import (
    Attention,
    CauseFamily,
    FollowUpAction,
    RestoreStatus,
    attention_for,
)
from tests.restore_safety.truth.attention_oracle import (
    CREATED,
    DENIED,
    NO_GROUP,
    PENDING,
    UNKNOWN,
    UNREACHED_ITEM,
    WAITING,
    fact,
    fact_lists,
    short,
)

LIVE = [
    (
        [WAITING, UNREACHED_ITEM],
        "partial running permission none 1",
        "1 of 2 policies begun, 1 waiting for approval",
    ),
    (
        [UNKNOWN, UNREACHED_ITEM],
        "partial running item_failure none 1",
        "1 of 2 policies begun, 1 with unknown outcome",
    ),
    ([], "not_executed queued none none 0", "Nothing begun yet"),
    ([UNREACHED_ITEM], "not_executed queued none none 0", "Nothing begun yet"),
    (
        [CREATED, PENDING, UNREACHED_ITEM],
        "partial running none none 0",
        "2 of 3 policies begun",
    ),
    (
        [DENIED, UNREACHED_ITEM],
        "not_executed running permission none 1",
        "1 of 2 policies begun, 1 failed",
    ),
    ([CREATED], "partial running none none 0", "1 of 1 policy begun"),
    (
        [fact("created"), UNREACHED_ITEM],
        "partial running item_failure none 1",
        "1 of 2 policies begun, 1 not verified",
    ),
    (
        [fact("skipped", "pending", "already_exists")],
        "not_executed running none none 1",
        "1 of 1 policy begun, 1 skipped",
    ),
]


@pytest.mark.parametrize(("facts", "expected", "headline"), LIVE)
def test_a_live_run_claims_no_result(facts, expected, headline):
    result = attention_for(Counter(facts), is_dry_run=False, is_ended=False)

    assert (short(result), result.headline) == (expected, headline)


@given(fact_lists)
def test_a_live_run_is_never_completed_nor_failed(facts):
    result = attention_for(Counter(facts), is_dry_run=False, is_ended=False)

    assert result.attention in {Attention.NOT_EXECUTED, Attention.PARTIAL}
    assert not result.status.is_ended
    assert result.next_action is FollowUpAction.NONE
    assert result.follow_up_required is (result.needs > 0)


@pytest.mark.parametrize(
    ("facts", "headline"),
    [
        (
            [CREATED, WAITING],
            "Paused, 1 policy written, 1 waiting for approval: wait for the tenant's approver",
        ),
        (
            [CREATED, NO_GROUP, WAITING],
            (
                "Paused, 2 policies written, 1 of them without its assignments, "
                "1 waiting for approval: wait for the tenant's approver"
            ),
        ),
        (
            [WAITING, WAITING, DENIED, UNREACHED_ITEM],
            "Paused, 1 failed, 2 waiting for approval: wait for the tenant's approver",
        ),
    ],
)
def test_a_run_that_waits_for_the_approver_asks_for_nothing_else(facts, headline):
    result = attention_for(Counter(facts), is_dry_run=False, is_ended=False, is_waiting=True)

    assert (result.headline, result.status) == (headline, RestoreStatus.WAITING)
    assert (result.attention, result.cause) == (Attention.PARTIAL, CauseFamily.PERMISSION)
    assert result.next_action is FollowUpAction.WAIT_FOR_APPROVER
    assert result.follow_up_required


def test_a_run_that_has_ended_waits_for_nobody():
    with pytest.raises(ValueError, match="waits for no one"):
        attention_for({WAITING: 1}, is_dry_run=False, is_waiting=True)


def test_a_live_run_without_items_asks_for_nobody_yet():
    result = attention_for({}, is_dry_run=False, is_ended=False)

    assert (result.follow_up_required, result.needs) == (False, 0)
