"""What restores, backups and evidence answer on the operation page, which knows none of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from celery import Task
from django.urls import reverse

from operations.models import OperationRun, RunOutcome
from operations.notifications import plain_headline
from operations.publishing import publish
from operations.work_kinds import (
    Action,
    Continuation,
    FollowUp,
    Leftover,
    concealed_follow_up,
    register,
)
from restore_safety import tasks
from restore_safety.backups.importing import discard_upload
from restore_safety.backups.summary import retry_of, set_of, summary_of, tally_of
from restore_safety.directory.pages import result_of
from restore_safety.directory.sync import SYNC_KIND
from restore_safety.drafts.capture_records import evidence_of, fail_capture
from restore_safety.execution.ending import facts_of, settle_abandoned, settle_withdrawn
from restore_safety.execution.overrides import overrides_of
from restore_safety.models import CapturedEvidence, RestoreRun
from restore_safety.models.run import RestoreRunQuerySet
from restore_safety.restores.pages.actions import undo_way
from restore_safety.restores.pages.cancel import in_flight_sentence, remainder_of
from restore_safety.restores.pages.provider_approvals import approvals_of
from restore_safety.restores.pages.results import ResultSummary, next_action_of, result_summaries
from restore_safety.restores.pages.undo import undoing_of
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.evidence import CaptureState
from tenants.access.service import capabilities_of, has
from tenants.models import User
from tenants.models.capabilities import Capability

_DELETED = (
    "The record of this restore was deleted for good, so what it left open is not shown here. "
    "The audit trail holds who deleted it and what it came to."
)


def register_all() -> None:
    register("restore", RestoreContinuation())
    register("checks", EvidenceContinuation(task=tasks.run_checks, step="checks"))
    register("preview", EvidenceContinuation(task=tasks.run_preview, step="preview"))
    register("backup_capture", BackupContinuation(task=tasks.capture_backup))
    register("backup_import", BackupContinuation(task=tasks.import_backup))
    register(SYNC_KIND, DirectoryContinuation())


class RestoreContinuation(Continuation):
    """A restore's follow-up truth: the same answer its own pages give."""

    def dispatch(self, run: OperationRun) -> None:
        publish(tasks.run_restore, run_id=str(run.pk))

    def follow_up(self, run: OperationRun, viewer: User) -> FollowUp | None:
        restore = _restores().filter(operation_run=run).first()
        if restore is None:
            # It was queued together with its restore, so that was deleted since.
            return FollowUp(headline=plain_headline(run), sentence=_DELETED)
        if not has(viewer, Capability.VIEW, restore.tenant):
            return concealed_follow_up()
        summary = result_summaries([restore])[restore.pk]
        action = next_action_of(restore, summary, viewer)
        follow_up = replace(_follow_up(restore, summary), action=action)
        waiting_for = approvals_of(restore).details
        undoing = undoing_of(restore)
        undone = undoing.facts if undoing else ()
        undo = undo_way(restore, capabilities_of(viewer, restore.tenant))
        return replace(
            follow_up,
            others=(undo,) if undo else (),
            details=(*_remainder(restore), *waiting_for, *undone, *follow_up.details),
        )

    def follow_ups(self, runs: Sequence[OperationRun], viewer: User) -> Mapping[UUID, FollowUp]:
        restores = list(_restores().visible_to(viewer).filter(operation_run__in=runs))
        summaries = result_summaries(restores)
        return {
            restore.operation_run_id: _follow_up(restore, summaries[restore.pk])
            for restore in restores
        }

    def in_flight(self, run: OperationRun) -> str:
        return in_flight_sentence(run)

    def abandon(self, run_id: UUID, now: datetime) -> Leftover:
        restore = RestoreRun.objects.filter(operation_run=run_id).first()
        return Leftover() if restore is None else settle_abandoned(run=restore, now=now)

    def withdraw(self, run_id: UUID, now: datetime) -> None:
        restore = RestoreRun.objects.filter(operation_run=run_id).first()
        if restore is not None:
            settle_withdrawn(run=restore, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceContinuation(Continuation):
    """Checks and previews: what was captured, and the way back to the draft."""

    task: Task[..., None]
    step: str

    def dispatch(self, run: OperationRun) -> None:
        publish(self.task, run_id=str(run.pk))

    def follow_up(self, run: OperationRun, viewer: User) -> FollowUp | None:
        evidence = evidence_of(run)
        if evidence is None:
            return None
        state = CaptureState(evidence.state)
        url = reverse("restores:draft-step", args=[evidence.draft_id, self.step])
        return FollowUp(
            headline=f"{evidence.get_kind_display().capitalize()}: {state.label.lower()}",
            sentence=evidence.failure or state.sentence,
            state=state,
            action=Action(label="Back to the draft", url=url),
            url=url,
        )

    def notifies(self, run: OperationRun) -> bool:
        # Whoever captures waits at the draft; only a failure is news to who went away.
        return run.outcome_member is RunOutcome.FAILED

    def abandon(self, run_id: UUID, now: datetime) -> Leftover:
        evidence = self._failed(run_id, now, "No worker finished the capture. Start it again.")
        if evidence is None or evidence.state != CaptureState.COMPLETE:
            return Leftover()
        # The capture was kept; only the worker's last word is missing.
        is_whole = not evidence.unknowns and not evidence.not_evaluable
        return Leftover(outcome=_outcome(is_whole=is_whole))

    def withdraw(self, run_id: UUID, now: datetime) -> None:
        self._failed(run_id, now, "The capture was cancelled before it began.")

    def _failed(self, run_id: UUID, now: datetime, failure: str) -> CapturedEvidence | None:
        """The evidence of the run, failed unless its capture had already ended."""
        run = OperationRun.objects.get(pk=run_id)
        evidence = evidence_of(run)
        if evidence is not None:
            fail_capture(evidence=evidence, failure=failure, now=now)
            evidence.refresh_from_db()
        return evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupContinuation(Continuation):
    """Captures and imports: the set they made, or why there is none."""

    task: Task[..., None]

    def dispatch(self, run: OperationRun) -> None:
        publish(self.task, run_id=str(run.pk))

    def follow_up(self, run: OperationRun, viewer: User) -> FollowUp | None:
        summary = summary_of(run)
        if summary is None:
            return None
        if summary.backup_set is None:
            return FollowUp(
                headline=summary.headline,
                sentence=summary.sentence,
                action=retry_of(run, viewer),
            )
        url = reverse("backups:set-detail", args=[summary.backup_set.pk])
        return FollowUp(
            headline=summary.headline,
            sentence=summary.sentence,
            action=Action(label="Open the backup set", url=url),
            url=url,
        )

    def abandon(self, run_id: UUID, now: datetime) -> Leftover:
        # A set is written at the end, in one transaction, or not at all; only an upload is left.
        discard_upload(run_id=run_id)
        backup_set = set_of(OperationRun.objects.get(pk=run_id))
        if backup_set is None:
            return Leftover()
        tally = tally_of(backup_set)
        return Leftover(
            outcome=_outcome(is_whole=tally.is_whole),
            counts={"items": tally.kept, "unreadable": tally.missed},
        )

    def withdraw(self, run_id: UUID, now: datetime) -> None:
        discard_upload(run_id=run_id)


class DirectoryContinuation(Continuation):
    """Synchronisations of a tenant's directory: what was read, and the page that shows it."""

    def dispatch(self, run: OperationRun) -> None:
        publish(tasks.sync_directory, run_id=str(run.pk))

    def follow_up(self, run: OperationRun, viewer: User) -> FollowUp | None:
        result = result_of(run)
        if result is None:
            return None
        url = reverse("directory:object-list", args=[run.tenant.slug])
        return FollowUp(
            headline=result.headline,
            sentence=result.sentence,
            action=Action(label="Open the directory", url=url),
            url=url,
        )

    def notifies(self, run: OperationRun) -> bool:
        # What followed other work is news only when it failed.
        return not run.subject or run.outcome_member is RunOutcome.FAILED

    def withdraw(self, run_id: UUID, now: datetime) -> None:
        """Leave the rows as they are: a run that no worker started touched none."""


def _outcome(*, is_whole: bool) -> RunOutcome:
    return RunOutcome.SUCCEEDED if is_whole else RunOutcome.PARTIALLY_SUCCEEDED


def _restores() -> RestoreRunQuerySet:
    return RestoreRun.objects.select_related("tenant", "follow_up_note__author")


def _follow_up(restore: RestoreRun, summary: ResultSummary) -> FollowUp:
    """What the restore means, for whoever may see it; the way on depends on the viewer."""
    result = summary.result
    url = reverse("restores:run-detail", args=[restore.pk])
    status = RestoreStatus(restore.status)
    if not status.is_ended:
        # What it will come to is not known yet, and is not guessed at.
        return FollowUp(
            headline=result.headline,
            # Whether a worker is at it, the operation itself says.
            sentence=status.sentence if status is RestoreStatus.WAITING else "",
            state=status,
            next_step=summary.next_sentence,
            details=_overridden(restore),
            url=url,
        )
    return FollowUp(
        headline=result.headline,
        sentence=result.sentence,
        state=summary.state,
        status=None if summary.state is status else status,
        cause=summary.cause,
        next_step=summary.next_sentence,
        boundary=result.boundary,
        details=(
            *_overridden(restore),
            *(summary.taken_up.facts if summary.taken_up and not summary.taken_up.is_undo else ()),
            *_acknowledged(restore),
        ),
        url=url,
    )


def _remainder(restore: RestoreRun) -> tuple[tuple[str, object], ...]:
    if restore.status != RestoreStatus.CANCELLED:
        return ()
    return remainder_of(facts_of([restore.pk])[restore.pk])


def _overridden(restore: RestoreRun) -> tuple[tuple[str, object], ...]:
    """The safeguards it was queued in spite of, each with the reason that was typed."""
    return tuple(
        fact
        for note in overrides_of(restore)
        for fact in (("Overridden", note.override), ("Reason for that", note.reason))
    )


def _acknowledged(restore: RestoreRun) -> tuple[tuple[str, object], ...]:
    note = restore.acknowledgement
    if note is None:
        return ()
    return ("Acknowledged by", note.author_name), ("Acknowledged", note.at), ("Note", note.note)
