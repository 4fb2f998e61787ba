"""The results that other tools call a success, each of which asks for somebody here."""

from collections import Counter

import pytest
from hypothesis import given

from restore_safety.truth.attention import (
    BOUNDARY,
    Attention,
    FollowUpAction,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    Verification,
    attention_for,
)
from tests.restore_safety.truth.attention_oracle import (
    CANCELLED,
    CREATED,
    DENIED,
    PENDING,
    REHEARSED,
    UNCHANGED,
    fact,
    fact_lists,
    real,
)

# The traps that today's tools fell into; each of these once ended green somewhere.


def test_zero_items_are_no_success():
    result = attention_for({}, is_dry_run=False)

    assert (result.attention, result.status, result.cause) == ("failed", "failed", "none")
    assert result.follow_up_required
    assert result.headline == "Nothing was restored, the run held nothing: start a restore"


@pytest.mark.parametrize("verification", ["pending", "unreadable", "not_attempted"])
@pytest.mark.parametrize("outcome", ["created", "updated"])
def test_write_that_was_not_read_back_is_not_taken_as_verified(outcome, verification):
    result = real(CREATED, fact(outcome, verification))

    assert result.attention is Attention.COMPLETED_WITH_FOLLOW_UP
    assert result.headline.startswith("2 policies written, 1 not verified")


def test_refused_update_is_not_a_mere_warning():
    assert real(CREATED, DENIED).attention is Attention.PARTIAL
    assert real(CREATED, DENIED).status is RestoreStatus.PARTIAL


def test_all_failed_is_told_and_every_item_counted():
    result = attention_for({DENIED: 40}, is_dry_run=False)

    assert (result.attention, result.needs) == (Attention.FAILED, 40)
    assert "40 failed" in result.headline


@pytest.mark.parametrize("reason", ["run_interrupted", "outcome_unestablished", "written"])
def test_interrupted_is_neither_failed_nor_completed(reason):
    result = real(fact("outcome_unknown", "pending", reason))

    assert (result.attention, result.status) == (Attention.PARTIAL, RestoreStatus.PARTIAL)
    assert result.next_action is FollowUpAction.RECONCILE


def test_cancel_is_not_claimed_while_the_run_is_live():
    result = attention_for({CANCELLED: 1, CREATED: 1}, is_dry_run=False, is_ended=False)

    assert result.status is RestoreStatus.RUNNING


@pytest.mark.parametrize("reason", ["target_unreadable", "incomplete_source", "unsupported_type"])
def test_what_could_not_be_looked_at_is_never_silent(reason):
    for outcome in ("unchanged", "skipped", "not_started", "manual_required"):
        result = real(CREATED, fact(outcome, "not_attempted", reason))

        assert result.attention is not Attention.COMPLETED
        assert (result.cause, result.needs) == (ReasonCode(reason).cause, 1)


def test_assignments_left_out_for_a_missing_group_show():
    result = real(CREATED, fact("partial", "verified", "group_missing"))

    assert result.next_action is FollowUpAction.MAP_GROUPS
    assert "1 of them without its assignments" in result.headline


@given(fact_lists)
def test_follow_up_is_in_the_answer_itself_not_only_in_a_page(facts):
    result = real(*facts)
    is_green = result.attention is Attention.COMPLETED

    assert is_green is (not result.follow_up_required)
    assert result.boundary == BOUNDARY


@given(fact_lists)
def test_no_item_of_a_partial_run_goes_unrecorded(facts):
    result = real(*facts)
    told = sum(int(word) for word in result.headline.replace(",", "").split() if word.isdigit())

    assert told >= len(facts)


@pytest.mark.parametrize(
    ("facts", "kind", "sentence"),
    [
        ([], {"is_dry_run": False, "is_ended": False}, "The run has not begun."),
        (
            [PENDING],
            {"is_dry_run": False, "is_ended": False},
            "What it comes to is known at its end.",
        ),
        ([], {"is_dry_run": False}, "A run without items proves nothing."),
        ([], {"is_dry_run": True}, "A run without items proves nothing."),
        ([REHEARSED], {"is_dry_run": True}, "A dry run writes nothing."),
        ([UNCHANGED], {"is_dry_run": True}, "A dry run writes nothing."),
        ([UNCHANGED], {"is_dry_run": False}, "The tenant already had every item as wanted."),
        (
            [CREATED, UNCHANGED],
            {"is_dry_run": False},
            "Every written item was read back and found as wanted.",
        ),
    ],
)
def test_what_needs_nobody_is_told_in_a_sentence_that_claims_no_more(facts, kind, sentence):
    assert attention_for(Counter(facts), **kind).sentence == sentence


def test_the_boundary_is_part_of_every_answer():
    assert real(CREATED).boundary == (
        "That a run completed does not prove the tenant's recovery: "
        "it says only what was written and read back for these items."
    )


@pytest.mark.parametrize("outcome", [ItemOutcome.UNCHANGED, ItemOutcome.UPDATED])
def test_values_that_cannot_be_compared_are_not_said_to_be_written(outcome):
    unclear = fact(outcome, Verification.NOT_COMPARABLE, ReasonCode.VALUES_NOT_COMPARABLE)

    result = attention_for({unclear: 1}, is_dry_run=False)

    assert result.next_action is FollowUpAction.CHECK_VALUES
    assert "cannot be compared" in result.sentence
    assert "written" not in f"{result.sentence} {result.next_action.sentence}"
