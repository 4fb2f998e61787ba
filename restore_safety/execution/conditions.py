"""The conditions of a restore, each proven from rows or refused by name."""

from datetime import datetime
from typing import Any

from django.conf import settings

from restore_safety.drafts.readiness import DraftStatus, acknowledgements_of
from restore_safety.execution.confirmation import (
    FARTHEST_START,
    OVERRIDE_REASON_LENGTH,
    REASON_LENGTH,
    Confirmation,
    Refusal,
    RestoreRefusedError,
)
from restore_safety.execution.plan import PlanAlteredError, confirm_unaltered
from restore_safety.models import CapturedEvidence
from restore_safety.truth.four_eyes import ApprovalState
from restore_safety.truth.safety import Gate, GateCode, SafetyReadiness
from restore_safety.truth.snapshot import OVERRIDE_REASON_ROOM, REASON_ROOM, room_of
from tenants.reauthentication import is_recent

BLOCKED_SENTENCE = "The checks found a blocker. Resolve it and run the checks again."
_TAKES_MORE = "Some of its letters take several times the room of others."
# A dry run writes nothing, so what only guards writing does not hold it up.
GATES_OF_A_DRY_RUN = frozenset(
    {GateCode.PERMISSION, GateCode.CONNECTION, GateCode.BACKUP_USABLE, GateCode.EVIDENCE_AGE}
)
_REFUSALS = {
    GateCode.LOCK: Refusal.TENANT_BUSY,
    GateCode.FREEZE: Refusal.FROZEN,
    GateCode.FOUR_EYES: Refusal.NOT_APPROVED,
}


def same_evidence(
    status: DraftStatus, offered: dict[str, Any]
) -> tuple[CapturedEvidence, CapturedEvidence]:
    """The evidence that was current when the operator confirmed, and still is."""
    if status.fingerprint != offered["fingerprint"]:
        raise RestoreRefusedError(
            Refusal.SCOPE_CHANGED,
            "The scope changed after you confirmed it. Look at what changed and confirm again.",
        )
    checks, preview = status.checks, status.preview
    if checks.captured is None or not checks.integrity.is_current:
        raise RestoreRefusedError(
            Refusal.CHECKS_NOT_CURRENT,
            f"The checks are not current: {checks.integrity.reason.sentence} Run them again.",
        )
    if preview.captured is None or not preview.integrity.is_current:
        raise RestoreRefusedError(
            Refusal.PREVIEW_NOT_CURRENT,
            f"The preview is not current: {preview.integrity.reason.sentence} Run it again.",
        )
    seen = (offered["checks"], offered["preview"], offered["plan"])
    if seen != (str(checks.captured.pk), str(preview.captured.pk), preview.captured.plan_hash):
        raise RestoreRefusedError(
            Refusal.EVIDENCE_REPLACED,
            "Newer checks or a newer preview were captured after you confirmed. Read them first.",
        )
    try:
        confirm_unaltered(preview=preview.captured, confirmed_hash=offered["plan"])
    except PlanAlteredError:
        raise RestoreRefusedError(
            Refusal.PLAN_ALTERED,
            "The stored plan is not the one that was previewed. Run the preview again.",
        ) from None
    return checks.captured, preview.captured


def refuse_a_start_out_of_reach(starts_at: datetime, *, now: datetime) -> None:
    if now < starts_at <= now + FARTHEST_START:
        return
    raise RestoreRefusedError(
        Refusal.START_INVALID,
        f"Choose a start in the future, at most {FARTHEST_START.days} days ahead.",
    )


def refuse_what_was_not_approved(status: DraftStatus, confirmation: Confirmation) -> None:
    """What was approved is this reason and this start; the plan is held against it by the gate."""
    approval = status.approval
    if approval is None or approval.state is not ApprovalState.APPROVED:
        return
    request = approval.request
    asked = (request.reason, request.starts_at)
    if asked != (confirmation.reason.strip(), confirmation.starts_at):
        raise RestoreRefusedError(
            Refusal.NOT_APPROVED,
            "It was approved with another reason or another start. Restore it as it was approved, "
            "or ask for approval again.",
        )


