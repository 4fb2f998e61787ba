"""Facts to try the reducer with, and its answer again in other words: an oracle, not a copy."""

from collections import Counter
from functools import cache

from hypothesis import strategies as st

from restore_safety.truth.attention import (
    Attention,
    FollowUpAction,
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    Verification,
    attention_for,
)

# How calm a verdict reads; an item can only ever move the whole run upwards.
ALARM = {
    Attention.COMPLETED: 0,
    Attention.COMPLETED_WITH_FOLLOW_UP: 1,
    Attention.NOT_EXECUTED: 2,
    Attention.PARTIAL: 2,
    Attention.FAILED: 2,
}
APPLIED = {"created", "updated", "deleted", "unchanged", "assignments_left", "partial"}
UNREACHED = {"written", "as_wanted", "run_cancelled", "run_interrupted", "dry_run", "start_refused"}
ALL_FACTS = [
    ItemFact(outcome=outcome, verification=verification, reason=reason)
    for outcome in ItemOutcome
    for verification in Verification
    for reason in ReasonCode
]


def fact(outcome, verification="not_attempted", reason="written"):
    return ItemFact(
        outcome=ItemOutcome(outcome),
        verification=Verification(verification),
        reason=ReasonCode(reason),
    )


CREATED = fact("created", "verified")
UPDATED = fact("updated", "verified")
DELETED = fact("deleted", "verified")
UNCHANGED = fact("unchanged", "not_attempted", "as_wanted")
REHEARSED = fact("not_started", "not_attempted", "dry_run")
UNREACHED_ITEM = fact("not_started", "not_attempted", "run_interrupted")
CANCELLED = fact("cancelled", "not_attempted", "run_cancelled")
SKIPPED = fact("skipped", "not_attempted", "already_exists")
WAITING = fact("waiting_for_approval", "not_attempted", "approval_pending")
DENIED = fact("failed", "not_attempted", "permission_denied")
MOVED = fact("target_changed", "not_attempted", "target_moved")
UNKNOWN = fact("outcome_unknown", "unreadable", "outcome_unestablished")
NO_GROUP = fact("partial", "verified", "group_missing")
PENDING = fact("created", "pending", "verification_unreadable")
MISMATCH = fact("updated", "mismatch", "verification_mismatch")
LEFT = fact("assignments_left", "verified", "group_missing")
SECRET = fact("created", "verified", "secret_missing")
MANUAL = fact("manual_required", "not_attempted", "unsupported_type")


def real(*facts):
    return attention_for(Counter(facts), is_dry_run=False)


def expected_attention(facts):
    outcomes = {one.outcome.value for one in facts}
    is_applied = bool(outcomes & APPLIED)
    is_filed = "waiting_for_approval" in outcomes
    if not facts:
        return "failed"
    if "outcome_unknown" in outcomes:
        return "partial"
    if any(
        one.outcome in {"failed", "target_changed"}
        or (one.outcome == "not_started" and one.reason not in UNREACHED)
        for one in facts
    ):
        return "partial" if is_applied or is_filed else "failed"
    if outcomes & {"not_started", "cancelled"}:
        return "partial" if is_applied or is_filed else "not_executed"
    if "partial" in outcomes or any(
        one.outcome in APPLIED and one.verification == "mismatch" for one in facts
    ):
        return "partial"
    return "completed" if all(map(is_proven, facts)) else "completed_with_follow_up"


def is_proven(one):
    if one.reason not in {"written", "as_wanted"}:
        return False
    if one.outcome == "unchanged":
        return one.verification in {"verified", "not_attempted"}
    return one.outcome in {"created", "updated", "deleted"} and one.verification == "verified"


def assert_truthful(facts):
    result = real(*facts)
    outcomes = [one.outcome.value for one in facts]

    assert result.attention == expected_attention(facts)
    assert result.needs == sum(not is_proven(one) for one in facts)
    assert result.follow_up_required is (result.needs > 0 or not facts)
    assert (result.attention is Attention.COMPLETED) is (not result.follow_up_required)
    assert (result.next_action is FollowUpAction.NONE) is (not result.follow_up_required)
    assert result.status.is_ended
    assert (result.status is RestoreStatus.CANCELLED) is ("cancelled" in outcomes)
    if waiting := outcomes.count("waiting_for_approval"):
        assert f"{waiting} waiting for approval" in result.headline
        assert result.attention is not Attention.FAILED
        assert result.status is not RestoreStatus.FAILED
    if set(outcomes) == {"waiting_for_approval"}:
        assert result.headline.endswith(": wait for the tenant's approver")
    if "outcome_unknown" in outcomes:
        assert result.next_action is FollowUpAction.RECONCILE
        assert result.status not in {RestoreStatus.FAILED, RestoreStatus.COMPLETED}
    assert ALARM[result.attention] == max(map(_alarm_alone, facts), default=2)


@cache
def _alarm_alone(one):
    return ALARM[real(one).attention]


fact_lists = st.lists(st.sampled_from(ALL_FACTS), max_size=8)


def short(result):
    """Attention, status, cause, action and needs in one line, so that a table can be read."""
    told = (result.attention, result.status, result.cause, result.next_action, result.needs)
    return " ".join(map(str, told))
