"""What the pages show, each as one frozen object read in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from django.db import models
from django.shortcuts import get_object_or_404

from operations.lifecycle import may_cancel
from operations.liveness import Liveness, liveness_of, progress_label
from operations.models import (
    COUNT_KEYS,
    MAX_ATTEMPTS,
    NoticeKind,
    Notification,
    NotificationQuerySet,
    OperationRun,
    OperationRunQuerySet,
    RunOutcome,
)
from operations.notifications import plain_headline
from operations.processes import Services, ServiceWarning, services_at
from operations.work_kinds import FollowUp, continuation_of, in_flight_of
from tenants.models import User
from tenants.models.capabilities import Capability

_AT_A_SAFE_POINT = "The worker stops at the next point where that is safe."
_IF_SILENT = "If no worker holds it, the next one that takes it up stops there."


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """A run as one viewer sees it at one moment."""

    run: OperationRun
    now: datetime
    follow_up: FollowUp | None
    may_cancel: bool
    in_flight: str
    services: Services

    @property
    def warnings(self) -> tuple[ServiceWarning, ...]:
        """What is not at work of all that the run still needs."""
        return self.services.warnings if self.run.is_live else ()

    @property
    def liveness(self) -> Liveness:
        return liveness_of(self.run, self.now)

    @property
    def progress_label(self) -> str:
        return progress_label(self.run, self.liveness)

    @property
    def state(self) -> Enum:
        """The one state of the run: who is at it, or what its owner says that came of it."""
        follow_up = None if self.run.is_live else self.visible_follow_up
        return (follow_up and follow_up.state) or self.work

    @property
    def work(self) -> Enum:
        """Who is at the work, or how the work itself ended."""
        return self.liveness if self.run.is_live else self.run.outcome_member

    @property
    def next_step(self) -> str:
        """What happens by itself, and what is left to people, while the run goes on."""
        if self.run.is_cancelling:
            return f"It is to be cancelled. {self.in_flight or _AT_A_SAFE_POINT} {_IF_SILENT}"
        return self.services.next_step(self.liveness)

    @property
    def visible_follow_up(self) -> FollowUp | None:
        """The follow-up truth, where there is one and the viewer may know it."""
        if self.follow_up is None or self.follow_up.concealed:
            return None
        return self.follow_up

    @property
    def concealed_sentence(self) -> str:
        if self.follow_up is None or not self.follow_up.concealed:
            return ""
        return self.follow_up.sentence

    @property
    def headline(self) -> str:
        if self.visible_follow_up and not self.liveness.is_unattended:
            return self.visible_follow_up.headline
        if self.run.is_live:
            # What the owner says of a run under way assumes that a worker is on it.
            return f"{self.run.title} {self.liveness.predicate}"
        return plain_headline(self.run)

    @property
    def failure_title(self) -> str:
        """A reason may stand beside work that was done in part, or even in whole."""
        has_failed = self.run.outcome_member is RunOutcome.FAILED
        return "Why it failed" if has_failed else "Why it ended early"

    @property
    def is_cancellable(self) -> bool:
        return self.run.is_live and not self.run.is_cancelling

    @property
    def cancel_denial(self) -> str:
        return f"Only who started it may cancel it. {Capability.MANAGE_RESTORES.denial}"

    @property
    def cancel_sentence(self) -> str:
        """What cancelling it does, shown before it is confirmed."""
        if self.run.is_running:
            return (
                f"{self.in_flight or _AT_A_SAFE_POINT} "
                "What is done by then stays as it is: nothing is undone."
            )
        return "No worker has started it, so it ends at once and nothing is done."

    @property
    def cancel_obstacle(self) -> str:
        """Why there is nothing to cancel; empty when there is."""
        if self.run.is_cancelling:
            return "Cancellation was requested already. The worker stops where that is safe."
        return "" if self.run.is_live else "The run has already ended."

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """What the run counted, zeros left out except for the whole."""
        counted = self.run.summary_counts
        return tuple(
            (key.replace("_", " ").capitalize(), counted[key])
            for key in COUNT_KEYS
            if key in counted and (counted[key] or key == "items")
        )

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        run = self.run
        return (
            ("Kind", run.kind_label),
            ("Tenant", run.tenant.name),
            ("Started by", str(run.initiator) if run.initiator else "A former member"),
            ("Queued", run.queued_at),
            ("Started", run.started_at),
            ("Last heartbeat", run.heartbeat_at),
            ("Ended", run.ended_at),
            ("Duration", self._duration),
            ("Attempts", f"{run.attempts} of at most {MAX_ATTEMPTS}"),
        )

    @property
    def _duration(self) -> str:
        if self.run.duration is not None:
            return _in_words(self.run.duration)
        if self.run.started_at is None:
            return ""
        return f"{_in_words(self.now - self.run.started_at)} so far"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationLine:
    """A notice, with what its run means today."""

    notification: Notification
    follow_up: FollowUp | None

    @property
    def visible_follow_up(self) -> FollowUp | None:
        """The follow-up truth, where there is one and the reader may know it."""
        if self.follow_up is None or self.follow_up.concealed:
            return None
        return self.follow_up

    @property
    def state(self) -> Enum | None:
        """How its run stands; a notice about an approval speaks of another matter."""
        if self.notification.kind == NoticeKind.APPROVAL:
            return None
        follow_up = self.visible_follow_up
        return (follow_up and follow_up.state) or self.notification.run.outcome_member


def runs_for(user: User) -> OperationRunQuerySet:
    """The runs of the list; a row that would ask for more fails instead of querying again."""
    return (
        OperationRun.objects.visible_to(user)
        .select_related("tenant", "initiator")
        .newest_first()
        .fetch_mode(models.FETCH_RAISE)
    )


def run_page(*, user: User, run_id: UUID, now: datetime) -> RunPage:
    run = visible_run(user=user, run_id=run_id)
    continuation = continuation_of(run)
    return RunPage(
        run=run,
        now=now,
        follow_up=continuation.follow_up(run, user) if continuation else None,
        may_cancel=may_cancel(actor=user, run=run),
        in_flight=in_flight_of(run),
        services=services_at(now),
    )


def visible_run(*, user: User, run_id: UUID) -> OperationRun:
    runs = OperationRun.objects.visible_to(user).select_related("tenant__workspace", "initiator")
    return get_object_or_404(runs, pk=run_id)


def notifications_for(user: User) -> NotificationQuerySet:
    return (
        Notification.objects.addressed_to(user)
        .select_related("tenant", "run")
        .order_by("-created_at", "-id")
        .fetch_mode(models.FETCH_RAISE)
    )


def lines_of(notifications: Iterable[Notification], viewer: User) -> tuple[NotificationLine, ...]:
    """The notices of one page, with what their runs mean today."""
    shown = list(notifications)
    follow_ups = follow_ups_of([notification.run for notification in shown], viewer)
    return tuple(
        NotificationLine(notification=notification, follow_up=follow_ups.get(notification.run_id))
        for notification in shown
    )


def follow_ups_of(runs: Iterable[OperationRun], viewer: User) -> dict[UUID, FollowUp]:
    """What the runs of one page mean; each kind of work is asked once for all of its runs."""
    by_kind: dict[str, list[OperationRun]] = {}
    for run in runs:
        by_kind.setdefault(run.kind, []).append(run)
    found: dict[UUID, FollowUp] = {}
    for of_kind in by_kind.values():
        if continuation := continuation_of(of_kind[0]):
            found |= continuation.follow_ups(of_kind, viewer)
    return found


def _in_words(lasted: timedelta) -> str:
    seconds = round(lasted.total_seconds())
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "under a second"
