"""Queue, start, progress, end: the writer of a run's status, outcome and lease.

Every change of state is a claim: an UPDATE that names the state it leaves, so of two callers one
wins. A worker holds a lease with a fencing token; who is fenced out hears it on the next report.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import structlog
from django.db import models, transaction
from django.db.models.functions import Coalesce
from kombu.exceptions import OperationalError

from operations.liveness import lease_length
from operations.models import (
    COUNT_KEYS,
    TEXT_LENGTH,
    OperationRun,
    RunOutcome,
    RunStatus,
)
from operations.notifications import notify_initiator
from operations.work_kinds import continuation_of
from tenants.access import service as access
from tenants.audit import trail
from tenants.clock import database_now, is_off, own_offset, sentence_of
from tenants.models import Tenant, User
from tenants.models.capabilities import Capability

logger = structlog.stdlib.get_logger(__name__)


class RunNotStartableError(Exception):
    """The run has ended, does not exist, or another worker holds it."""


class WorkerClockError(RunNotStartableError):
    """This worker's clock is too far from the database's: the run waits for another worker."""


class LeaseLostError(Exception):
    """Another worker took the run over, or it has ended: this worker must stop."""


class BrokerUnavailableError(Exception):
    """The queue does not take the run now; it stays queued."""


class RunNotCancellableError(Exception):
    """The run has already ended."""


class InvalidCountsError(ValueError):
    """Summary counts are whole numbers under known keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on a run, until another worker takes it over."""

    run_id: UUID
    token: int


@dataclass(slots=True)
class Heartbeat:
    """Reports a worker's progress, but not more often than the page can show it."""

    lease: Lease
    clock: Callable[[], datetime] = database_now
    every: timedelta = timedelta(seconds=2)
    _last: datetime | None = field(default=None, init=False)
    _is_all_reported: bool = field(default=False, init=False)

    def beat(self, done: int, total: int, note: str = "") -> bool:
        """Report the progress if it is time to, or the work is done; whether it was reported."""
        now = self.clock()
        is_due = self._last is None or now - self._last >= self.every
        is_all = done >= total
        if not is_due and (not is_all or self._is_all_reported):
            return False
        progress(lease=self.lease, done=done, total=total, note=note, now=now)
        self._last = now
        self._is_all_reported = is_all
        return True


def queue(  # noqa: PLR0913 -- what the record keeps of the work
    *,
    actor: User,
    tenant: Tenant,
    kind: str,
    title: str,
    subject: str,
    exclusive_key: str = "",
    waits_until: datetime | None = None,
    wait_note: str = "",
) -> OperationRun:
    """Record the work and send it once the caller's transaction has committed.

    With `waits_until` no worker takes it before that time; `wait_note` says why to people.
    """
    access.require(actor, Capability.VIEW, tenant)
    with transaction.atomic():
        run = OperationRun.objects.create(
            tenant=tenant,
            kind=kind,
            title=title[:TEXT_LENGTH],
            subject=subject,
            exclusive_key=exclusive_key,
            initiator=actor,
            queued_at=database_now(),
            waits_until=waits_until,
            wait_note=wait_note[:TEXT_LENGTH],
        )
        trail.record(
            action="operation.queued",
            actor=actor,
            tenant=tenant,
            subject=_subject(run),
            detail={"kind": kind, "subject": subject},
        )
        if waits_until is None:
            transaction.on_commit(partial(_dispatch_now, run), robust=False)
    return run


def dispatch(*, run: OperationRun, now: datetime) -> bool:
    """Send the run to the queue; False when another caller just did or the broker is down."""
    try:
        return send(run, now=now)
    except BrokerUnavailableError:
        return False


def send(run: OperationRun, *, now: datetime) -> bool:
    """Send the run, unless another caller just did; raises when the broker is down."""
    continuation = continuation_of(run)
    if continuation is None:
        return False
    unsent = OperationRun.objects.live().filter(pk=run.pk, dispatched_at=run.dispatched_at)
    if run.dispatched_at is None:
        unsent = OperationRun.objects.live().filter(pk=run.pk, dispatched_at__isnull=True)
    if not unsent.update(dispatched_at=now):
        return False
    try:
        continuation.dispatch(run)
    except (OperationalError, OSError) as error:
        # It stays queued; the reconciler sends it when the broker is back.
        logger.warning("broker_unavailable", run_id=str(run.pk), error=type(error).__name__)
        OperationRun.objects.filter(pk=run.pk, dispatched_at=now).update(dispatched_at=None)
        raise BrokerUnavailableError from error
    return True


