"""What the pages show, each as one frozen object read in a fixed number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from uuid import UUID

from django.db import models
from django.http import Http404

from operations.continuation import FollowUp, continuation_of
from operations.lifecycle import may_cancel
from operations.liveness import Liveness, liveness_of
from operations.models import (
    COUNT_KEYS,
    Notification,
    NotificationQuerySet,
    OperationRun,
    OperationRunQuerySet,
)
from operations.notifications import plain_headline
from tenants.capabilities import Capability
from tenants.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """A run as one viewer sees it at one moment."""

    run: OperationRun
    now: datetime
    follow_up: FollowUp | None
    may_cancel: bool

    @property
    def liveness(self) -> Liveness:
        return liveness_of(self.run, self.now)

    @property
    def told(self) -> FollowUp | None:
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
        return self.told.headline if self.told else plain_headline(self.run)

    @property
    def is_cancellable(self) -> bool:
        return self.run.is_live and not self.run.is_cancelling

    @property
    def cancel_denial(self) -> str:
        return f"Only who started it may cancel it. {Capability.MANAGE_RESTORES.denial}"

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
            ("Ended", run.ended_at),
            ("Duration", _in_words(run)),
            ("Attempts", str(run.attempts)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationLine:
    """A notice, with what its run means today."""

    notification: Notification
    follow_up: FollowUp | None

    @property
    def told(self) -> FollowUp | None:
        """The follow-up truth, where there is one and the reader may know it."""
        if self.follow_up is None or self.follow_up.concealed:
            return None
        return self.follow_up

    @property
    def state(self) -> Enum:
        told = self.told
        return told.state if told and told.state else self.notification.run.outcome_member


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
    )


def visible_run(*, user: User, run_id: UUID) -> OperationRun:
    runs = OperationRun.objects.visible_to(user).select_related("tenant__workspace", "initiator")
    run = runs.filter(pk=run_id).first()
    if run is None:
        raise Http404
    return run


def notifications_for(user: User) -> NotificationQuerySet:
    return (
        Notification.objects.addressed_to(user)
        .select_related("tenant", "run")
        .order_by("-created_at", "-id")
        .fetch_mode(models.FETCH_RAISE)
    )


def lines_of(notifications: Iterable[Notification], viewer: User) -> tuple[NotificationLine, ...]:
    """The notices of one page; each kind of work is asked once for all of its runs."""
    shown = list(notifications)
    by_kind: dict[str, list[OperationRun]] = {}
    for notification in shown:
        by_kind.setdefault(notification.run.kind, []).append(notification.run)
    told: dict[UUID, FollowUp] = {}
    for runs in by_kind.values():
        if continuation := continuation_of(runs[0]):
            told |= continuation.follow_ups(runs, viewer)
    return tuple(
        NotificationLine(notification=notification, follow_up=told.get(notification.run_id))
        for notification in shown
    )


def _in_words(run: OperationRun) -> str:
    if run.duration is None:
        return ""
    seconds = round(run.duration.total_seconds())
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    parts = ((hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{value} {unit}" for value, unit in parts if value) or "under a second"
