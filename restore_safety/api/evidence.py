"""Evidence: running checks and previews, what they found and decided, and for which scope."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import FETCH_RAISE, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from restore_safety.api.auth import ApiRequest
from restore_safety.api.documented import FINDING, REFUSABLE
from restore_safety.api.drafts import preparable_draft, visible_draft
from restore_safety.api.shapes import Page, Said, Window, chosen, explained, page_of, username_of
from restore_safety.checks.capture import queue_checks
from restore_safety.drafts.preview import queue_preview
from restore_safety.models import (
    CapturedEvidence,
    Decision,
    Finding,
    PlanItem,
    RestoreDraft,
    Severity,
)
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.integrity import IntegrityState, integrity_of
from restore_safety.truth.scope import Scope
from restore_safety.wizard.pages.preview import PlanRow

router = Router(tags=["Evidence"])


class EvidenceCounts(Schema):
    blockers: int
    warnings: int
    unknowns: int
    writes: int
    blocked: int
    not_evaluable: int


class IntegrityAnswer(Schema):
    """Whether it speaks for the draft's scope as it is now, and why."""

    state: IntegrityState
    reason: Said


class EvidenceAnswer(Schema):
    id: UUID
    draft: UUID
    kind: EvidenceKind
    state: CaptureState
    integrity: IntegrityAnswer
    fingerprint: str = Field(description="Of the scope it was captured for.")
    counts: EvidenceCounts
    plan_hash: str = Field(description="Of a preview's plan: what a restore would do.")
    started_at: datetime
    completed_at: datetime | None
    captured_by: str | None
    failure: str
    operation_id: UUID | None


class SubjectAnswer(Schema):
    """A policy a finding is about."""

    id: str
    name: str


class FindingAnswer(Schema):
    position: int
    severity: Severity
    code: str
    title: str
    why: str
    remedy: str
    subjects: list[SubjectAnswer]


class DifferenceAnswer(Schema):
    """One value before and after; null where there is none."""

    path: str
    label: str
    before: str | None
    after: str | None


class RequestAnswer(Schema):
    """A request the plan would send; its body is identified by its digest."""

    purpose: str
    method: str
    path: str
    body_digest: str


class NotRestoredAnswer(Schema):
    """A member of the backup that is not written, and why."""

    path: str
    reason: str
    why: str


class PlanItemAnswer(Schema):
    position: int
    backup_item: UUID
    name: str
    type_label: str
    decision: Decision
    reason: str
    sentence: str
    target_object_id: str
    target_digest: str
    effects: list[Said]
    differences: list[DifferenceAnswer]
    left_out: list[str] = Field(description="What of the differences was not written down.")
    not_restored: list[NotRestoredAnswer]
    assigned_now: list[str]
    assigned_afterwards: list[str]
    requests: list[RequestAnswer]


class EvidencePage(Page[EvidenceAnswer]):
    pass


class FindingPage(Page[FindingAnswer]):
    pass


class PlanPage(Page[PlanItemAnswer]):
    pass


class EvidenceChoices(Window):
    kind: EvidenceKind | None = None


class FindingChoices(Window):
    severity: Severity | None = None


class PlanChoices(Window):
    decision: Decision | None = None


@router.post(
    "/drafts/{uuid:draft_id}/checks",
    response=REFUSABLE | {202: EvidenceAnswer},
    operation_id="runChecks",
)
def run_checks(request: ApiRequest, draft_id: UUID) -> Status[EvidenceAnswer]:
    """Run the checks for the scope as it stands; asked again meanwhile, it is the same run."""
    draft = preparable_draft(request, draft_id)
    captured = queue_checks(actor=request.user, draft=draft, now=timezone.now())
    return Status(202, _captured(draft, captured))


@router.post(
    "/drafts/{uuid:draft_id}/preview",
    response=REFUSABLE | {202: EvidenceAnswer},
    operation_id="runPreview",
)
def run_preview(request: ApiRequest, draft_id: UUID) -> Status[EvidenceAnswer]:
    """Capture a preview of the scope as it stands; asked again meanwhile, it is the same one."""
    draft = preparable_draft(request, draft_id)
    captured = queue_preview(actor=request.user, draft=draft, now=timezone.now())
    return Status(202, _captured(draft, captured))


@router.get(
    "/drafts/{uuid:draft_id}/evidence",
    response=FINDING | {200: EvidencePage},
    operation_id="listEvidence",
)
def list_evidence(
    request: ApiRequest, draft_id: UUID, choices: Query[EvidenceChoices]
) -> EvidencePage:
    """Everything that was captured for the draft, the newest first."""
    draft = visible_draft(request, draft_id)
    found = _evidence_of(draft).filter(**chosen(choices))
    rows = found.order_by("-started_at", "-pk").fetch_mode(FETCH_RAISE)
    return page_of(EvidencePage, rows, choices, partial(evidence_answer, scope=draft.to_truth()))


