"""How the states of operation runs look."""

from operations.liveness import Liveness
from operations.models import RunOutcome, RunStatus
from tenants.web.badges import StateLook, Tone

STATES: tuple[StateLook, ...] = (
    (RunStatus.QUEUED, Tone.NEUTRAL, "hourglass", "It waits for a worker."),
    (RunStatus.RUNNING, Tone.PROGRESS, "arrow-repeat", "A worker took it up."),
    (RunStatus.COMPLETED, Tone.NEUTRAL, "flag", "It ended; its outcome says how."),
    (RunOutcome.PENDING, Tone.NEUTRAL, "hourglass", "It has not ended."),
    (RunOutcome.SUCCEEDED, Tone.INFO, "flag", "The work went through to its end."),
    (
        RunOutcome.PARTIALLY_SUCCEEDED,
        Tone.CAUTION,
        "circle-half",
        "It ended; part of the work was not done, or is left for people to look at.",
    ),
    (RunOutcome.FAILED, Tone.DANGER, "x-octagon", "The work was not done."),
    (RunOutcome.BLOCKED, Tone.DANGER, "slash-circle", "A condition for the work was not met."),
    (RunOutcome.CANCELLED, Tone.NEUTRAL, "x-circle", "A person stopped it."),
    (Liveness.UNSENT, Tone.CAUTION, "plug"),
    (Liveness.WAITING, Tone.NEUTRAL, "hourglass"),
    (Liveness.SCHEDULED, Tone.NEUTRAL, "calendar-event"),
    (Liveness.PAUSED, Tone.NEUTRAL, "pause-circle"),
    (Liveness.RESUMING, Tone.NEUTRAL, "hourglass"),
    (Liveness.LIVE, Tone.PROGRESS, "activity"),
    (Liveness.SLOW, Tone.CAUTION, "hourglass-split"),
    (Liveness.STALE, Tone.CAUTION, "exclamation-triangle"),
    (Liveness.ABANDONED, Tone.DANGER, "x-octagon"),
    (Liveness.ENDED, Tone.NEUTRAL, "flag"),
)
