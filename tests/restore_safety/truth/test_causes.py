import pytest

from restore_safety.truth.causes import REASON_PRECEDENCE, ReasonCode
from restore_safety.truth.follow_up_actions import CauseFamily, FollowUpAction

MEANINGS = {
    "write_fence": ("item_failure", "review_items"),
    "permission_denied": ("permission", "grant_permission"),
    "authentication_failed": ("permission", "grant_permission"),
    "write_gate_closed": ("permission", "grant_permission"),
    "right_withdrawn": ("permission", "retry_remaining"),
    "freeze_window": ("permission", "retry_remaining"),
    "start_refused": ("permission", "retry_remaining"),
    "approval_rejected": ("permission", "review_items"),
    "approval_expired": ("permission", "retry_remaining"),
    "approval_cancelled": ("permission", "retry_remaining"),
    "throttled": ("throttled", "retry_remaining"),
    "provider_unavailable": ("throttled", "retry_remaining"),
    "provider_unreachable": ("throttled", "retry_remaining"),
    "target_unreadable": ("throttled", "preview_again"),
    "group_missing": ("missing_dependency", "map_groups"),
    "filter_missing": ("missing_dependency", "preview_again"),
    "scope_tag_missing": ("missing_dependency", "preview_again"),
    "dependency_missing": ("missing_dependency", "do_manually"),
    "dependency_failed": ("missing_dependency", "retry_remaining"),
    "payload_rejected": ("payload_rejected", "review_items"),
    "payload_shape": ("payload_rejected", "review_items"),
    "approval_outdated": ("target_changed", "preview_again"),
    "target_moved": ("target_changed", "preview_again"),
    "conflict": ("target_changed", "preview_again"),
    "not_found": ("target_changed", "preview_again"),
    "ambiguous_match": ("target_changed", "preview_again"),
    "secret_missing": ("secret_missing", "enter_secrets"),
    "unsupported_type": ("unsupported", "do_manually"),
    "members_left_out": ("unsupported", "do_manually"),
    "assignments_not_captured": ("missing_dependency", "assign_policies"),
    "assignments_left_out": ("none", "assign_policies"),
    "incomplete_source": ("unsupported", "recapture_backup"),
    "verification_mismatch": ("item_failure", "review_items"),
    "duplicate_found": ("item_failure", "review_items"),
    "unexpected": ("item_failure", "review_items"),
    "approval_used": ("item_failure", "reconcile"),
    "outcome_unestablished": ("item_failure", "reconcile"),
    "verification_unreadable": ("item_failure", "reconcile"),
    "approval_pending": ("permission", "wait_for_approver"),
    "run_interrupted": ("item_failure", "retry_remaining"),
    "approval_left_filed": ("none", "withdraw_requests"),
    "run_cancelled": ("none", "retry_remaining"),
    "values_not_comparable": ("none", "check_values"),
    "already_exists": ("none", "review_items"),
    "assignments_kept": ("none", "review_items"),
    "dry_run": ("none", "start_restore"),
    "as_wanted": ("none", "none"),
    "written": ("none", "none"),
}


def test_every_reason_has_its_family_and_action():
    assert {
        reason.value: (reason.cause.value, reason.action.value) for reason in ReasonCode
    } == MEANINGS


def test_a_cause_is_chosen_in_the_order_in_which_the_reasons_are_declared():
    assert tuple(ReasonCode(value) for value in MEANINGS) == REASON_PRECEDENCE


def test_every_family_and_action_belongs_to_some_reason():
    assert {reason.cause for reason in ReasonCode} == set(CauseFamily)
    assert {reason.action for reason in ReasonCode} == set(FollowUpAction)


@pytest.mark.parametrize("cause", CauseFamily)
def test_every_cause_names_one_next_action(cause):
    assert cause.next_action == cause.sentence
    assert cause.next_action.count(".") == 1
