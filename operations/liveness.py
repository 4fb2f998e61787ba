"""Whether a worker is still on a run, by its lease and its last heartbeat."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from operations.models import MAX_ATTEMPTS, OperationRun, RunStatus

# A silence of a third of the lease is unusual, but the worker may still come back in time.
SLOW_SHARE = 1 / 3
# So many leases without a heartbeat: the reconciler itself is not at work.
ABANDONED_LEASES = 10


class Liveness(models.TextChoices):
    """Whether a worker is working on a run right now."""

    UNSENT = "unsent", "Waiting for the queue"
    WAITING = "waiting", "Waiting for a worker"
    SCHEDULED = "scheduled", "Scheduled"
    PAUSED = "paused", "Paused"
    RESUMING = "resuming", "Waiting to go on"
    LIVE = "live", "Working"
    SLOW = "slow", "Slow"
    STALE = "stale", "Worker silent"
    ABANDONED = "abandoned", "Abandoned"
    ENDED = "ended", "Ended"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]

    @property
    def predicate(self) -> str:
        """What follows the title of a run in this state, to make a sentence."""
        return _PREDICATES[self]

    @property
    def until(self) -> str:
        """What comes before the time until which it is put off; empty where it is not."""
        return _UNTIL.get(self, "")

    @property
    def is_attended(self) -> bool:
        """Whether a worker holds it, so that its note on progress is about what goes on now."""
        return self in (Liveness.LIVE, Liveness.SLOW)

    @property
    def is_unattended(self) -> bool:
        """Whether no worker is on it, for another reason than that none is free yet."""
        return self in _UNATTENDED

    @property
    def needs_recovery(self) -> bool:
        """Whether what happens by itself is the recovery's to do."""
        return self in _NEEDS_RECOVERY

    @property
    def needs_worker(self) -> bool:
        """Whether what happens by itself is that a worker starts it."""
        return self in (Liveness.WAITING, Liveness.RESUMING)

    @property
    def next_step(self) -> str:
        """What happens by itself, and what is left to people, as long as the processes run."""
        return _NEXT_STEPS[self]


_SENTENCES = {
    Liveness.UNSENT: "The queue could not be reached, so no worker knows of it yet.",
    Liveness.WAITING: "It stands in the queue, and no worker has started it yet.",
    Liveness.SCHEDULED: "It starts at the time that was set for it, and not before.",
    Liveness.PAUSED: "It was put aside until a later time, and no worker is held up meanwhile.",
    Liveness.RESUMING: "It was paused, and goes on as soon as a worker takes it up.",
    Liveness.LIVE: "A worker is on it and reports regularly.",
    Liveness.SLOW: "The worker has been quiet for longer than usual; it still holds the run.",
    Liveness.STALE: "The worker stopped reporting and no longer holds the run.",
    Liveness.ABANDONED: "No worker finished it, and none holds it.",
    Liveness.ENDED: "No worker is on it any more.",
}
_UNATTENDED = frozenset({Liveness.UNSENT, Liveness.STALE, Liveness.ABANDONED})
_NEEDS_RECOVERY = frozenset(
    {
        Liveness.UNSENT,
        Liveness.SCHEDULED,
        Liveness.PAUSED,
        Liveness.RESUMING,
        Liveness.STALE,
        Liveness.ABANDONED,
    }
)
_UNTIL = {Liveness.SCHEDULED: "It starts", Liveness.PAUSED: "Paused until"}
_PREDICATES = {
    Liveness.UNSENT: "waits for the queue",
    Liveness.WAITING: "waits for a worker",
    Liveness.SCHEDULED: "waits for its time",
    Liveness.PAUSED: "is paused",
    Liveness.RESUMING: "waits to go on",
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
    Liveness.RESUMING: (
        "It goes on by itself. If that takes long, tell whoever runs this installation that no "
        "worker takes it."
    ),
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


def progress_label(run: OperationRun, liveness: Liveness) -> str:
    """What the progress is of; the note of a worker that is gone is about earlier work."""
    return (run.progress_note if liveness.is_attended else "") or "Progress"


def liveness_of(run: OperationRun, now: datetime) -> Liveness:
    if run.status == RunStatus.COMPLETED:
        return Liveness.ENDED
    is_put_off = run.waits_until is not None and run.waits_until > now
    if run.is_paused:
        return Liveness.PAUSED if is_put_off else Liveness.RESUMING
    if run.status == RunStatus.QUEUED:
        return Liveness.SCHEDULED if is_put_off else _in_the_queue(run)
    heard_at = run.heartbeat_at or run.started_at or run.queued_at
    silence = now - heard_at
    if run.lease_expires_at is not None and run.lease_expires_at > now:
        return Liveness.SLOW if silence > lease_length() * SLOW_SHARE else Liveness.LIVE
    if run.attempts >= MAX_ATTEMPTS or silence > lease_length() * ABANDONED_LEASES:
        return Liveness.ABANDONED
    return Liveness.STALE


def _in_the_queue(run: OperationRun) -> Liveness:
    return Liveness.WAITING if run.is_sent else Liveness.UNSENT
