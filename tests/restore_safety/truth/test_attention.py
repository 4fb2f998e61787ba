import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.attention import (
    BOUNDARY,
    REASON_PRECEDENCE,
    Attention,
    CauseFamily,
    FollowUpAction,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    ResultAttention,
    Verification,
    attention_for,
)
from tests.restore_safety.truth.attention_oracle import (
    ALL_FACTS,
    CANCELLED,
    CREATED,
    DELETED,
    DENIED,
    LEFT,
    MANUAL,
    MISMATCH,
    MOVED,
    NO_GROUP,
    PENDING,
    REHEARSED,
    SECRET,
    SKIPPED,
    UNCHANGED,
    UNKNOWN,
    UNREACHED_ITEM,
    UPDATED,
    WAITING,
    fact,
    is_proven,
    real,
)


def _short(result):
    """Attention, status, cause, action and needs in one line, so that a table can be read."""
    told = (result.attention, result.status, result.cause, result.next_action, result.needs)
    return " ".join(map(str, told))


# The facts, the answer in short (see above), the headline.
TABLE = [
    ([CREATED, UPDATED, UPDATED], "completed completed none none 0", "3 policies restored"),
    ([CREATED], "completed completed none none 0", "1 policy restored"),
    (
        [UPDATED, UPDATED, DELETED],
        "completed completed none none 0",
        "2 policies restored and 1 deleted",
    ),
    ([DELETED, DELETED], "completed completed none none 0", "2 policies deleted"),
    (
        [CREATED, UNCHANGED],
        "completed completed none none 0",
        "1 policy restored, 1 already as wanted",
    ),
    (
        [UNCHANGED, UNCHANGED],
        "completed completed none none 0",
        "Nothing had to be written, 2 already as wanted",
    ),
    (
        [CREATED, UPDATED, NO_GROUP],
        "partial partial missing_dependency map_groups 1",
        "3 policies restored, 1 of them without its assignments: map the missing group",
    ),
    (
        [CREATED, UNCHANGED, LEFT, LEFT],
        "completed_with_follow_up completed missing_dependency map_groups 2",
        (
            "1 policy restored, 1 already as wanted, 2 with their assignments left as they are: "
            "map the missing group"
        ),
    ),
    (
        [LEFT],
        "completed_with_follow_up completed missing_dependency map_groups 1",
        "Nothing was restored, 1 with its assignments left as they are: map the missing group",
    ),
    (
        [fact("assignments_left", "verified", "as_wanted")],
        "completed_with_follow_up completed item_failure review_items 1",
        "Nothing was restored, 1 with its assignments left as they are: review the items",
    ),
    (
        [fact("created", "verified", "assignments_left_out")],
        "completed_with_follow_up completed none assign_policies 1",
        "1 policy restored, 1 with something left to do: assign the new policies",
    ),
    (
        [fact("updated", "verified", "assignments_kept")],
        "completed_with_follow_up completed none review_items 1",
        "1 policy restored, 1 with its assignments left as they are: review the items",
    ),
    (
        [fact("assignments_left", "verified", "assignments_kept")],
        "completed_with_follow_up completed none review_items 1",
        "Nothing was restored, 1 with its assignments left as they are: review the items",
    ),
    (
        [fact("assignments_left", "unreadable", "target_unreadable")],
        "completed_with_follow_up completed throttled preview_again 1",
        "Nothing was restored, 1 not verified: preview again",
    ),
    (
        [NO_GROUP, NO_GROUP],
        "partial partial missing_dependency map_groups 2",
        "2 policies restored, 2 of them without their assignments: map the missing group",
    ),
    (
        [CREATED, DENIED],
        "partial partial permission grant_permission 1",
        "1 policy restored, 1 failed: grant the missing access",
    ),
    (
        [DENIED, DENIED],
        "failed failed permission grant_permission 2",
        "Nothing was restored, 2 failed: grant the missing access",
    ),
    (
        [UNCHANGED, DENIED],
        "partial partial permission grant_permission 1",
        "Nothing was restored, 1 already as wanted, 1 failed: grant the missing access",
    ),
    (
        [MOVED],
        "failed failed target_changed preview_again 1",
        "Nothing was restored, 1 changed in the tenant since the preview: preview again",
    ),
    (
        [CREATED, MOVED],
        "partial partial target_changed preview_again 1",
        "1 policy restored, 1 changed in the tenant since the preview: preview again",
    ),
    (
        [UNKNOWN],
        "partial partial item_failure reconcile 1",
        "Nothing is known to be restored, 1 with unknown outcome: reconcile with the tenant",
    ),
    (
        [DENIED, UNKNOWN],
        "partial partial item_failure reconcile 2",
        (
            "Nothing is known to be restored, 1 failed, 1 with unknown outcome: "
            "reconcile with the tenant"
        ),
    ),
    (
        [WAITING, WAITING],
        "completed_with_follow_up completed permission wait_for_approver 2",
        "Nothing was restored, 2 waiting for approval: wait for the tenant's approver",
    ),
    (
        [CREATED, WAITING],
        "completed_with_follow_up completed permission wait_for_approver 1",
        "1 policy restored, 1 waiting for approval: wait for the tenant's approver",
    ),
    (
        [WAITING, DENIED],
        "partial partial permission grant_permission 2",
        "Nothing was restored, 1 failed, 1 waiting for approval: grant the missing access",
    ),
    (
        [CREATED, SKIPPED],
        "completed_with_follow_up completed none review_items 1",
        "1 policy restored, 1 skipped: review the items",
    ),
    (
        [PENDING, CREATED],
        "completed_with_follow_up completed item_failure reconcile 1",
        "2 policies written, 1 not verified: reconcile with the tenant",
    ),
    (
        [MISMATCH],
        "partial partial item_failure review_items 1",
        "1 policy written, 1 not as wanted when read back: review the items",
    ),
    (
        [SECRET],
        "completed_with_follow_up completed secret_missing enter_secrets 1",
        "1 policy restored, 1 with something left to do: enter the secrets",
    ),
    (
        [MANUAL],
        "completed_with_follow_up completed unsupported do_manually 1",
        "Nothing was restored, 1 to do by hand: do it by hand",
    ),
    (
        [CANCELLED, CANCELLED],
        "not_executed cancelled none retry_remaining 2",
        "Cancelled, nothing was restored, 2 not begun: finish the rest",
    ),
    (
        [CREATED, CANCELLED],
        "partial cancelled none retry_remaining 1",
        "Cancelled, 1 policy restored, 1 not begun: finish the rest",
    ),
    (
        [WAITING, CANCELLED],
        "partial cancelled none retry_remaining 2",
        "Cancelled, nothing was restored, 1 waiting for approval, 1 not begun: finish the rest",
    ),
    (
        [UNREACHED_ITEM],
        "not_executed partial item_failure retry_remaining 1",
        "Nothing was restored, 1 not started: finish the rest",
    ),
    (
        [fact("not_started", "not_attempted", "throttled")],
        "failed failed throttled retry_remaining 1",
        "Nothing was restored, 1 not started: finish the rest",
    ),
    (
        [DENIED, fact("not_started", "not_attempted", "dependency_failed")],
        "failed failed permission grant_permission 2",
        "Nothing was restored, 1 failed, 1 not started: grant the missing access",
    ),
    (
        [fact("failed", "not_attempted", "write_fence"), DENIED],
        "failed failed item_failure review_items 2",
        "Nothing was restored, 2 failed: review the items",
    ),
    (
        [fact("failed", "not_attempted", "unexpected"), SECRET],
        "partial partial item_failure review_items 2",
        "1 policy restored, 1 failed, 1 with something left to do: review the items",
    ),
    (
        [MISMATCH, SECRET],
        "partial partial item_failure review_items 2",
        (
            "2 policies written, 1 not as wanted when read back, 1 with something left to do: "
            "review the items"
        ),
    ),
    (
        [UNKNOWN, fact("cancelled", "not_attempted", "permission_denied")],
        "partial cancelled item_failure reconcile 2",
        (
            "Cancelled, nothing is known to be restored, 1 with unknown outcome, 1 not begun: "
            "reconcile with the tenant"
        ),
    ),
    (
        [REHEARSED],
        "not_executed failed none start_restore 1",
        "Nothing was restored, 1 not started: start a restore",
    ),
    (
        [fact("unchanged", "pending")],
        "completed_with_follow_up completed item_failure reconcile 1",
        "Nothing was restored, 1 not verified: reconcile with the tenant",
    ),
    (
        [fact("unchanged", "not_attempted", "secret_missing")],
        "completed_with_follow_up completed secret_missing enter_secrets 1",
        "Nothing was restored, 1 with something left to do: enter the secrets",
    ),
]


