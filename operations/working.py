"""A worker's way through a run: it ends the run whatever happens, and says why plainly."""

import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError

from operations import lifecycle
from operations.lifecycle import Lease, LeaseLostError
from operations.liveness import lease_length
from operations.models import RunOutcome
from tenants.clock import database_now

logger = structlog.stdlib.get_logger(__name__)

# Seconds at most between two renewals while a worker waits; a short lease is renewed more often.
_RENEW_EVERY = 5.0
_RENEWALS_IN_A_LEASE = 4


class WorkFailedError(Exception):
    """The work cannot be done; the message is shown to people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class WorkCancelledError(Exception):
    """The work was cancelled, and stopped before it left anything behind."""


def _nothing_to_settle(reason: str) -> None:
    """What most work leaves behind when it ends early."""


@contextmanager
def carried_out(
    lease: Lease,
    *,
    unexpected: str,
    cancelled: str = "",
    settle: Callable[[str], None] = _nothing_to_settle,
) -> Iterator[None]:
    """End the run when the work inside fails or is cancelled.

    Who lost the lease or the database just stops: the run goes on with another worker.

    `settle` hears the reason first, so that the domain's own rows end with the run. The other two
    are sentences for people: after an unforeseen error, and after a cancellation.
    """
    try:
        yield
    except LeaseLostError:
        # Whoever took the run over settles and ends it.
        logger.warning("lease_lost", run_id=str(lease.run_id))
    except (OperationalError, InterfaceError) as error:
        # The database went away, which says nothing of the work: what is on record stands, and
        # the run is taken up from there once its lease has run out.
        logger.warning("database_lost", run_id=str(lease.run_id), error=type(error).__name__)
    except WorkCancelledError:
        settle(cancelled)
        _end(lease, RunOutcome.CANCELLED)
    except WorkFailedError as error:
        settle(str(error))
        _end(lease, RunOutcome.FAILED, code=error.code, message=str(error))
    except Exception as error:  # noqa: BLE001 -- whatever it was, the run has to end
        # Its message may quote a policy: the log gets its type and the place alone.
        place = traceback.extract_tb(error.__traceback__)[-1]
        logger.error(  # noqa: TRY400 -- a traceback's message could hold a payload
            "work_failed",
            run_id=str(lease.run_id),
            error=type(error).__name__,
            place=f"{place.filename}:{place.lineno}",
        )
        settle(unexpected)
        _end(lease, RunOutcome.FAILED, code="unexpected_error", message=unexpected)


def heed_cancellation(lease: Lease) -> None:
    """Stop here when the run is to be cancelled."""
    if lifecycle.is_cancel_requested(lease=lease):
        raise WorkCancelledError


def sleep_with_lease(
    lease: Lease,
    *,
    clock: Callable[[], datetime] = database_now,
    sleep: Callable[[float], None] = time.sleep,
) -> Callable[[float], None]:
    """A way to wait, for as long as a provider asks, without letting the lease run out.

    Who has lost the lease does not get past it, not even after waiting for nothing.
    """
    every = min(_RENEW_EVERY, lease_length().total_seconds() / _RENEWALS_IN_A_LEASE)

    def wait(seconds: float) -> None:
        lifecycle.renew(lease=lease, now=clock())
        while seconds > 0:
            sleep(min(seconds, every))
            lifecycle.renew(lease=lease, now=clock())
            seconds -= every

    return wait


def lease_renewal(
    lease: Lease, *, clock: Callable[[], datetime] = database_now
) -> Callable[[], None]:
    """What to call before each step of unknown length, as a request to a provider.

    It renews the lease once a part of it has gone by, so that a step may last for the rest; who
    has lost it hears it here.
    """
    every = lease_length() / _RENEWALS_IN_A_LEASE
    renewed_at: datetime | None = None

    def hold() -> None:
        nonlocal renewed_at
        now = clock()
        if renewed_at is None or now - renewed_at >= every:
            lifecycle.renew(lease=lease, now=now)
            renewed_at = now

    return hold


def longest_step() -> timedelta:
    """How long a worker may be silent between two calls of what `holding` gave it."""
    return lease_length() * (1 - 1 / _RENEWALS_IN_A_LEASE)


def _end(lease: Lease, outcome: RunOutcome, *, code: str = "", message: str = "") -> None:
    with suppress(LeaseLostError):
        lifecycle.end(
            lease=lease,
            outcome=outcome,
            counts={},
            now=database_now(),
            failure_code=code,
            failure_message=message,
        )
