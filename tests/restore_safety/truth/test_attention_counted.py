from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.attention import attention_for, counts_of, is_verified_in_part
from restore_safety.truth.causes import ReasonCode
from restore_safety.truth.outcomes import (
    ItemFact,
    ItemOutcome,
    Verification,
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
    "deleted": 0,
    "unchanged": 0,
    "assignments_left": 0,
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
    "verified_in_part": 0,
}


def _fact(outcome, verification, reason=ReasonCode.WRITTEN):
    return ItemFact(outcome=outcome, verification=verification, reason=reason)


def test_counts_of_nothing_name_every_key():
    assert counts_of({}) == NONE_OF_ANYTHING


def test_counts_add_up_by_outcome_and_verification():
    counts = counts_of(
        {
            _fact(ItemOutcome.CREATED, Verification.VERIFIED): 2,
            _fact(ItemOutcome.CREATED, Verification.PENDING): 1,
            _fact(ItemOutcome.UNCHANGED, Verification.VERIFIED): 4,
            _fact(ItemOutcome.ASSIGNMENTS_LEFT, Verification.VERIFIED): 2,
            _fact(ItemOutcome.CREATED, Verification.VERIFIED, ReasonCode.SECRET_MISSING): 1,
            _fact(ItemOutcome.WAITING_FOR_APPROVAL, Verification.NOT_ATTEMPTED): 3,
            _fact(ItemOutcome.OUTCOME_UNKNOWN, Verification.UNREADABLE): 1,
        }
    )

    assert counts == NONE_OF_ANYTHING | {
        "items": 14,
        "created": 4,
        "unchanged": 4,
        "assignments_left": 2,
        "waiting": 3,
        "unknown": 1,
        "verified": 6,
        "verified_in_part": 3,
    }


@given(st.lists(facts))
def test_no_item_is_counted_twice_or_not_at_all(listed):
    counts = counts_of(Counter(listed))

    verified = counts["verified"] + counts["verified_in_part"]
    assert counts["items"] == len(listed)
    assert verified == sum(one.verification is Verification.VERIFIED for one in listed)
    assert sum(counts.values()) - counts["items"] - verified == len(listed)


@given(facts)
def test_an_item_is_verified_in_part_exactly_where_it_was_read_back_and_asks_for_somebody(fact):
    asks = attention_for({fact: 1}, is_dry_run=False).follow_up_required

    is_read_back = fact.verification is Verification.VERIFIED
    assert is_verified_in_part(fact) is (is_read_back and asks)
