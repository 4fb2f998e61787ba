"""Whether anybody is still working on a run: told by its lease and its last heartbeat."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from operations.models import MAX_ATTEMPTS, OperationRun, RunStatus

# A silence of a third of the lease is unusual, but the worker may still come back in time.
SLOW_SHARE = 1 / 3
# So many leases without a heartbeat: the reconciler itself is not at work.
ABANDONED_LEASES = 10


class Liveness(models.TextChoices):
    """Whether anybody is working on a run right now."""

    UNSENT = "unsent", "Waiting for the queue"
    WAITING = "waiting", "Waiting for a worker"
    SCHEDULED = "scheduled", "Scheduled"
    PAUSED = "paused", "Paused"
    LIVE = "live", "Working"
    SLOW = "slow", "Slow"
    STALE = "stale", "Worker silent"
    ABANDONED = "abandoned", "Abandoned"
    ENDED = "ended", "Ended"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]

    @property
    def standing(self) -> str:
        """What is said of a run that stands like this, after its title."""
        return _STANDINGS[self]

    @property
    def is_unattended(self) -> bool:
        """Whether nobody is on it and nobody was simply not yet free for it."""
        return self in _UNATTENDED

    @property
    def needs_recovery(self) -> bool:
        """Whether what happens by itself is the recovery's to do."""
        return self in _NEEDS_RECOVERY

    @property
    def needs_worker(self) -> bool:
        """Whether what happens by itself is that a worker starts it."""
        return self is Liveness.WAITING

    @property
    def next_step(self) -> str:
        """What happens by itself, and what is left to people, as long as the processes run."""
        return _NEXT_STEPS[self]


_SENTENCES = {
    Liveness.UNSENT: "The queue could not be reached, so no worker knows of it yet.",
    Liveness.WAITING: "It stands in the queue, and no worker has started it yet.",
    Liveness.SCHEDULED: "It starts at the time that was set for it, and not before.",
    Liveness.PAUSED: "It was put aside until a later time, and no worker is held up meanwhile.",
    Liveness.LIVE: "A worker is on it and reports regularly.",
    Liveness.SLOW: "The worker has been quiet for longer than usual; it still holds the run.",
    Liveness.STALE: "The worker stopped reporting and no longer holds the run.",
    Liveness.ABANDONED: "No worker finished it, and none holds it.",
    Liveness.ENDED: "Nobody works on it any more.",
}
_UNATTENDED = frozenset({Liveness.UNSENT, Liveness.STALE, Liveness.ABANDONED})
_NEEDS_RECOVERY = frozenset(
    {
        Liveness.UNSENT,
        Liveness.SCHEDULED,
        Liveness.PAUSED,
        Liveness.STALE,
        Liveness.ABANDONED,
    }
)
_STANDINGS = {
    Liveness.UNSENT: "waits for the queue",
    Liveness.WAITING: "waits for a worker",
    Liveness.SCHEDULED: "waits for its time",
    Liveness.PAUSED: "is paused",
    Liveness.LIVE: "is running",
    Liveness.SLOW: "is running slowly",
    Liveness.STALE: "has lost its worker",
    Liveness.ABANDONED: "was not finished by any worker",
    Liveness.ENDED: "has ended",
}
_NEXT_STEPS = {
    Liveness.UNSENT: (
        "Nothing is lost: it is sent as soon as the queue answers. "
        "If that takes long, tell whoever runs this installation."
    ),
    Liveness.WAITING: (
        "It starts by itself when a worker is free. "
        "If that takes long, tell whoever runs this installation that no worker takes it."
    ),
    Liveness.SCHEDULED: "It starts by itself when its time has come.",
    Liveness.PAUSED: "It goes on by itself when its time has come. Cancel it to end it now.",
    Liveness.LIVE: "Nothing to do but wait for its end.",
    Liveness.SLOW: (
        "Wait: the worker goes on, or another one takes the run over. Do not start it again."
    ),
    Liveness.STALE: (
        "Another worker takes it over and goes on from what is on record. Do not start it again."
    ),
    Liveness.ABANDONED: (
        "It is ended or taken up by itself, and then says what was done until then. "
        "If it does not within a few minutes, tell whoever runs this installation."
    ),
    Liveness.ENDED: "What came of it is on its page.",
}


def lease_length() -> timedelta:
    return timedelta(seconds=settings.OPERATION_LEASE_SECONDS)


def liveness_of(run: OperationRun, now: datetime) -> Liveness:
    if run.status == RunStatus.COMPLETED:
        return Liveness.ENDED
    if run.waits_until is not None and run.waits_until > now:
        return Liveness.PAUSED if run.is_running else Liveness.SCHEDULED
    if run.status == RunStatus.QUEUED or run.is_paused:
        return Liveness.WAITING if run.is_sent else Liveness.UNSENT
    heard_at = run.heartbeat_at or run.started_at or run.queued_at
    silence = now - heard_at
    if run.lease_expires_at is not None and run.lease_expires_at > now:
        return Liveness.SLOW if silence > lease_length() * SLOW_SHARE else Liveness.LIVE
    if run.attempts >= MAX_ATTEMPTS or silence > lease_length() * ABANDONED_LEASES:
        return Liveness.ABANDONED
    return Liveness.STALE
