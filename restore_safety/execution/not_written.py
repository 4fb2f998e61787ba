"""Settlements of items of which nothing was written, and why."""

from restore_safety.execution.journal import Settlement
from restore_safety.models import Decision, PlanItem
from restore_safety.truth.attention import (
    ItemOutcome,
    ReasonCode,
)

_REHEARSED = {Decision.UPDATE: "updated", Decision.DELETE: "deleted"}


def rehearsed(planned: PlanItem) -> Settlement:
    verb = _REHEARSED.get(Decision(planned.decision), "created")
    return _unwritten(
        ReasonCode.DRY_RUN,
        f"Would be {verb}. The tenant still is as the preview saw it. {planned.sentence}",
    )


def _unwritten(reason: ReasonCode, sentence: str) -> Settlement:
    return Settlement(outcome=ItemOutcome.NOT_STARTED, reason=reason, sentence=sentence)


def moved() -> Settlement:
    return Settlement(
        outcome=ItemOutcome.TARGET_CHANGED,
        reason=ReasonCode.TARGET_MOVED,
        sentence="Not written: the tenant is no longer as the preview saw it.",
    )


def cancelled() -> Settlement:
    return Settlement(
        outcome=ItemOutcome.CANCELLED,
        reason=ReasonCode.RUN_CANCELLED,
        sentence="The run was cancelled before this item was begun.",
    )


def plan_altered() -> Settlement:
    return _unwritten(
        ReasonCode.WRITE_FENCE,
        "Nothing was written: the stored plan is not the one that was confirmed.",
    )


def connected_elsewhere() -> Settlement:
    return _unwritten(
        ReasonCode.TARGET_MOVED,
        "Nothing was written: the connection now points to another directory than the one "
        "that was checked and previewed.",
    )


def not_connected() -> Settlement:
    return _unwritten(
        ReasonCode.AUTHENTICATION_FAILED,
        "Nothing was written: the tenant's connection has no usable credential.",
    )


def gate_closed() -> Settlement:
    return _unwritten(
        ReasonCode.WRITE_GATE_CLOSED,
        "Nothing was written: the tenant's write gate was closed.",
    )


def right_withdrawn() -> Settlement:
    return _unwritten(
        ReasonCode.RIGHT_WITHDRAWN, f"Nothing was written. {ReasonCode.RIGHT_WITHDRAWN.sentence}"
    )


def frozen() -> Settlement:
    return _unwritten(
        ReasonCode.FREEZE_WINDOW,
        "Nothing was written: the tenant's change windows allow no writes now.",
    )


def not_started(why: str) -> Settlement:
    """The conditions were proven again at the scheduled start, and one did not hold."""
    return _unwritten(
        ReasonCode.START_REFUSED,
        f"Nothing was written: at its start the restore was refused. {why}",
    )


def no_pre_image() -> Settlement:
    return _unwritten(
        ReasonCode.TARGET_UNREADABLE,
        "Nothing was written: what the update would replace could not be kept first.",
    )


def unexpected() -> Settlement:
    return Settlement(
        outcome=ItemOutcome.FAILED,
        reason=ReasonCode.UNEXPECTED,
        sentence="Nothing was written: the product met something it did not expect.",
    )


def dependency_failed(name: str) -> Settlement:
    return _unwritten(
        ReasonCode.DEPENDENCY_FAILED,
        f"Not written: {name}, which it refers to, was not written in this run.",
    )


def still_referred_to(by: str) -> Settlement:
    return _unwritten(
        ReasonCode.DEPENDENCY_FAILED,
        f"Not deleted: {by}, which refers to it, was not taken back in this run.",
    )


def waited_too_long(reason: ReasonCode) -> Settlement:
    return Settlement(
        outcome=ItemOutcome.NOT_STARTED,
        reason=reason,
        sentence="Not written: the run waited for Microsoft Graph for a day and came no further. "
        f"{reason.sentence}",
    )


def interrupted() -> Settlement:
    return _unwritten(
        ReasonCode.RUN_INTERRUPTED, "No worker got to this item before the run was given up."
    )
