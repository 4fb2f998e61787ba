from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.causes import ReasonCode
from restore_safety.truth.outcomes import (
    ItemFact,
    ItemOutcome,
    RestoreStatus,
    Verification,
    counts_of,
)

facts = st.builds(
    ItemFact,
    outcome=st.sampled_from(ItemOutcome),
    verification=st.sampled_from(Verification),
    reason=st.sampled_from(ReasonCode),
)
NONE_OF_ANYTHING = {
    "items": 0,
    "created": 0,
    "updated": 0,
    "unchanged": 0,
    "skipped": 0,
    "partial": 0,
    "failed": 0,
    "target_changed": 0,
    "waiting": 0,
    "unknown": 0,
    "manual_required": 0,
    "not_started": 0,
    "cancelled": 0,
    "verified": 0,
}


def _fact(outcome, verification):
    return ItemFact(outcome=outcome, verification=verification, reason=ReasonCode.WRITTEN)


def test_counts_of_nothing_name_every_key():
    assert counts_of({}) == NONE_OF_ANYTHING


def test_counts_add_up_by_outcome_and_verification():
    counts = counts_of(
        {
            _fact(ItemOutcome.CREATED, Verification.VERIFIED): 2,
            _fact(ItemOutcome.CREATED, Verification.PENDING): 1,
            _fact(ItemOutcome.UNCHANGED, Verification.VERIFIED): 4,
            _fact(ItemOutcome.WAITING_FOR_APPROVAL, Verification.NOT_ATTEMPTED): 3,
            _fact(ItemOutcome.OUTCOME_UNKNOWN, Verification.UNREADABLE): 1,
        }
    )

    assert counts == NONE_OF_ANYTHING | {
        "items": 11,
        "created": 3,
        "unchanged": 4,
        "waiting": 3,
        "unknown": 1,
        "verified": 6,
    }


@given(st.lists(facts))
def test_no_item_is_counted_twice_or_not_at_all(listed):
    counts = counts_of(Counter(listed))

    assert counts["items"] == len(listed)
    assert sum(counts.values()) - counts["items"] - counts["verified"] == len(listed)


def test_status_knows_its_families():
    ended = {"completed", "partial", "failed", "cancelled"}

    assert ended == RestoreStatus.ENDED
    assert {status.value: status.is_ended for status in RestoreStatus} == {
        "queued": False,
        "running": False,
        **dict.fromkeys(ended, True),
    }
