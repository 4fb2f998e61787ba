"""Send runs again that no worker holds, and end those that cannot be finished.

Beside `lifecycle`, this is where a run ends: by the same claims.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import models, transaction

from operations.lifecycle import (
    BrokerUnavailableError,
    record,
    send,
    unheld,
    valid_counts,
    with_people,
)
from operations.models import (
    MAX_ATTEMPTS,
    OperationRun,
    RunOutcome,
    RunStatus,
)
from operations.notifications import notify_initiator
from operations.work_kinds import Leftover, continuation_of
from tenants.audit import trail

logger = structlog.stdlib.get_logger(__name__)

# Between two dispatches of a run that still waits: it doubles up to this, so that a busy worker
# does not come back to a queue full of the same run.
LONGEST_REDISPATCH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileReport:
    """What one round of the reconciler did, by run."""

    dispatched: tuple[UUID, ...] = ()
    ended: tuple[UUID, ...] = ()
    failed: tuple[UUID, ...] = ()


def reconcile(*, now: datetime) -> ReconcileReport:
    """Send again what no worker works on, and end what cannot be finished."""
    dispatched: list[UUID] = []
    ended: list[UUID] = []
    failed: list[UUID] = []
    is_broker_up = True
    for run in _unattended(now):
        try:
            if _is_hopeless(run):
                if _give_up(run, now=now):
                    ended.append(run.pk)
            elif is_broker_up and _is_due(run, now) and send(run, now=now):
                dispatched.append(run.pk)
        except BrokerUnavailableError:
            # It is waited for once in a round, and not once for each run.
            is_broker_up = False
        except Exception:
            # One broken run must not keep the others waiting; the next round tries it again.
            logger.exception("reconcile_failed", run_id=str(run.pk), kind=run.kind)
            failed.append(run.pk)
    return ReconcileReport(dispatched=tuple(dispatched), ended=tuple(ended), failed=tuple(failed))


def _unattended(now: datetime) -> models.QuerySet[OperationRun]:
    waited = now - timedelta(seconds=settings.OPERATION_REDISPATCH_SECONDS)
    return OperationRun.objects.filter(unheld(now), queued_at__lte=waited).order_by(
        "queued_at", "id"
    )


def _is_hopeless(run: OperationRun) -> bool:
    return run.attempts >= MAX_ATTEMPTS or continuation_of(run) is None


def _is_due(run: OperationRun, now: datetime) -> bool:
    if run.dispatched_at is None:
        return True
    waiting_since = run.lease_expires_at or run.waits_until or run.queued_at
    pause = max(
        run.dispatched_at - waiting_since,
        timedelta(seconds=settings.OPERATION_REDISPATCH_SECONDS),
    )
    return now - run.dispatched_at >= min(pause, LONGEST_REDISPATCH)


def _give_up(run: OperationRun, *, now: datetime) -> bool:
    """End the run as what its owner can prove of it; as failed where there is no proof."""
    code = "abandoned"
    message = (
        f"The work was started {run.attempts} times in a row, came no further, and no worker "
        "brought it to its end. "
        "What was done until then stands; check it before you start it again."
    )
    continuation = continuation_of(run)
    if continuation is None:
        code, message = "unknown_kind", "No installed part of the product can do this work."
    unattended = OperationRun.objects.filter(unheld(now), pk=run.pk, lease_token=run.lease_token)
    with transaction.atomic(), trail.written_last():
        given_up = unattended.update(
            status=RunStatus.COMPLETED,
            outcome=RunOutcome.FAILED,
            lease_expires_at=None,
            ended_at=now,
            failure_code=code,
            failure_message=message,
        )
        if not given_up:
            return False
        if continuation is not None:
            _leave(run, continuation.abandon(run.pk, now))
        given_up_run = with_people(run.pk)
        notify_initiator(run=given_up_run, now=now)
        record("operation.ended", given_up_run, outcome=given_up_run.outcome)
    return True


def _leave(run: OperationRun, left: Leftover) -> None:
    """Take the owner's word for what the run came to: its own rows say the same."""
    if left.outcome == RunOutcome.PENDING:
        raise ValueError("A run that is given up has an outcome.")
    counts = {"summary_counts": valid_counts(left.counts)} if left.counts else {}
    OperationRun.objects.filter(pk=run.pk).update(outcome=left.outcome, **counts)
