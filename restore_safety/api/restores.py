"""Restores: what was confirmed, what came of each policy, and what is left to do."""

from uuid import UUID

from django.http import Http404, StreamingHttpResponse
from django.utils import timezone
from ninja import Path, Query, Router
from ninja.responses import Status

from restore_safety.api.auth import ApiRequest, confirm_scope
from restore_safety.api.backups import set_name
from restore_safety.api.documented import FINDING, READING, REFUSABLE
from restore_safety.api.drafts import DraftAnswer, draft_answer, visible_draft
from restore_safety.api.restore_answers import (
    ApprovalAnswer,
    ContinuationAnswer,
    ContinueRequest,
    NeighbourAnswer,
    NoteAnswer,
    NoteRequest,
    OverrideAnswer,
    ReceiptAnswer,
    RestoreAnswer,
    RestoreChoices,
    RestoreItemAnswer,
    RestoreItemChoices,
    RestoreItemPage,
    RestoreLine,
    RestorePage,
    ResultAnswer,
    SnapshotAnswer,
    TakenUpAnswer,
    _Key,
)
from restore_safety.api.shapes import (
    explained,
    narrowed,
    page_of,
    page_of_all,
    taken,
    tenant_name,
    username_of,
)
from restore_safety.execution.overrides import overrides_of
from restore_safety.models import FollowUpNote, RestoreItem, RestoreRun
from restore_safety.restores import exports, records, run_queries
from restore_safety.restores.filters import RestoreFilter, RestoreItemFilter
from restore_safety.restores.forms import AcknowledgementForm
from restore_safety.restores.pages import detail, item_list
from restore_safety.restores.pages.provider_approvals import ApprovalEntry
from restore_safety.restores.pages.resolved_by import ResolvedBy
from restore_safety.restores.pages.results import ResultSummary, result_summaries
from restore_safety.restores.pages.snapshot import snapshot_section
from restore_safety.restores.receipts.issuing import issue
from restore_safety.truth.attention import RestoreStatus
from tenants.models.token_scopes import TokenScope

router = Router(tags=["Restores"])


@router.get("/restores", response=READING | {200: RestorePage}, operation_id="listRestores")
def list_restores(request: ApiRequest, choices: Query[RestoreChoices]) -> RestorePage:
    """Restores and dry runs, the newest first, each with what it means for people."""
    found = narrowed(RestoreFilter, run_queries.runs_for(request.user), choices, request=request)
    return page_of_all(RestorePage, found, choices, _lines)


@router.get(
    "/restores/{uuid:restore_id}",
    response=FINDING | {200: RestoreAnswer},
    operation_id="getRestore",
)
def get_restore(request: ApiRequest, restore_id: UUID) -> RestoreAnswer:
    """One restore: how far it got, what that means, and the one next action."""
    return _answer(request, run_queries.visible_run(user=request.user, run_id=restore_id))


@router.get(
    "/restores/{uuid:restore_id}/items",
    response=FINDING | {200: RestoreItemPage},
    operation_id="listRestoreItems",
)
def list_restore_items(
    request: ApiRequest, restore_id: UUID, choices: Query[RestoreItemChoices]
) -> RestoreItemPage:
    """What came of each policy, those that need attention first."""
    run = run_queries.visible_run(user=request.user, run_id=restore_id)
    items = narrowed(RestoreItemFilter, item_list.items_of(run), choices, run=run)
    return page_of(RestoreItemPage, items, choices, _item)


@router.get(
    "/restores/{uuid:restore_id}/items/{item_id}",
    response=FINDING | {200: RestoreItemAnswer},
    operation_id="getRestoreItem",
)
def get_restore_item(
    request: ApiRequest, restore_id: UUID, item_id: Path[_Key]
) -> RestoreItemAnswer:
    """One policy of a restore, with its part of the plan and its requests."""
    page = item_list.item_page(user=request.user, run_id=restore_id, item_id=item_id)
    return _item(page.entry.item)


@router.get(
    "/restores/{uuid:restore_id}/snapshot",
    response=FINDING | {200: SnapshotAnswer},
    operation_id="getSnapshot",
)
def get_snapshot(request: ApiRequest, restore_id: UUID) -> SnapshotAnswer:
    """The safety snapshot; 404 too where its form is one this version cannot read."""
    known = snapshot_section(run_queries.visible_run(user=request.user, run_id=restore_id))
    if known is None:
        raise Http404
    return SnapshotAnswer(snapshot=known.snapshot.to_json(), acknowledged=list(known.acknowledged))


@router.post(
    "/restores/{uuid:restore_id}/receipt",
    response=REFUSABLE | {200: ReceiptAnswer},
    operation_id="issueReceipt",
)
def issue_receipt(request: ApiRequest, restore_id: UUID) -> StreamingHttpResponse:
    """Issue the evidence receipt of an ended restore, as its page does; the trail notes it."""
    run = run_queries.visible_run(user=request.user, run_id=restore_id)
    confirm_scope(request, TokenScope.READ, run.tenant)
    return StreamingHttpResponse(
        issue(actor=request.user, run=run), content_type="application/json"
    )


@router.post(
    "/restores/{uuid:restore_id}/acknowledgement",
    response=REFUSABLE | {200: RestoreAnswer},
    operation_id="acknowledgeFollowUp",
)
def acknowledge_follow_up(
    request: ApiRequest, restore_id: UUID, body: NoteRequest
) -> RestoreAnswer:
    """Acknowledge what it left open. Its result stays what it is."""
    run = run_queries.visible_run(user=request.user, run_id=restore_id)
    confirm_scope(request, TokenScope.RESTORE, run.tenant)
    note = taken(AcknowledgementForm({"note": body.note}), "body")["note"]
    records.acknowledge_follow_up(actor=request.user, run=run, note=note, now=timezone.now())
    return _answer(request, run_queries.visible_run(user=request.user, run_id=restore_id))


