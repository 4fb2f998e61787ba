"""The process that finds work no worker does: it needs the database, neither queue nor schedule.

It shares nothing with what it recovers. A worker that is busy or gone, a queue that lost a message
and a database that was away for a while do not end it: the next round finds what is left. Several
may run at once, since sending a run and starting it are claims.
"""

from datetime import datetime
from threading import Event

import structlog
from django.db import Error, connection

from operations import processes, reconciliation
from operations.models import ProcessRole
from operations.processes import REPORT_SECONDS
from operations.reconciliation import ReconcileReport
from tenants.clock import database_now

logger = structlog.stdlib.get_logger(__name__)


def recover(*, every: float, ended: Event) -> None:
    """Go round until the event is set, waiting so many seconds in between."""
    logger.info("recovery_started", every_seconds=every)
    started_at: datetime | None = None
    while not ended.is_set():
        started_at = _reported(started_at)
        recover_once()
        ended.wait(min(every, REPORT_SECONDS))
    logger.info("recovery_ended")


def recover_once() -> ReconcileReport | None:
    """Send what waits and end what is hopeless; None when that could not be done at all."""
    try:
        report = reconciliation.reconcile(now=database_now())
    except Error as error:
        logger.warning("database_unavailable", error=type(error).__name__)
    except Exception:
        # It must outlive unforeseen errors: without it, nothing is ever taken over.
        logger.exception("recovery_failed")
    else:
        if report != ReconcileReport():
            logger.info(
                "recovery_round",
                dispatched=[str(run) for run in report.dispatched],
                ended=[str(run) for run in report.ended],
                failed=[str(run) for run in report.failed],
            )
        return report
    # Whatever state the connection is in, the next round starts with another one.
    connection.close()
    return None


def _reported(started_at: datetime | None) -> datetime | None:
    """Put on record that the recovery is at work, and since when; None until that is possible."""
    try:
        now = database_now()
        processes.report(role=ProcessRole.RECOVERY, started_at=started_at or now)
        processes.forget_the_gone(now=now)
    except Error as error:
        logger.warning("report_failed", role=ProcessRole.RECOVERY, error=type(error).__name__)
        connection.close()
        return started_at
    return started_at or now
