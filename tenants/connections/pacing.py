"""The pace of one directory, kept in the database so that every worker obeys it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import F
from django.db.models.functions import Now

from tenants.graph.clouds import Cloud, ReadBudget, endpoints
from tenants.graph.errors import LongWaitError
from tenants.graph.throttling import LONGEST_HOLD, LONGEST_WAIT, OUTAGE_AFTER, pause_after
from tenants.models import ProviderConnection, ProviderPace

_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
_MOMENTS = ("next_free_at", "held_until", "reads_free_at", "reads_held_until")
# Two batches: what a worker takes of a budget that is far from its end, with one statement.
_READS_TAKEN = 40
_WITHOUT_LIMIT = 1_000_000
# A worker hears of another's wait after this long at the latest.
_READS_KEPT = 1.0


@dataclass(frozen=True, slots=True)
class _Moment:
    """A pace as it stands, by the clock of the database: those of two workers may differ."""

    pace: ProviderPace
    now: datetime


@dataclass(slots=True)
class _Allowance:
    """Reads that were taken and not used yet; what is not used in time is lost."""

    left: int
    until: float

    def covers(self, count: int, now: float) -> bool:
        return self.left >= count and now < self.until


class DatabasePacer:
    """Gives each write of a workload its turn, and reads what they may take of its budget.

    Both are taken by compare-and-set: never inside a transaction, or the others would wait for its
    end. Reads are allowed several at a time, so that a long list costs no statement for each.
    """

    def __init__(
        self,
        connection: ProviderConnection,
        *,
        sleep: Callable[[float], None] = time.sleep,
        longest_wait: float = LONGEST_WAIT,
        clock: Callable[[], float] = time.monotonic,
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
        self._longest_wait = longest_wait
        self._clock = clock
        self._allowed: dict[str, _Allowance] = {}
        self._sat_out: dict[str, datetime] = {}

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
            if not seconds or self._held_until(workload) <= turn:
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

    def wait_to_read(self, workload: str, count: int = 1) -> None:
        """Return when so many reads may go out; what they may take is used up.

        Once a wait is over, the wait itself is not repeated for the reads that follow it.
        """
        allowance = self._allowed.get(workload)
        if allowance is None or not allowance.covers(count, self._clock()):
            allowance = self._allowance(workload, count)
            self._allowed[workload] = allowance
        allowance.left -= count

    def hold_off_reads(self, workload: str, seconds: float) -> None:
        """Let nothing of the workload out for so long, as the provider asked of a read."""
        there = self._moment(workload)
        until = there.now + timedelta(seconds=min(seconds, LONGEST_HOLD))
        held = ProviderPace.objects.filter(pk=there.pace.pk, reads_held_until__lt=until)
        held.update(reads_held_until=until)
        self._allowed.pop(workload, None)

    def reads_at_once(self, workload: str) -> int | None:
        """How many reads the provider takes in one batch; None is as many as there are."""
        budget = self._endpoints.read_budget(workload)
        return None if budget is None else budget.at_once

    def _allowance(self, workload: str, count: int) -> "_Allowance":
        """Take the next reads of the workload, for this worker alone and for a moment."""
        budget = self._endpoints.read_budget(workload)
        taken = count if budget is None else max(count, min(budget.at_once, _READS_TAKEN))
        while True:
            there = self._moment(workload)
            held = there.pace.reads_held_until
            turn = there.now
            if held > self._sat_out.get(workload, _LONG_AGO):
                turn = max(turn, held)
            if budget is not None:
                turn = max(turn, _turn_to_read(there, budget, taken))
            seconds = (turn - there.now).total_seconds()
            self._refuse_long(turn, seconds)
            if budget is None or _take_reads(there, budget, taken):
                break
        if seconds:
            self._sleep(seconds)
            self._sat_out[workload] = held
        left = _WITHOUT_LIMIT if budget is None else taken
        return _Allowance(left=left, until=self._clock() + _READS_KEPT)

    def _held_until(self, workload: str) -> datetime:
        pace = self._moment(workload).pace
        return max(pace.held_until, pace.reads_held_until)

    def _refuse_long(self, turn: datetime, seconds: float) -> None:
        if seconds > self._longest_wait:
            raise LongWaitError(seconds=seconds, until=turn)

    def _take_turn(self, workload: str) -> tuple[datetime, float]:
        """Take the next turn: when it is, and how far away that is."""
        apart = timedelta(seconds=self._endpoints.seconds_between_writes(workload))
        while True:
            there = self._moment(workload)
            pace = there.pace
            if pace.failures:
                self._failing.add(workload)
            turn = max(pace.next_free_at, pace.held_until, pace.reads_held_until, there.now)
            seconds = (turn - there.now).total_seconds()
            self._refuse_long(turn, seconds)
            unclaimed = ProviderPace.objects.filter(pk=pace.pk, next_free_at=pace.next_free_at)
            if unclaimed.update(next_free_at=turn + apart):
                return turn, seconds

    def _moment(self, workload: str) -> _Moment:
        paces = ProviderPace.objects.filter(**self._key, workload=workload)
        while (found := paces.annotate(at=Now()).first()) is None:
            ProviderPace.objects.get_or_create(
                **self._key,
                workload=workload,
                defaults=dict.fromkeys(_MOMENTS, _LONG_AGO),
            )
        return _Moment(found, found.at)


def _turn_to_read(there: _Moment, budget: ReadBudget, count: int) -> datetime:
    """When so many may be read: as many as may go at once are allowed before their time."""
    free: datetime = max(getattr(there.pace, _moment_of(budget)), there.now)
    return free + timedelta(seconds=budget.seconds_apart * (count - budget.at_once))


def _take_reads(there: _Moment, budget: ReadBudget, count: int) -> bool:
    """Whether no other worker took them meanwhile."""
    field = _moment_of(budget)
    before = getattr(there.pace, field)
    after = max(before, there.now) + timedelta(seconds=budget.seconds_apart * count)
    unclaimed = ProviderPace.objects.filter(pk=there.pace.pk, **{field: before})
    return bool(unclaimed.update(**{field: after}))


def _moment_of(budget: ReadBudget) -> str:
    return "next_free_at" if budget.is_shared_with_writes else "reads_free_at"
