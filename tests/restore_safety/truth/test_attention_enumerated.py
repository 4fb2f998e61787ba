"""The reducer over every small run there can be, by the symmetry of what it cannot tell apart."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.attention import ItemOutcome, Verification
from tests.restore_safety.truth.attention_oracle import (
    ALL_FACTS,
    APPLIED,
    CANCELLED,
    DENIED,
    MOVED,
    NO_GROUP,
    SECRET,
    SKIPPED,
    UNCHANGED,
    UNREACHED_ITEM,
    assert_truthful,
    fact,
    real,
)

EVERY_OUTCOME_AND_VERIFICATION = [
    fact(outcome, verification)
    for outcome, verification in itertools.product(ItemOutcome, Verification)
]
WITH_REASONS = [SKIPPED, SECRET, NO_GROUP, DENIED, MOVED, CANCELLED, UNREACHED_ITEM, UNCHANGED]
STOPPED_EARLY = fact("not_started", "not_attempted", "throttled")


def _representative(one):
    """How an item was read back tells nothing where nothing of it was applied."""
    return one if one.outcome in APPLIED else fact(one.outcome, "not_attempted", one.reason)


REPRESENTATIVES = sorted(
    {*map(_representative, EVERY_OUTCOME_AND_VERIFICATION), SECRET, UNREACHED_ITEM, STOPPED_EARLY},
    key=repr,
)


def test_a_representative_answers_for_all_it_stands_for():
    for one, beside in itertools.product(EVERY_OUTCOME_AND_VERIFICATION, REPRESENTATIVES):
        assert real(one) == real(_representative(one))
        assert real(one, beside) == real(_representative(one), beside)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4])
def test_every_run_of_up_to_four_items_is_answered_truthfully(size):
    for facts in itertools.combinations_with_replacement(REPRESENTATIVES, size):
        assert_truthful(facts)


def test_every_pair_of_outcome_verification_and_reason_is_answered_truthfully():
    pool = EVERY_OUTCOME_AND_VERIFICATION + WITH_REASONS
    for facts in itertools.combinations_with_replacement(pool, 2):
        assert_truthful(facts)


def test_every_single_fact_is_answered_truthfully():
    for one in ALL_FACTS:
        assert_truthful([one])


@given(st.lists(st.sampled_from(ALL_FACTS), max_size=8))
def test_any_run_is_answered_truthfully(facts):
    assert_truthful(facts)