@router.get(
    "/drafts/{uuid:draft_id}/evidence/{uuid:evidence_id}",
    response=FINDING | {200: EvidenceAnswer},
    operation_id="getEvidence",
)
def get_evidence(request: ApiRequest, draft_id: UUID, evidence_id: UUID) -> EvidenceAnswer:
    """One capture as it was, and whether it speaks for the draft's scope as it is."""
    draft = visible_draft(request, draft_id)
    return evidence_answer(_evidence_or_404(draft, evidence_id), draft.to_truth())


@router.get(
    "/drafts/{uuid:draft_id}/evidence/{uuid:evidence_id}/findings",
    response=FINDING | {200: FindingPage},
    operation_id="listFindings",
)
def list_findings(
    request: ApiRequest, draft_id: UUID, evidence_id: UUID, choices: Query[FindingChoices]
) -> FindingPage:
    """What checks found, or could not look at."""
    captured = _evidence_or_404(visible_draft(request, draft_id), evidence_id)
    rows = captured.findings.filter(**chosen(choices)).order_by("position", "pk")
    return page_of(FindingPage, rows.fetch_mode(FETCH_RAISE), choices, _finding)


@router.get(
    "/drafts/{uuid:draft_id}/evidence/{uuid:evidence_id}/plan",
    response=FINDING | {200: PlanPage},
    operation_id="listPlan",
)
def list_plan(
    request: ApiRequest, draft_id: UUID, evidence_id: UUID, choices: Query[PlanChoices]
) -> PlanPage:
    """What a preview decided for each policy; a restore does this and nothing else."""
    captured = _evidence_or_404(visible_draft(request, draft_id), evidence_id)
    plan = captured.plan.select_related("backup_item").filter(**chosen(choices))
    rows = plan.order_by("position", "pk").fetch_mode(FETCH_RAISE)
    return page_of(PlanPage, rows, choices, _planned)


def evidence_answer(captured: CapturedEvidence, scope: Scope) -> EvidenceAnswer:
    integrity = integrity_of(captured.to_truth(), scope)
    return EvidenceAnswer(
        id=captured.pk,
        draft=captured.draft_id,
        kind=EvidenceKind(captured.kind),
        state=captured.state_member,
        integrity=IntegrityAnswer(state=integrity.state, reason=explained(integrity.reason)),
        fingerprint=captured.fingerprint,
        counts=EvidenceCounts(
            blockers=captured.blockers,
            warnings=captured.warnings,
            unknowns=captured.unknowns,
            writes=captured.writes,
            blocked=captured.blocked,
            not_evaluable=captured.not_evaluable,
        ),
        plan_hash=captured.plan_hash,
        started_at=captured.started_at,
        completed_at=captured.completed_at,
        captured_by=username_of(captured.captured_by),
        failure=captured.failure,
        operation_id=captured.operation_run_id,
    )


def _captured(draft: RestoreDraft, captured: CapturedEvidence) -> EvidenceAnswer:
    captured.refresh_from_db()  # a worker may have taken it up before the answer
    return evidence_answer(captured, draft.to_truth())


def _evidence_of(draft: RestoreDraft) -> QuerySet[CapturedEvidence]:
    return draft.evidence.select_related("captured_by", "operation_run")


def _evidence_or_404(draft: RestoreDraft, evidence_id: UUID) -> CapturedEvidence:
    return get_object_or_404(_evidence_of(draft), pk=evidence_id)


def _finding(finding: Finding) -> FindingAnswer:
    return FindingAnswer(
        position=finding.position,
        severity=Severity(finding.severity),
        code=finding.code,
        title=finding.title,
        why=finding.why,
        remedy=finding.remedy,
        subjects=[
            SubjectAnswer(id=str(one.get("id", "")), name=str(one.get("name", "")))
            for one in finding.subjects
        ],
    )


def _planned(planned: PlanItem) -> PlanItemAnswer:
    row = PlanRow(planned=planned, is_whole=True)
    return PlanItemAnswer(
        position=planned.position,
        backup_item=planned.backup_item_id,
        name=planned.backup_item.name,
        type_label=planned.type_label,
        decision=planned.decision_member,
        reason=planned.reason_code,
        sentence=planned.sentence,
        target_object_id=planned.target_object_id,
        target_digest=planned.target_digest,
        effects=[explained(effect) for effect in row.effects],
        differences=[
            DifferenceAnswer(path=one.path, label=one.label, before=one.before, after=one.after)
            for one in row.changes
        ],
        left_out=list(row.unlisted_changes),
        not_restored=[
            NotRestoredAnswer(path=one.path, reason=one.reason, why=one.why)
            for one in row.not_restored
        ],
        assigned_now=[one.name for one in row.assigned_now],
        assigned_afterwards=[one.name for one in row.assigned_afterwards],
        requests=[_request(one) for one in planned.writes],
    )


def _request(write: dict[str, Any]) -> RequestAnswer:
    return RequestAnswer(
        purpose=write["purpose"],
        method=write["method"],
        path=write["path"],
        body_digest=write["body_digest"],
    )