@pytest.mark.parametrize(("facts", "expected", "headline"), TABLE)
def test_result_of_a_real_run(facts, expected, headline):
    result = real(*facts)

    assert (_short(result), result.headline) == (expected, headline)


def test_the_whole_answer():
    assert real(CREATED, NO_GROUP) == ResultAttention(
        attention=Attention.PARTIAL,
        status=RestoreStatus.PARTIAL,
        follow_up_required=True,
        cause=CauseFamily.MISSING_DEPENDENCY,
        next_action=FollowUpAction.MAP_GROUPS,
        headline="2 policies restored, 1 of them without its assignments: map the missing group",
        sentence=ReasonCode.GROUP_MISSING.sentence,
        boundary=BOUNDARY,
        needs=1,
    )
    assert real(CREATED).sentence == Attention.COMPLETED.sentence
    assert real(UNCHANGED).sentence == "The tenant already had every item as wanted."


fact_lists = st.lists(st.sampled_from(ALL_FACTS), max_size=8)


@given(fact_lists, st.randoms(use_true_random=False), st.booleans(), st.booleans())
def test_order_never_matters(facts, random, is_dry_run, is_ended):
    shuffled = random.sample(facts, len(facts))

    assert attention_for(Counter(facts), is_dry_run=is_dry_run, is_ended=is_ended) == attention_for(
        Counter(shuffled), is_dry_run=is_dry_run, is_ended=is_ended
    )


