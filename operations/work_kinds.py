"""What the app that owns a kind of work adds to it: how it is sent, what its end means."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Literal, Protocol
from uuid import UUID

from operations.models import OperationRun, RunOutcome
from tenants.models import User

CONCEALED_SENTENCE = (
    "What this run worked on is not open to you. Ask an owner of the tenant if you need it."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """The one thing to do next, and where."""

    label: str
    url: str
    method: Literal["get", "post"] = "get"
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What a run means for people, in the words of the app that owns it."""

    headline: str
    sentence: str
    state: Enum | None = None
    status: Enum | None = None
    cause: Enum | None = None
    next_step: str = ""
    boundary: str = ""
    action: Action | None = None
    others: tuple[Action, ...] = ()
    details: tuple[tuple[str, object], ...] = ()
    url: str | None = None
    concealed: bool = False

    def __post_init__(self) -> None:
        revealing = (self.action, self.others, self.url, self.details, self.status, self.cause)
        if self.concealed and any(revealing):
            raise ValueError("A concealed follow-up carries its sentence and nothing else.")


def concealed_follow_up(sentence: str = CONCEALED_SENTENCE) -> FollowUp:
    """The answer to a viewer who may see that the run exists, not what it worked on."""
    return FollowUp(headline="Details are concealed", sentence=sentence, concealed=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """What a run comes to that no worker finished, as far as its owner can prove it."""

    outcome: RunOutcome = RunOutcome.FAILED
    counts: Mapping[str, int] = field(default_factory=dict)


class Continuation(Protocol):
    """What an app answers for the kinds of runs it registered."""

    def dispatch(self, run: OperationRun) -> None:
        """Send the task that does the work; it may be sent more than once."""

    def follow_up(self, run: OperationRun, viewer: User) -> FollowUp | None:
        """Say what the run means, as far as the viewer may know it; None if there is no more."""
        return None

    def follow_ups(self, runs: Sequence[OperationRun], viewer: User) -> Mapping[UUID, FollowUp]:
        """The same for a page of runs, without their actions, in a fixed number of queries.

        A run with nothing to add has no entry.
        """
        return {}

    def in_flight(self, run: OperationRun) -> str:
        """What is still finished when a running run is asked to stop; "" where that is unknown."""
        return ""

    def notifies(self, run: OperationRun) -> bool:
        """Whether the end of this run is worth a notice to its initiator."""
        return True

    def abandon(self, run_id: UUID, now: datetime) -> Leftover:
        """Settle the domain's own rows of a run that is given up, and say what it came to."""
        return Leftover()

    def withdraw(self, run_id: UUID, now: datetime) -> None:
        """Settle the domain's own rows of a run that was cancelled before a worker started it."""


# The first registration of a kind answers; a second one is an error that the system check reports.
_registered: dict[str, list[Continuation]] = {}


def register(kind: str, continuation: Continuation) -> None:
    _registered.setdefault(kind, []).append(continuation)


def continuation_of(run: OperationRun) -> Continuation | None:
    """The owner of the run's kind, or None when no installed app knows it."""
    owners = _registered.get(run.kind)
    return owners[0] if owners else None


def in_flight_of(run: OperationRun) -> str:
    """What its owner says is still finished when the run is asked to stop, while it runs."""
    continuation = continuation_of(run)
    return continuation.in_flight(run) if continuation and run.is_running else ""


def registrations() -> Mapping[str, list[Continuation]]:
    return _registered
