"""The database's time: the one clock that the processes of an installation share.

Leases, takeover and recovery compare instants that different machines wrote, so none of them may
come from a machine's own clock. The database is asked every few seconds; in between, its time is
carried on with the monotonic clock, which is never set. A reading counts from the arrival of its
answer, so the time given here may lag behind the database's, by as long as the answer took, and
never runs ahead of it. To lag is safe: who lags takes a run over later and holds its own lease for
less. Who ran ahead would take over what is alive.

SQLite is a file on one machine, whose clock is the only one: there the machine's time is the
database's, and nothing is asked.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

# How long a reading is carried on. Clocks of machines drift by less than a millisecond in it.
KEPT_SECONDS = 10.0
# Further off than this, a machine's clock makes its records misleading and its tokens unusable.
TOLERANCE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """What the database answered, and when it was asked and heard by the monotonic clock."""

    database: datetime
    asked_at: float
    heard_at: float

    @property
    def uncertainty(self) -> timedelta:
        return timedelta(seconds=self.heard_at - self.asked_at)

    def carried_on(self, at: float) -> datetime:
        return self.database + timedelta(seconds=at - self.heard_at)


class DatabaseClock:
    """The database's time, and how far the machine's own clock is from it."""

    def __init__(
        self,
        *,
        read: Callable[[], datetime | None],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._monotonic = monotonic
        self._last: _Reading | None = None

    def now(self) -> datetime:
        """Return the database's time, or a little less."""
        last = self._last
        if last is None or self._monotonic() - last.heard_at >= KEPT_SECONDS:
            last = self._asked()
        return timezone.now() if last is None else last.carried_on(self._monotonic())

    def offset(self) -> timedelta:
        """Return how far this machine's clock is ahead of the database's; negative when behind.

        Only what is certain: as long as the answer took, the database's time may have gone on.
        """
        last = self._asked()
        if last is None:
            return timedelta()
        ahead = timezone.now() - last.carried_on(self._monotonic())
        return ahead if ahead < timedelta() else max(ahead - last.uncertainty, timedelta())

    def _asked(self) -> _Reading | None:
        asked_at = self._monotonic()
        database = self._read()
        self._last = (
            None
            if database is None
            else _Reading(database=database, asked_at=asked_at, heard_at=self._monotonic())
        )
        return self._last


def database_time() -> datetime | None:
    """The database's time at this moment, and not at the start of the transaction."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        row = cursor.fetchone()
    now: datetime = row[0]
    return now


_clock = DatabaseClock(read=database_time)


def database_now() -> datetime:
    """Return the database's time, or a little less."""
    return _clock.now()


def own_offset() -> timedelta:
    """Return how far this machine's clock is ahead of the database's; asks the database."""
    return _clock.offset()


def is_off(ahead: timedelta) -> bool:
    """Whether a machine whose clock is so far ahead or behind may do no work."""
    return abs(ahead) > TOLERANCE


def sentence_of(ahead: timedelta) -> str:
    """Say how far a clock is off, for people."""
    seconds = round(abs(ahead).total_seconds())
    return f"{seconds} s {'ahead of' if ahead > timedelta() else 'behind'} the database's"
