"""How long to wait before asking Graph again, and the pace reads and writes keep to."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

ATTEMPTS = 5
# A provider that asks for more patience than this gets an error instead of a sleeping worker.
LONGEST_WAIT = 120.0
# No answer keeps a workload off for longer, whatever it asks for.
LONGEST_HOLD = 24 * 3600.0
# So many failures in a row, of all workers together, are no longer those of single writes.
OUTAGE_AFTER = 4
_FIRST_OUTAGE_PAUSE = 1.0
_LONGEST_OUTAGE_PAUSE = 600.0
_FIRST_BACKOFF = 1.0
_LONGEST_BACKOFF = 30.0


# A worker asks for so long, in waits that bring nothing, before it gives a throttled read up.
PATIENCE = 600.0


class ReadPacer(Protocol):
    """Spaces the reads of all workers from one directory."""

    def wait_to_read(self, workload: str, count: int = 1) -> None:
        """Return when so many reads may go out.

        Raises LongWaitError at once when that is further away than LONGEST_WAIT.
        """
        ...

    def hold_off_reads(self, workload: str, seconds: float) -> None:
        """Let nothing of the workload out for so long, as the provider asked of a read."""
        ...

    def reads_at_once(self, workload: str) -> int | None:
        """How many reads the provider takes in one batch; None is as many as there are."""
        ...


class Pacer(ReadPacer, Protocol):
    """Spaces the writes of all workers to one directory too."""

    def wait_turn(self, workload: str) -> float:
        """Return when the next write may go out, with the seconds that took.

        Raises LongWaitError at once when that is further away than LONGEST_WAIT.
        """
        ...

    def hold_off(self, workload: str, seconds: float) -> None:
        """Let no write of the workload out for so long, as the provider asked."""
        ...

    def failed(self, workload: str) -> bool:
        """Count a write the service did not get to; whether it counts as an outage by now."""
        ...

    def answered(self, workload: str) -> None:
        """The service is there: earlier failures are over."""
        ...


def pause_after(failures: int) -> float:
    """The growing pause of a workload after so many failures in a row; none before an outage."""
    if failures < OUTAGE_AFTER:
        return 0.0
    return min(_LONGEST_OUTAGE_PAUSE, _FIRST_OUTAGE_PAUSE * 2.0 ** (failures - OUTAGE_AFTER))


def retry_after_of(value: str | None, *, now: datetime | None = None) -> float | None:
    """The seconds a Retry-After asks for: whole, fractional or as a date; None if it says none."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        return _seconds_until(value, now or datetime.now(UTC))
    # NaN and infinity parse as floats and are no time to wait.
    return max(0.0, seconds) if seconds < float("inf") else None


def wait_before(attempt: int, retry_after: float | None) -> float:
    """What Graph asked for, or a doubling wait with jitter, so that workers do not march in step.

    `attempt` counts from 1, the attempt that has just failed.
    """
    if retry_after is not None:
        return retry_after
    ceiling = min(_LONGEST_BACKOFF, _FIRST_BACKOFF * 2 ** (attempt - 1))
    return random.uniform(ceiling / 2, ceiling)  # noqa: S311 -- jitter, not a secret


def _seconds_until(value: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
