"""What a dry run asks of people: never that something was executed."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.attention import (
    Attention,
    ItemOutcome,
    ReasonCode,
    attention_for,
)
from tests.restore_safety.truth.attention_oracle import (
    CANCELLED,
    CREATED,
    DENIED,
    LEFT,
    MOVED,
    REHEARSED,
    SKIPPED,
    UNCHANGED,
    UNKNOWN,
    UNREACHED_ITEM,
    fact,
    fact_lists,
    short,
)


@given(fact_lists, st.booleans())
def test_a_dry_run_is_never_executed(facts, is_ended):
    result = attention_for(Counter(facts), is_dry_run=True, is_ended=is_ended)

    assert result.attention is Attention.NOT_EXECUTED
    assert "restored" not in result.headline.replace("Nothing was restored", "")


DRY = [
    (
        [REHEARSED, LEFT],
        "not_executed completed missing_dependency map_groups 1",
        (
            "Dry run, nothing was written, 1 with its assignments left as they are, 1 rehearsed: "
            "map the missing group"
        ),
    ),
    (
        [REHEARSED, UNCHANGED],
        "not_executed completed none start_restore 0",
        "Dry run, nothing was written, 1 already as wanted, 1 rehearsed: start a restore",
    ),
    (
        [UNKNOWN],
        "not_executed partial item_failure reconcile 1",
        "Dry run, nothing was written, 1 with unknown outcome: reconcile with the tenant",
    ),
    (
        [CREATED, SKIPPED],
        "not_executed partial item_failure review_items 2",
        "A dry run, yet 1 policy recorded as written, 1 skipped: review the items",
    ),
    (
        [CREATED, fact("unchanged", "not_attempted", "secret_missing")],
        "not_executed partial secret_missing enter_secrets 2",
        (
            "A dry run, yet 1 policy recorded as written, 1 with something left to do: "
            "enter the secrets"
        ),
    ),
    (
        [REHEARSED, REHEARSED, UNCHANGED],
        "not_executed completed none start_restore 0",
        "Dry run, nothing was written, 1 already as wanted, 2 rehearsed: start a restore",
    ),
    (
        [UNCHANGED],
        "not_executed completed none none 0",
        "Dry run, nothing was written, 1 already as wanted",
    ),
    (
        [REHEARSED, SKIPPED],
        "not_executed completed none review_items 1",
        "Dry run, nothing was written, 1 rehearsed, 1 skipped: review the items",
    ),
    (
        [REHEARSED, MOVED],
        "not_executed partial target_changed preview_again 1",
        (
            "Dry run, nothing was written, 1 rehearsed, "
            "1 changed in the tenant since the preview: preview again"
        ),
    ),
    (
        [DENIED],
        "not_executed failed permission grant_permission 1",
        "Dry run, nothing was written, 1 failed: grant the missing access",
    ),
    (
        [REHEARSED, CANCELLED],
        "not_executed cancelled none retry_remaining 1",
        "Cancelled, dry run, nothing was written, 1 rehearsed, 1 not begun: finish the rest",
    ),
    (
        [UNREACHED_ITEM],
        "not_executed partial item_failure retry_remaining 1",
        "Dry run, nothing was written, 1 not started: finish the rest",
    ),
    (
        [REHEARSED, CREATED],
        "not_executed partial item_failure review_items 1",
        "A dry run, yet 1 policy recorded as written, 1 rehearsed: review the items",
    ),
    (
        [],
        "not_executed failed none start_restore 0",
        "Nothing was restored, the run held nothing: start a restore",
    ),
]


@pytest.mark.parametrize(("facts", "expected", "headline"), DRY)
def test_result_of_a_dry_run(facts, expected, headline):
    result = attention_for(Counter(facts), is_dry_run=True)

    assert (short(result), result.headline) == (expected, headline)


@pytest.mark.parametrize("outcome", sorted(set(ItemOutcome) - {ItemOutcome.NOT_STARTED}))
def test_an_item_that_went_further_was_not_rehearsed_whatever_reason_it_gives(outcome):
    went_further = fact(outcome, "verified", "dry_run")

    result = attention_for({REHEARSED: 1, went_further: 1}, is_dry_run=True)

    assert (result.attention, result.needs) == (Attention.NOT_EXECUTED, 1)
    assert result.follow_up_required


@pytest.mark.parametrize("verification", ["verified", "pending", "mismatch"])
@pytest.mark.parametrize("outcome", ["created", "updated", "deleted", "partial"])
def test_what_a_dry_run_wrote_is_unexpected_however_it_reads_back(outcome, verification):
    written = fact(outcome, verification, "dry_run")

    result = attention_for({REHEARSED: 1, written: 1}, is_dry_run=True)

    assert result.sentence == ReasonCode.UNEXPECTED.sentence
