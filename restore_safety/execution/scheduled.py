"""The start of a scheduled restore: everything is proven again, or it ends as not started."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from operations import lifecycle
from operations.lifecycle import Lease
from restore_safety.drafts.readiness import draft_status
from restore_safety.execution import journal, not_written
from restore_safety.execution.authorization import is_cancelled
from restore_safety.execution.conditions import BLOCKED_SENTENCE, is_blocked
from restore_safety.execution.ending import conclude
from restore_safety.execution.journal import Settlement
from restore_safety.execution.overrides import is_frozen, overridden_gates
from restore_safety.models import ItemState, RestoreRun
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.four_eyes import LONGEST_WAIT_FOR_START
from restore_safety.truth.safety import GateCode
from tenants.audit import trail
from tenants.models import AuditOutcome

_LOOK_AGAIN_AFTER = timedelta(minutes=1)
_TOO_LATE = (
    "An hour after its time it had not begun: no worker was there, or another restore was not "
    "finished."
)
_BUSY = "Another restore of this tenant, or into its directory, is not finished yet."


def is_to_be_proven(run: RestoreRun) -> bool:
    """Whether the run was scheduled and has not passed its start."""
    return run.starts_at is not None and run.status in (
        RestoreStatus.SCHEDULED,
        RestoreStatus.QUEUED,
    )


def begin(*, run: RestoreRun, lease: Lease, now: datetime) -> bool:
    """Take the lock and prove every condition again; False where the run does not begin now.

    It then waits for another restore, for a while, or has ended with the reason and wrote nothing.
    """
    if is_cancelled(lease):
        _end(run, lease, not_written.cancelled(), now=now)
        return False
    if run.starts_at is not None and now >= run.starts_at + LONGEST_WAIT_FOR_START:
        _refuse(run, lease, _TOO_LATE, now=now)
        return False
    if not _take_lock(run):
        lifecycle.pause(lease=lease, until=now + _LOOK_AGAIN_AFTER, note=_BUSY, now=now)
        return False
    if why := _refusal(run, now=now):
        _refuse(run, lease, why, now=now)
        return False
    return True


def _take_lock(run: RestoreRun) -> bool:
    """From here on the run holds its tenant and directory; False where another one does."""
    try:
        with transaction.atomic():
            RestoreRun.objects.filter(pk=run.pk, status=RestoreStatus.SCHEDULED).update(
                status=RestoreStatus.QUEUED
            )
    except IntegrityError:
        return False
    return True


def _refusal(run: RestoreRun, *, now: datetime) -> str:
    """Why the restore may not start now, as the gate sees it; empty where it may."""
    actor = run.requested_by
    if actor is None:
        return "Whoever asked for it is no longer here."
    status = draft_status(draft=run.draft, actor=actor, now=now, run=run)
    if status.fingerprint != run.fingerprint:
        return "The scope, or the directory behind the connection, is another one by now."
    checks, preview = status.checks, status.preview
    if not (checks.integrity.is_current and preview.integrity.is_current):
        return "The checks or the preview no longer speak for the scope."
    if preview.captured is None or preview.captured.pk != run.preview_id:
        return "Another preview speaks for the scope by now."
    passed = overridden_gates(run)
    for gate in status.assessment.execution.refused:
        is_passed = gate.code in passed
        if gate.code is GateCode.FREEZE:
            is_passed = not is_frozen(run, at=now)
        if not is_passed:
            return gate.reason
    return BLOCKED_SENTENCE if is_blocked(status) else ""


def _refuse(run: RestoreRun, lease: Lease, why: str, *, now: datetime) -> None:
    with transaction.atomic(), trail.written_last():
        trail.record(
            action="restore.start_refused",
            actor=run.requested_by,
            tenant=run.tenant,
            subject=f"restore_run:{run.pk}",
            outcome=AuditOutcome.DENIED,
            detail={"sentence": why},
        )
        _end(run, lease, not_written.not_started(why), now=now)


def _end(run: RestoreRun, lease: Lease, settlement: Settlement, *, now: datetime) -> None:
    items = run.items.exclude(state=ItemState.SETTLED).prefetch_related("writes")
    for item in items:
        journal.settle(lease=lease, item=item, settlement=settlement, now=now)
    conclude(run=run, lease=lease, now=now)
