"""When a run waits without its worker, and for how long: Graph asked for it, or is out."""

from datetime import datetime, timedelta

from restore_safety.execution import journal
from restore_safety.models import RestoreRun
from restore_safety.truth.attention import ReasonCode
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.throttling import LONGEST_WAIT

# Between two attempts in an outage: a tenth of the time without progress, within these.
SHORTEST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(minutes=10)
# A run that comes no further for longer than this ends, and says what remains.
LONGEST_PATIENCE = timedelta(hours=24)
_OUTAGE_NOTES = {
    ErrorKind.THROTTLED: "Microsoft Graph keeps refusing requests for now.",
    ErrorKind.UNREACHABLE: "Microsoft Graph could not be reached.",
}


class RunPausedError(Exception):
    """The run waits without its worker until then; `reason` is why, should it be for too long."""

    def __init__(
        self, until: datetime, note: str, *, reason: ReasonCode = ReasonCode.THROTTLED
    ) -> None:
        super().__init__(note)
        self.until = until
        self.note = note
        self.reason = reason


def is_long_wait(error: GraphError) -> bool:
    """Whether the provider asks for more patience than a worker has."""
    return error.kind is ErrorKind.THROTTLED and (error.retry_after or 0) > LONGEST_WAIT


def is_service_out(error: GraphError) -> bool:
    """Whether the service is out for every request, and surely did nothing with this one.

    No connection came about, or several writes in a row were refused for now. What may have been
    applied, as after a 503, is not meant: it has to be read back.
    """
    if error.kind is ErrorKind.UNREACHABLE:
        return not error.was_sent
    return error.kind is ErrorKind.THROTTLED and error.is_outage


def pause_for(error: GraphError | None, *, run: RestoreRun, now: datetime) -> None:
    """Let the run wait without its worker where the provider asks for that long or is out."""
    if error is None:
        return
    if is_long_wait(error):
        until = now + timedelta(seconds=error.retry_after or 0)
        raise RunPausedError(until, "Microsoft Graph asked to send nothing until then.")
    if is_service_out(error):
        raise outage_pause(error.kind, run=run, now=now)


def outage_pause(kind: ErrorKind, *, run: RestoreRun, now: datetime) -> RunPausedError:
    """The pause of a run to which the service answers in this way and no other."""
    return RunPausedError(
        now + _outage_pause(run, now),
        _OUTAGE_NOTES[kind],
        reason=(
            ReasonCode.THROTTLED if kind is ErrorKind.THROTTLED else ReasonCode.PROVIDER_UNREACHABLE
        ),
    )


def has_patience(run: RestoreRun, *, until: datetime) -> bool:
    """Whether the run may wait until then: it came further within the longest patience."""
    since = _came_further_at(run)
    return since is None or until - since <= LONGEST_PATIENCE


def _outage_pause(run: RestoreRun, now: datetime) -> timedelta:
    since = _came_further_at(run) or now
    return min(max((now - since) / 10, SHORTEST_PAUSE), LONGEST_PAUSE)


def _came_further_at(run: RestoreRun) -> datetime | None:
    return journal.last_progress(run) or run.operation_run.started_at