@given(fact_lists.filter(bool), st.sampled_from(ALL_FACTS))
def test_one_more_bad_item_never_makes_it_completed(facts, bad):
    before, after = real(*facts), real(*facts, bad)

    assert after.needs >= before.needs
    if before.attention is not Attention.COMPLETED or not is_proven(bad):
        assert after.attention is not Attention.COMPLETED


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

    assert (_short(result), result.headline) == (expected, headline)


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

    assert (_short(result), result.headline) == (expected, headline)


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


def test_counts_say_how_many_share_a_fact():
    many = attention_for({CREATED: 1200, NO_GROUP: 3, DENIED: 0}, is_dry_run=False)

    assert many.headline == (
        "1203 policies restored, 3 of them without their assignments: map the missing group"
    )
    assert many.needs == 3
    with pytest.raises(ValueError, match="Fewer than no items"):
        attention_for({CREATED: -1}, is_dry_run=False)


REPLACED = [
    (fact("created", "pending"), "verification_unreadable"),
    (fact("updated", "unreadable"), "verification_unreadable"),
    (fact("created", "not_attempted"), "verification_unreadable"),
    (fact("unchanged", "pending"), "verification_unreadable"),
    (fact("updated", "mismatch"), "verification_mismatch"),
    (fact("partial", "mismatch"), "verification_mismatch"),
    (fact("partial", "pending"), "verification_unreadable"),
    (fact("partial", "verified"), "unexpected"),
    (fact("assignments_left", "verified"), "unexpected"),
    (fact("assignments_left", "unreadable"), "verification_unreadable"),
    (fact("assignments_left", "mismatch"), "verification_mismatch"),
    (fact("skipped"), "already_exists"),
    (fact("failed"), "unexpected"),
    (fact("failed", "mismatch"), "unexpected"),
    (fact("target_changed"), "target_moved"),
    (fact("outcome_unknown", "unreadable"), "outcome_unestablished"),
    (fact("manual_required"), "unsupported_type"),
    (fact("not_started"), "run_interrupted"),
    (fact("cancelled"), "run_cancelled"),
    (fact("waiting_for_approval"), "approval_pending"),
    (fact("waiting_for_approval", "pending", "permission_denied"), "approval_pending"),
]


@pytest.mark.parametrize(("calmly_recorded", "reason"), REPLACED)
def test_reason_calmer_than_its_item_is_replaced(calmly_recorded, reason):
    result = real(CREATED, calmly_recorded)

    assert (result.cause, result.sentence) == (
        ReasonCode(reason).cause,
        ReasonCode(reason).sentence,
    )


def test_reasons_are_ranked_without_gap():
    assert sorted(REASON_PRECEDENCE) == sorted(ReasonCode)
    assert len(set(REASON_PRECEDENCE)) == len(REASON_PRECEDENCE)


def test_cause_comes_from_the_highest_reason_of_the_worst_items():
    failed = [fact("failed", "not_attempted", reason) for reason in ReasonCode]

    for higher, lower in itertools.pairwise(
        one for one in failed if one.reason not in {"written", "as_wanted"}
    ):
        assert real(lower, higher).cause is higher.reason.cause
        assert real(lower, higher).sentence == higher.reason.sentence


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
