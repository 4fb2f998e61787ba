"""How long to wait before asking Graph again, and the pace writes keep to."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol

ATTEMPTS = 5
# A provider that asks for more patience than this gets an error instead of a sleeping worker.
LONGEST_WAIT = 120.0
_FIRST_BACKOFF = 1.0
_LONGEST_BACKOFF = 30.0


class Pacer(Protocol):
    """Spaces the writes of all workers to one tenant."""

    def wait_turn(self, workload: str) -> float:
        """Return when the next write may go out, with the seconds that took."""
        ...

    def hold_off(self, workload: str, seconds: float) -> None: ...


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
