"""Operations: how far any long work is, what came of it, and asking it to stop."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from operations import lifecycle
from operations import pages as selectors
from operations.filters import RunFilter
from operations.liveness import Liveness, liveness_of
from operations.models import OperationRun, RunOutcome, RunStatus
from operations.work_kinds import FollowUp, continuation_of, in_flight_of
from restore_safety.api.auth import ApiRequest, confirm_scope
from restore_safety.api.documented import FINDING, READING, REFUSABLE
from restore_safety.api.shapes import (
    Page,
    Slug,
    TenantName,
    Text,
    Window,
    narrowed,
    page_of_all,
    tenant_name,
    username_of,
)
from restore_safety.backups.capture import CAPTURE_KIND
from restore_safety.backups.importing import IMPORT_KIND
from restore_safety.directory.sync import SYNC_KIND
from restore_safety.models import RestoreRun
from tenants.clock import database_now
from tenants.models import User
from tenants.models.token_scopes import TokenScope

router = Router(tags=["Operations"])

# Whoever may start a kind of work with the token may ask it to stop.
_SCOPES = {
    CAPTURE_KIND: TokenScope.CAPTURE,
    IMPORT_KIND: TokenScope.IMPORT,
    SYNC_KIND: TokenScope.CAPTURE,
}


class ProgressAnswer(Schema):
    done: int
    total: int
    note: str


class WorkerAnswer(Schema):
    """Whether a worker is working on it."""

    state: Liveness
    sentence: str


class FollowUpAnswer(Schema):
    """What it means for people, in the words of its page."""

    headline: str
    sentence: str
    state: str = Field(description="The code of the result; empty where there is none yet.")
    next_step: str
    boundary: str
    concealed: bool


class OperationAnswer(Schema):
    id: UUID
    kind: str
    title: str
    tenant: TenantName
    subject: str = Field(
        description="The id of the restore or the capture it works on; empty for a backup."
    )
    started_by: str | None
    status: RunStatus
    outcome: RunOutcome
    progress: ProgressAnswer
    counts: dict[str, int]
    worker: WorkerAnswer
    queued_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    cancel_requested_at: datetime | None
    cancelling: str = Field(
        description="Once it was asked to stop: what is still finished, and what is not begun. "
        "Empty in lists."
    )
    failure_code: str
    failure: str
    follow_up: FollowUpAnswer | None


class OperationPage(Page[OperationAnswer]):
    pass


class OperationChoices(Window):
    text: Text | None = Field(None, description="In the title, the subject or the person.")
    tenant: Slug | None = None
    kind: Text | None = None
    status: RunStatus | None = None
    outcome: RunOutcome | None = None


@router.get("/operations", response=READING | {200: OperationPage}, operation_id="listOperations")
def list_operations(request: ApiRequest, choices: Query[OperationChoices]) -> OperationPage:
    """Long work of every kind, the newest first."""
    runs = narrowed(RunFilter, selectors.runs_for(request.user), choices, request=request)
    now = database_now()

    def lines(part: list[OperationRun]) -> list[OperationAnswer]:
        follow_ups = selectors.follow_ups_of(part, request.user)
        return [_answer(run, follow_ups.get(run.pk), now) for run in part]

    return page_of_all(OperationPage, runs, choices, lines)


@router.get(
    "/operations/{uuid:operation_id}",
    response=FINDING | {200: OperationAnswer},
    operation_id="getOperation",
)
def get_operation(request: ApiRequest, operation_id: UUID) -> OperationAnswer:
    """How far it is, and what came of it. Reading it asks nothing of the tenant."""
    run = selectors.visible_run(user=request.user, run_id=operation_id)
    return operation_answer(run, request.user, database_now())


@router.post(
    "/operations/{uuid:operation_id}/cancel",
    response=REFUSABLE | {202: OperationAnswer},
    operation_id="cancelOperation",
)
def cancel_operation(request: ApiRequest, operation_id: UUID) -> Status[OperationAnswer]:
    """Ask it to stop where that is safe. Takes the scope that starts such work."""
    run = selectors.visible_run(user=request.user, run_id=operation_id)
    confirm_scope(request, _scope_of(run), run.tenant)
    now = database_now()
    lifecycle.request_cancel(actor=request.user, run=run, now=now)
    run = selectors.visible_run(user=request.user, run_id=operation_id)
    return Status(202, operation_answer(run, request.user, now))


def operation_answer(run: OperationRun, viewer: User, now: datetime) -> OperationAnswer:
    continuation = continuation_of(run)
    follow_up = continuation.follow_up(run, viewer) if continuation else None
    return _answer(run, follow_up, now, cancelling=in_flight_of(run) if run.is_cancelling else "")


def _answer(
    run: OperationRun, follow_up: FollowUp | None, now: datetime, *, cancelling: str = ""
) -> OperationAnswer:
    worker = liveness_of(run, now)
    return OperationAnswer(
        id=run.pk,
        kind=run.kind,
        title=run.title,
        tenant=tenant_name(run.tenant),
        subject=run.subject,
        started_by=username_of(run.initiator),
        status=run.status_member,
        outcome=run.outcome_member,
        progress=ProgressAnswer(
            done=run.progress_done, total=run.progress_total, note=run.progress_note
        ),
        counts=run.summary_counts,
        worker=WorkerAnswer(state=worker, sentence=worker.sentence),
        queued_at=run.queued_at,
        started_at=run.started_at,
        ended_at=run.ended_at,
        cancel_requested_at=run.cancel_requested_at,
        cancelling=cancelling,
        failure_code=run.failure_code,
        failure=run.failure_message,
        follow_up=_follow_up(follow_up),
    )


def _follow_up(follow_up: FollowUp | None) -> FollowUpAnswer | None:
    if follow_up is None:
        return None
    state: Any = follow_up.state
    return FollowUpAnswer(
        headline=follow_up.headline,
        sentence=follow_up.sentence,
        state=str(state.value) if state else "",
        next_step=follow_up.next_step,
        boundary=follow_up.boundary,
        concealed=follow_up.concealed,
    )


def _scope_of(run: OperationRun) -> TokenScope:
    restore = RestoreRun.objects.filter(operation_run=run).first()
    if restore is None:
        return _SCOPES.get(run.kind, TokenScope.PREPARE)
    return TokenScope.DRY_RUN if restore.is_dry_run else TokenScope.RESTORE
