"""The pace of writes to one directory, kept in the database so that every worker obeys it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F
from django.db.models.functions import Now

from tenants.graph.clouds import Cloud, endpoints
from tenants.graph.errors import LongWaitError
from tenants.graph.throttling import LONGEST_HOLD, LONGEST_WAIT, OUTAGE_AFTER, pause_after
from tenants.models import ProviderConnection, ProviderPace

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A pace as it stands, by the clock of the database: those of two workers may differ."""

    pace: ProviderPace
    now: datetime


class DatabasePacer:
    """Gives each write of a workload its turn; turns are taken by compare-and-set.

    Never call it inside a transaction: the others would wait for its end.
    """

    def __init__(
        self, connection: ProviderConnection, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._key = {
            "cloud": connection.cloud,
            "directory_id": connection.directory_id,
            "client_id": connection.client_id,
        }
        self._sleep = sleep
        self._endpoints = endpoints(Cloud(connection.cloud))
        # Workloads that failed when last looked at: only of them is an answer news.
        self._failing: set[str] = set()

    def wait_turn(self, workload: str) -> float:
        """Return when the next write may go out, with the seconds waited; its turn is used up.

        A turn further away than a worker waits is not taken: LongWaitError says when it would be.
        """
        waited = 0.0
        while True:
            turn, seconds = self._take_turn(workload)
            self._sleep(seconds)
            waited += seconds
            # While it slept, an answer to another worker may have held off everybody.
            if not seconds or self._moment(workload).pace.held_until <= turn:
                return waited

    def hold_off(self, workload: str, seconds: float) -> None:
        """Let no write of the workload out for so long, as the provider asked."""
        there = self._moment(workload)
        until = there.now + timedelta(seconds=min(seconds, LONGEST_HOLD))
        # Only ever later: a second worker's shorter wait does not undo this one.
        ProviderPace.objects.filter(pk=there.pace.pk, held_until__lt=until).update(held_until=until)

    def failed(self, workload: str) -> bool:
        """Count a write the service did not get to; several in a row are an outage.

        In an outage the workload is held off, longer after each further failure. The first answer
        ends it.
        """
        self._failing.add(workload)
        pace = self._moment(workload).pace
        ProviderPace.objects.filter(pk=pace.pk).update(failures=F("failures") + 1)
        failures = pace.failures + 1
        if pause := pause_after(failures):
            self.hold_off(workload, pause)
        return failures >= OUTAGE_AFTER

    def answered(self, workload: str) -> None:
        """The service is there: earlier failures are over."""
        if workload in self._failing:
            self._failing.remove(workload)
            ProviderPace.objects.filter(**self._key, workload=workload).update(failures=0)

    def _take_turn(self, workload: str) -> tuple[datetime, float]:
        """Take the next turn: when it is, and how far away that is."""
        apart = timedelta(seconds=self._endpoints.seconds_between_writes(workload))
        while True:
            there = self._moment(workload)
            pace = there.pace
            if pace.failures:
                self._failing.add(workload)
            turn = max(pace.next_free_at, pace.held_until, there.now)
            seconds = (turn - there.now).total_seconds()
            if seconds > LONGEST_WAIT:
                raise LongWaitError(seconds=seconds, until=turn)
            unclaimed = ProviderPace.objects.filter(pk=pace.pk, next_free_at=pace.next_free_at)
            if unclaimed.update(next_free_at=turn + apart):
                return turn, seconds

    def _moment(self, workload: str) -> _Moment:
        paces = ProviderPace.objects.filter(**self._key, workload=workload)
        while (found := paces.annotate(at=Now()).first()) is None:
            ProviderPace.objects.get_or_create(
                **self._key,
                workload=workload,
                defaults={"next_free_at": _LONG_AGO, "held_until": _LONG_AGO},
            )
        return _Moment(found, found.at)