def start(*, run_id: UUID, now: datetime) -> Lease:
    """Hand the run to this worker: it is queued, or its worker has let the lease run out.

    A worker whose own clock is off gets none: what it would record and sign bears the wrong time.
    """
    ahead = own_offset()
    if is_off(ahead):
        logger.error("worker_clock_off", run_id=str(run_id), clock=sentence_of(ahead))
        # Its message is gone now, and no other worker shall wait for one ever longer.
        OperationRun.objects.filter(unheld(now), pk=run_id, dispatched_at__isnull=False).update(
            dispatched_at=Coalesce("lease_expires_at", "waits_until", "queued_at")
        )
        raise WorkerClockError(f"The clock of this worker is {sentence_of(ahead)}.")
    claimable = OperationRun.objects.filter(unheld(now), pk=run_id)
    token = claimable.values_list("lease_token", flat=True).first()
    if token is None:
        raise RunNotStartableError(run_id)
    with transaction.atomic():
        claimed = claimable.filter(lease_token=token).update(
            status=RunStatus.RUNNING,
            started_at=Coalesce("started_at", models.Value(now)),
            heartbeat_at=now,
            lease_token=token + 1,
            lease_expires_at=now + lease_length(),
            attempts=models.F("attempts") + 1,
            waits_until=None,
            wait_note="",
        )
        if not claimed:
            raise RunNotStartableError(run_id)
        record("operation.started", with_people(run_id), attempt=token + 1)
    return Lease(run_id=run_id, token=token + 1)


def progress(  # noqa: PLR0913 -- the parts of one report
    *,
    lease: Lease,
    done: int,
    total: int,
    now: datetime,
    note: str = "",
    counts: Mapping[str, int] | None = None,
) -> None:
    """Report how far the work is, which also renews the lease."""
    changes: dict[str, object] = {
        "progress_done": done,
        "progress_total": total,
        "progress_note": note[:TEXT_LENGTH],
    }
    if counts is not None:
        changes["summary_counts"] = valid_counts(counts)
    _write_under(lease, now=now, changes=changes)


def renew(*, lease: Lease, now: datetime) -> None:
    """Hold on to the run; raises when it was taken over, so call it before what must be safe."""
    _write_under(lease, now=now, changes={})


def come_further(*, lease: Lease, now: datetime) -> None:
    """Hold on to the run, which came further: attempts are counted from this one, waits anew.

    For steps that are made once, or a worker that dies on its way would be replaced for ever.
    """
    _write_under(lease, now=now, changes={"attempts": 1, "last_wait_note": ""})


def pause(*, lease: Lease, until: datetime, note: str, now: datetime) -> None:
    """Put the run aside until then and give up the lease, so that the worker is free.

    The run stays running, and the reconciler sends it again when the time has come; a cancellation
    wakes it at once. The turn counts as one that went well. Raises LeaseLostError.

    A wait that goes on for the same reason, until the run comes further, is audited once.
    """
    note = note[:TEXT_LENGTH]
    held = OperationRun.objects.filter(
        pk=lease.run_id, lease_token=lease.token, status=RunStatus.RUNNING
    )
    with transaction.atomic():
        is_audited = bool(note) and held.filter(last_wait_note=note).exists()
        paused = held.update(
            # Who pauses holds nothing afterwards, whatever it still tries.
            lease_token=lease.token + 1,
            lease_expires_at=None,
            heartbeat_at=now,
            dispatched_at=None,
            attempts=0,
            waits_until=models.Case(
                models.When(cancel_requested_at__isnull=False, then=models.Value(now)),
                default=models.Value(until),
            ),
            wait_note=note,
            last_wait_note=note,
        )
        if not paused:
            raise LeaseLostError(lease.run_id)
        if not is_audited:
            record("operation.paused", with_people(lease.run_id), until=until.isoformat())


def is_cancel_requested(*, lease: Lease) -> bool:
    return OperationRun.objects.filter(
        pk=lease.run_id, cancel_requested_at__isnull=False, status=RunStatus.RUNNING
    ).exists()


def end(  # noqa: PLR0913 -- the parts of one ending
    *,
    lease: Lease,
    outcome: RunOutcome,
    counts: Mapping[str, int],
    now: datetime,
    failure_code: str = "",
    failure_message: str = "",
) -> None:
    """Complete the run and notify its initiator where that is worth it; may be called twice."""
    if outcome == RunOutcome.PENDING:
        raise ValueError("A run does not end with a pending outcome.")
    summary_counts = valid_counts(counts)
    held = OperationRun.objects.filter(pk=lease.run_id, lease_token=lease.token)
    with transaction.atomic():
        ended = held.filter(status=RunStatus.RUNNING).update(
            status=RunStatus.COMPLETED,
            outcome=outcome,
            summary_counts=summary_counts,
            ended_at=now,
            lease_expires_at=None,
            failure_code=failure_code,
            failure_message=failure_message,
        )
        if ended:
            run = with_people(lease.run_id)
            notify_initiator(run=run, now=now)
            record("operation.ended", run, outcome=run.outcome)
            return
    if not held.filter(status=RunStatus.COMPLETED).exists():
        raise LeaseLostError(lease.run_id)


