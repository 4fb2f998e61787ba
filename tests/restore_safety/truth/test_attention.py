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
    ReasonCode,
    RestoreStatus,
    ResultAttention,
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
    fact_lists,
    is_proven,
    real,
    short,
)

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

    assert (short(result), result.headline) == (expected, headline)


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
