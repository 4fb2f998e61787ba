"""Which workers and recoveries are at work: each reports, and pages say when one is silent."""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Thread

import structlog
from django.db import Error, connection

from operations.liveness import Liveness
from operations.models import TEXT_LENGTH, ProcessRole, ServiceProcess
from tenants.clock import database_now, is_off, own_offset, sentence_of

logger = structlog.stdlib.get_logger(__name__)

REPORT_SECONDS = 15.0
# Eight reports missed: by then it is gone, or the database does not answer it.
SILENT_AFTER = timedelta(minutes=2)
# One that ended for good is remembered so long, to say since when it is missed.
_REMEMBERED = timedelta(days=1)
_MOST = 100

_TELL = "Tell whoever runs this installation."


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceWarning:
    """What is not at work, since when, and what that means for what waits."""

    title: str
    since: datetime | None
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Who reported last in each role, and whose clocks are off, at one moment."""

    now: datetime
    last_seen: Mapping[ProcessRole, datetime]
    clocks_off: tuple[timedelta, ...] = ()

    def is_silent(self, role: ProcessRole) -> bool:
        seen_at = self.last_seen.get(role)
        return seen_at is None or self.now - seen_at > SILENT_AFTER

    @property
    def warnings(self) -> tuple[ServiceWarning, ...]:
        """What whoever waits for work has to know, the gravest first."""
        return (*self._silences(), *self._clocks())

    def next_step(self, liveness: Liveness) -> str:
        """What happens by itself to a run in this state, given the processes that report."""
        if liveness.needs_recovery and self.is_silent(ProcessRole.RECOVERY):
            return f"Nothing happens by itself: no recovery process is at work. {_TELL}"
        if liveness.needs_worker and self.is_silent(ProcessRole.WORKER):
            return f"It does not start by itself: no worker is at work. {_TELL}"
        return liveness.next_step

    def _silences(self) -> tuple[ServiceWarning, ...]:
        said = {
            ProcessRole.WORKER: (
                "No worker has reported lately",
                f"What waits does not start until one runs. {_TELL}",
            ),
            ProcessRole.RECOVERY: (
                "No recovery process has reported lately",
                f"Nothing takes up what lost its worker, was paused or was not sent. {_TELL}",
            ),
        }
        return tuple(
            ServiceWarning(title=title, since=self.last_seen.get(role), sentence=sentence)
            for role, (title, sentence) in said.items()
            if self.is_silent(role)
        )

    def _clocks(self) -> tuple[ServiceWarning, ...]:
        return tuple(
            ServiceWarning(
                title=f"The clock of a worker is {sentence_of(ahead)}",
                since=None,
                sentence=f"It is given no work until its clock is right. {_TELL}",
            )
            for ahead in self.clocks_off
        )


def services_at(now: datetime) -> Services:
    """What the processes of this installation reported, in one query."""
    reported = ServiceProcess.objects.order_by("-seen_at", "-pk")[:_MOST]
    last_seen: dict[ProcessRole, datetime] = {}
    clocks_off: list[timedelta] = []
    for process in reported:
        last_seen.setdefault(ProcessRole(process.role), process.seen_at)
        is_at_work = now - process.seen_at <= SILENT_AFTER
        if is_at_work and process.role == ProcessRole.WORKER and is_off(process.clock_ahead):
            clocks_off.append(process.clock_ahead)
    return Services(now=now, last_seen=last_seen, clocks_off=tuple(clocks_off))


def report(*, role: ProcessRole, started_at: datetime) -> None:
    """Put on record that this process is at work, and how far its machine's clock is off."""
    now = database_now()
    ServiceProcess.objects.update_or_create(
        role=role,
        host=socket.gethostname()[:TEXT_LENGTH],
        pid=os.getpid(),
        defaults={"started_at": started_at, "seen_at": now, "clock_ahead": own_offset()},
    )


def forget_the_gone(*, now: datetime) -> None:
    """Remove processes that have not reported for so long that it no longer matters."""
    ServiceProcess.objects.filter(seen_at__lt=now - _REMEMBERED).delete()


def is_at_work_here(role: ProcessRole) -> bool:
    """Whether a process of the role reported lately from this machine."""
    return ServiceProcess.objects.filter(
        role=role,
        host=socket.gethostname()[:TEXT_LENGTH],
        seen_at__gte=database_now() - SILENT_AFTER,
    ).exists()


def report_as_worker(**_more: object) -> None:
    """Receive that a worker of the queue has come up."""
    Pulse(ProcessRole.WORKER).start()


class Pulse(Thread):
    """Reports for a worker from beside its work, for as long as the worker lives.

    Of a thread of its own, so that neither a long task nor a queue that hangs keeps it from
    reporting. It closes its connection each time: the worker forks, and no child may share it.
    """

    def __init__(self, role: ProcessRole) -> None:
        super().__init__(name="pulse", daemon=True)
        self._role = role
        self._started_at: datetime | None = None

    def run(self) -> None:
        while True:
            self.beat()
            time.sleep(REPORT_SECONDS)

    def beat(self) -> None:
        try:
            self._started_at = self._started_at or database_now()
            report(role=self._role, started_at=self._started_at)
        except Error as error:
            logger.warning("report_failed", role=self._role, error=type(error).__name__)
        finally:
            connection.close()