def may_cancel(*, actor: User, run: OperationRun) -> bool:
    """Whoever started a run may stop it while they see the tenant; so may its managers."""
    capability = Capability.MANAGE_RESTORES
    if run.initiator_id == actor.pk:
        capability = Capability.VIEW
    return access.has(actor, capability, run.tenant)


def require_may_cancel(*, actor: User, run: OperationRun) -> None:
    """Return only when the actor may stop the run; a refusal is audited."""
    if not may_cancel(actor=actor, run=run):
        access.require(actor, Capability.MANAGE_RESTORES, run.tenant)


def request_cancel(*, actor: User, run: OperationRun, now: datetime) -> bool:
    """Ask the worker to stop; True when no worker had started the run, so that it has ended."""
    require_may_cancel(actor=actor, run=run)
    with transaction.atomic(), trail.written_last():
        has_ended = _withdraw(run, now=now)
        if not (has_ended or _ask_to_stop(run, now=now)):
            raise RunNotCancellableError(run.pk)
        trail.record(
            action="operation.cancel_requested",
            actor=actor,
            tenant=run.tenant,
            subject=_subject(run),
        )
        if has_ended:
            record("operation.ended", run, outcome=RunOutcome.CANCELLED.value)
    return has_ended


def _dispatch_now(run: OperationRun) -> None:
    dispatch(run=run, now=database_now())


def unheld(now: datetime) -> models.Q:
    """Runs no worker holds: not started, with an expired lease, or paused.

    What waits for a later time is not among them.
    """
    is_silent = models.Q(status=RunStatus.RUNNING, lease_expires_at__lte=now)
    is_paused = models.Q(status=RunStatus.RUNNING, lease_expires_at=None)
    is_due = models.Q(waits_until=None) | models.Q(waits_until__lte=now)
    return (models.Q(status=RunStatus.QUEUED) & is_due) | is_silent | (is_paused & is_due)


def _write_under(lease: Lease, *, now: datetime, changes: Mapping[str, object]) -> None:
    held = OperationRun.objects.filter(
        pk=lease.run_id, lease_token=lease.token, status=RunStatus.RUNNING
    )
    if not held.update(heartbeat_at=now, lease_expires_at=now + lease_length(), **changes):
        raise LeaseLostError(lease.run_id)


def valid_counts(counts: Mapping[str, int]) -> dict[str, int]:
    if unknown := sorted(counts.keys() - set(COUNT_KEYS)):
        raise InvalidCountsError(f"Unknown summary counts: {', '.join(unknown)}.")
    for key, value in counts.items():
        if type(value) is not int or value < 0:
            raise InvalidCountsError(f"The count of {key} is not a whole number.")
    return dict(counts)


def _withdraw(run: OperationRun, *, now: datetime) -> bool:
    withdrawn = OperationRun.objects.filter(pk=run.pk, status=RunStatus.QUEUED).update(
        status=RunStatus.COMPLETED,
        outcome=RunOutcome.CANCELLED,
        cancel_requested_at=now,
        ended_at=now,
    )
    if not withdrawn:
        return False
    if continuation := continuation_of(run):
        continuation.withdraw(run.pk, now)
    notify_initiator(run=with_people(run.pk), now=now)
    return True


def _ask_to_stop(run: OperationRun, *, now: datetime) -> int:
    running = OperationRun.objects.filter(pk=run.pk, status=RunStatus.RUNNING)
    asked = running.update(cancel_requested_at=Coalesce("cancel_requested_at", models.Value(now)))
    # A run that was put aside is taken up at once, to end as what it came to.
    if running.filter(lease_expires_at=None).update(waits_until=now):
        transaction.on_commit(partial(_dispatch_now, with_people(run.pk)), robust=False)
    return asked


def with_people(run_id: UUID) -> OperationRun:
    return OperationRun.objects.select_related("tenant", "initiator").get(pk=run_id)


def record(action: str, run: OperationRun, **detail: object) -> None:
    """Note what workers did: who asked for the work stands with its queueing."""
    trail.record(action=action, actor=None, tenant=run.tenant, subject=_subject(run), detail=detail)


def _subject(run: OperationRun) -> str:
    return f"operation_run:{run.pk}"
