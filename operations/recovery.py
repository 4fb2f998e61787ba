"""The process that finds work nobody does: it needs the database, and neither queue nor schedule.

It shares nothing with what it recovers. A worker that is busy or gone, a queue that lost a message
and a database that was away for a while do not end it: the next round finds what is left. Several
may run at once, since sending a run and starting it are claims.
"""

from collections.abc import Callable
from threading import Event

import structlog
from django.db import Error, connection

from operations import lifecycle
from operations.lifecycle import ReconcileReport
from tenants.clock import database_now

logger = structlog.stdlib.get_logger(__name__)


def recover(*, every: float, ended: Event, one_round: Callable[[], object] | None = None) -> None:
    """Go round until the event is set, waiting so many seconds in between."""
    logger.info("recovery_started", every_seconds=every)
    while not ended.is_set():
        (one_round or recover_once)()
        ended.wait(every)
    logger.info("recovery_ended")


def recover_once() -> ReconcileReport | None:
    """Send what waits and end what is hopeless; None when that could not be done at all."""
    try:
        report = lifecycle.reconcile(now=database_now())
    except Error as error:
        logger.warning("database_unavailable", error=type(error).__name__)
    except Exception:
        # It must outlive what nobody foresaw: without it, nothing is ever taken over.
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
