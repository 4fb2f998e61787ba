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

    WAITING = "waiting", "Waiting for a worker"
    LIVE = "live", "Working"
    SLOW = "slow", "Slow"
    STALE = "stale", "Worker silent"
    ABANDONED = "abandoned", "Abandoned"
    ENDED = "ended", "Ended"

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_SENTENCES = {
    Liveness.WAITING: "Nobody has started it yet. It starts when a worker is free.",
    Liveness.LIVE: "A worker is on it and reports regularly.",
    Liveness.SLOW: "The worker has been quiet for longer than usual; it still holds the run.",
    Liveness.STALE: "The worker stopped reporting. Another worker takes the run over.",
    Liveness.ABANDONED: "No worker finished it. It is about to be ended as failed.",
    Liveness.ENDED: "Nobody works on it any more.",
}


def lease_length() -> timedelta:
    return timedelta(seconds=settings.OPERATION_LEASE_SECONDS)


def liveness_of(run: OperationRun, now: datetime) -> Liveness:
    if run.status == RunStatus.COMPLETED:
        return Liveness.ENDED
    if run.status == RunStatus.QUEUED:
        return Liveness.WAITING
    heard_at = run.heartbeat_at or run.started_at or run.queued_at
    silence = now - heard_at
    if run.lease_expires_at is not None and run.lease_expires_at > now:
        return Liveness.SLOW if silence > lease_length() * SLOW_SHARE else Liveness.LIVE
    if run.attempts >= MAX_ATTEMPTS or silence > lease_length() * ABANDONED_LEASES:
        return Liveness.ABANDONED
    return Liveness.STALE