@router.post(
    "/restores/{uuid:restore_id}/undo",
    response=REFUSABLE | {201: DraftAnswer},
    operation_id="undoRestore",
)
def undo_restore(request: ApiRequest, restore_id: UUID) -> Status[DraftAnswer]:
    """Open the draft of its undo, or answer the one that is open. Nothing is written yet."""
    run = run_queries.visible_run(user=request.user, run_id=restore_id)
    confirm_scope(request, TokenScope.PREPARE, run.tenant)
    draft = records.undo(actor=request.user, run=run, now=timezone.now()).draft
    return Status(201, draft_answer(visible_draft(request, draft.pk)))


@router.post(
    "/restores/{uuid:restore_id}/continue",
    response=REFUSABLE | {200: DraftAnswer, 201: DraftAnswer},
    operation_id="continueRestore",
)
def continue_restore(
    request: ApiRequest, restore_id: UUID, body: ContinueRequest
) -> Status[DraftAnswer]:
    """Open a linked draft with what it left: 201, or 200 where that draft is open already.

    The draft has the choices and mappings of the restore and none of its evidence: checks and
    preview read the tenant again, also where the outcome of an item is not known.
    """
    run = run_queries.visible_run(user=request.user, run_id=restore_id)
    confirm_scope(request, TokenScope.PREPARE, run.tenant)
    successor = records.follow_up(actor=request.user, run=run, now=timezone.now(), items=body.items)
    draft = draft_answer(visible_draft(request, successor.draft.pk))
    return Status(201 if successor.is_new else 200, draft)


def _answer(request: ApiRequest, run: RestoreRun) -> RestoreAnswer:
    page = detail.run_page(run=run, viewer=request.auth.reader, now=timezone.now())
    return RestoreAnswer(
        **_line(run, page.summary).model_dump(),
        counts={entry.outcome.value: entry.count for entry in page.outcomes},
        continuations=[
            ContinuationAnswer(items=one.action, label=one.action.label, count=one.count)
            for one in page.continuing.lines
        ],
        continuation_remarks=list(page.continuing.remarks),
        neighbours=[
            NeighbourAnswer(relation=one.label, id=one.run.pk) for one in page.continuing.neighbours
        ],
        writes_accepted=page.writes,
        approvals=[_approval(entry) for entry in page.approvals.entries],
    )


def _approval(entry: ApprovalEntry) -> ApprovalAnswer:
    approval = entry.approval
    return ApprovalAnswer(
        code=approval.code,
        status=entry.status,
        item=approval.write.item_id,
        write=entry.title,
        approvers=approval.approvers,
        filed_at=approval.filed_at,
        expires_at=approval.expires_at,
        read_at=approval.read_at,
        decided_by=approval.decided_by,
        answer=approval.answer,
    )


def _lines(found: list[RestoreRun]) -> list[RestoreLine]:
    summaries = result_summaries(found)
    return [_line(run, summaries[run.pk]) for run in found]


def _line(run: RestoreRun, summary: ResultSummary) -> RestoreLine:
    return RestoreLine(
        id=run.pk,
        tenant=tenant_name(run.tenant),
        backup_set=set_name(run.backup_set),
        is_dry_run=run.is_dry_run,
        status=RestoreStatus(run.status),
        result=_result(summary),
        taken_up=_taken_up(summary.taken_up),
        acknowledgement=_note(run.acknowledgement),
        overrides=[
            OverrideAnswer(**explained(note.override).model_dump(), reason=note.reason)
            for note in overrides_of(run)
        ],
        requested_by=username_of(run.requested_by),
        reason=run.reason,
        created_at=run.created_at,
        starts_at=run.starts_at,
        ended_at=run.ended_at,
        archived_at=run.archived_at,
        draft=run.draft_id,
        undoes=run.draft.undoes_id,
        preview=run.preview_id,
        operation_id=run.operation_run_id,
        pre_restore_set=run.pre_restore_set_id,
        fingerprint=run.fingerprint,
        plan_hash=run.plan_hash,
    )


def _result(summary: ResultSummary) -> ResultAnswer:
    result = summary.result
    return ResultAnswer(
        attention=explained(result.attention),
        follow_up_required=result.follow_up_required,
        cause=explained(result.cause),
        next_action=explained(result.next_action),
        items_in_need=result.needs,
        headline=result.headline,
        sentence=result.sentence,
        boundary=result.boundary,
        what_next=summary.next_sentence,
    )


def _taken_up(by: ResolvedBy | None) -> TakenUpAnswer | None:
    return TakenUpAnswer(form=by.form, id=by.successor.pk, by=by.by, at=by.at) if by else None


def _note(note: FollowUpNote | None) -> NoteAnswer | None:
    return NoteAnswer(note=note.note, by=note.author_name, at=note.at) if note else None


def _item(item: RestoreItem) -> RestoreItemAnswer:
    facts = exports.whole_record(item)
    return RestoreItemAnswer(
        id=item.pk,
        backup_item=item.backup_item_id,
        name=facts.pop("policy"),
        type_label=facts.pop("type"),
        sentence=facts.pop("item_sentence"),
        **{name: value for name, value in facts.items() if name != "backup_item_id"},
    )