def refuse_what_is_not_startable(
    status: DraftStatus,
    confirmation: Confirmation,
    *,
    besides: frozenset[GateCode] = frozenset(),
) -> None:
    is_dry_run = confirmation.is_dry_run
    for gate in _refused_gates(status, is_dry_run=is_dry_run):
        if gate.code not in confirmation.overrides | besides:
            raise RestoreRefusedError(_REFUSALS.get(gate.code, Refusal.GATE_REFUSED), gate.reason)
    if _is_blocked(status, is_dry_run=is_dry_run):
        raise RestoreRefusedError(Refusal.BLOCKED, BLOCKED_SENTENCE)


def refusals_of(
    status: DraftStatus,
    *,
    is_dry_run: bool,
    besides: frozenset[GateCode] = frozenset(),
) -> tuple[str, ...]:
    """Why the gate would refuse this draft whatever the operator confirmed; empty if it would not.

    Pages show it; the gate itself asks again from rows. `besides` names the gates that a page
    offers a way past.
    """
    refusals = [
        f"The {name} are not current." if name == "checks" else f"The {name} is not current."
        for name, evidence in (("checks", status.checks), ("preview", status.preview))
        if not evidence.integrity.is_current
    ]
    refusals += [
        gate.reason
        for gate in _refused_gates(status, is_dry_run=is_dry_run)
        if gate.code not in besides
    ]
    if _is_blocked(status, is_dry_run=is_dry_run):
        refusals.append(BLOCKED_SENTENCE)
    return tuple(refusals)


def _refused_gates(status: DraftStatus, *, is_dry_run: bool) -> tuple[Gate, ...]:
    return tuple(
        gate
        for gate in status.assessment.execution.refused
        if not is_dry_run or gate.code in GATES_OF_A_DRY_RUN
    )


def _is_blocked(status: DraftStatus, *, is_dry_run: bool) -> bool:
    return is_blocked(status) and not is_dry_run


def is_blocked(status: DraftStatus) -> bool:
    """Whether current checks found what forbids the restore."""
    return status.assessment.safety is SafetyReadiness.BLOCKED


def refuse_what_is_not_confirmed(status: DraftStatus, confirmation: Confirmation) -> None:
    name = status.draft.tenant.name
    if confirmation.typed_name.strip() != name:
        raise RestoreRefusedError(
            Refusal.NAME_NOT_TYPED, f"Type the tenant's name exactly as it is written: {name}"
        )
    asked = {one.key for one in acknowledgements_of(status)}
    if missing := len(asked - confirmation.acknowledged):
        verb = "is" if missing == 1 else "are"
        raise RestoreRefusedError(
            Refusal.WARNINGS_NOT_ACKNOWLEDGED,
            f"Acknowledge each warning by itself: {missing} of {len(asked)} {verb} still open.",
        )
    if not 0 < len(confirmation.reason.strip()) <= REASON_LENGTH:
        raise RestoreRefusedError(
            Refusal.REASON_MISSING,
            "Say why this restore is done, or name the change request, in at most "
            f"{REASON_LENGTH} letters.",
        )
    if room_of(confirmation.reason.strip()) > REASON_ROOM:
        raise RestoreRefusedError(Refusal.REASON_MISSING, f"Shorten the reason. {_TAKES_MORE}")
    for code in confirmation.overrides:
        if not 0 < len(confirmation.reason_for(code)) <= OVERRIDE_REASON_LENGTH:
            raise RestoreRefusedError(
                Refusal.OVERRIDE_INCOMPLETE,
                f"Say why the safeguard is overridden, in at most {OVERRIDE_REASON_LENGTH} "
                "letters.",
            )
        if room_of(confirmation.reason_for(code)) > OVERRIDE_REASON_ROOM:
            raise RestoreRefusedError(
                Refusal.OVERRIDE_INCOMPLETE,
                f"Shorten the reason for overriding the safeguard. {_TAKES_MORE}",
            )
    if confirmation.break_glass and confirmation.break_glass_name.strip() != name:
        raise RestoreRefusedError(
            Refusal.OVERRIDE_INCOMPLETE,
            f"To start without approval, type the tenant's name there as well: {name}",
        )


def refuse_who_is_not_proven(authenticated_at: datetime | None, *, now: datetime) -> None:
    if is_recent(authenticated_at, now=now):
        return
    minutes = settings.REAUTHENTICATION_MINUTES
    raise RestoreRefusedError(
        Refusal.SIGN_IN_TOO_OLD,
        f"A restore is queued by who proved in the last {minutes} minutes that it is them. "
        "Sign in again, then confirm.",
    )
