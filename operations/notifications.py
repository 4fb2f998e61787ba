"""Notices to the person who started a run: when it waits for people, and when it has ended."""

from datetime import datetime

import structlog
from django.db import transaction

from operations.models import (
    TEXT_LENGTH,
    NoticeKind,
    Notification,
    OperationRun,
    RunOutcome,
    RunStatus,
)
from operations.work_kinds import continuation_of
from tenants.audit import trail
from tenants.models import User

logger = structlog.stdlib.get_logger(__name__)

_STANDINGS = {
    RunStatus.QUEUED: "is queued",
    RunStatus.RUNNING: "is running",
}
_ENDINGS = {
    RunOutcome.SUCCEEDED: "finished",
    RunOutcome.PARTIALLY_SUCCEEDED: "finished in part",
    RunOutcome.FAILED: "failed",
    RunOutcome.BLOCKED: "was blocked",
    RunOutcome.CANCELLED: "was cancelled",
}


def plain_headline(run: OperationRun) -> str:
    """What can be said about a run without knowing what its kind means."""
    if run.is_live:
        return f"{run.title} {_STANDINGS[run.status_member]}"
    return f"{run.title} {_ENDINGS[run.outcome_member]}"


def notify_initiator(*, run: OperationRun, now: datetime) -> None:
    """Notify the initiator that the run ended, if its owner finds that worth it.

    A second call changes nothing.
    """
    continuation = continuation_of(run)
    if continuation is None or continuation.notifies(run):
        _notify(run, NoticeKind.ENDED, now)


def notify_waiting(*, run: OperationRun, now: datetime) -> None:
    """Notify the initiator, once per run, that it waits for people."""
    _notify(run, NoticeKind.WAITING, now)


def _notify(run: OperationRun, kind: NoticeKind, now: datetime) -> None:
    if run.initiator is None:
        return
    Notification.objects.get_or_create(
        run=run,
        user=run.initiator,
        kind=kind,
        defaults={
            "tenant": run.tenant,
            "headline": _headline(run, run.initiator)[:TEXT_LENGTH],
            "created_at": now,
        },
    )


def notify(person: User, *, about: OperationRun, headline: str, url: str, now: datetime) -> None:
    """Notify a person about a run that needs them; a repeated notice is unread again."""
    Notification.objects.update_or_create(
        run=about,
        user=person,
        kind=NoticeKind.APPROVAL,
        defaults={
            "tenant": about.tenant,
            "headline": headline[:TEXT_LENGTH],
            "url": url,
            "created_at": now,
            "read_at": None,
        },
    )


def unread_count(user: User) -> int:
    return Notification.objects.addressed_to(user).unread().count()


def mark_all_read(*, actor: User, now: datetime) -> None:
    with transaction.atomic():
        read = Notification.objects.addressed_to(actor).unread().update(read_at=now)
        if read:
            trail.record(
                action="notifications.read",
                actor=actor,
                tenant=None,
                subject=f"user:{actor.pk}",
                detail={"count": read},
            )


def _headline(run: OperationRun, viewer: User) -> str:
    continuation = continuation_of(run)
    if continuation is None:
        return plain_headline(run)
    try:
        with transaction.atomic():
            follow_up = continuation.follow_up(run, viewer)
    except Exception:
        # A run has to end even when its owner fails to say what the end means.
        logger.exception("follow_up_failed", run_id=str(run.pk), kind=run.kind)
        return plain_headline(run)
    if follow_up is None or follow_up.concealed:
        return plain_headline(run)
    return follow_up.headline
