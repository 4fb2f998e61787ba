"""The way to a restore: how ready a draft is, what is to be confirmed, and queueing it."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.utils import timezone
from ninja import Field, Router, Schema
from ninja.responses import Status

from restore_safety.api.auth import ApiRequest
from restore_safety.api.documented import FINDING, REFUSABLE
from restore_safety.api.drafts import preparable_draft, readable_draft
from restore_safety.api.shapes import LongText, Moment, Said, Sent, SignedText, Text, explained
from restore_safety.drafts.evidence import EvidenceAccount
from restore_safety.drafts.readiness import DraftStatus, acknowledgements_of, draft_status
from restore_safety.execution.gate import (
    Confirmation,
    offer_of,
    queue_restore,
    refusals_of,
)
from restore_safety.models import RestoreDraft, RestoreRun
from restore_safety.truth.safety import Gate, GateCode, SafetyReadiness
from restore_safety.wizard.pages.frame import DraftPage, draft_page
from tenants.access.service import require
from tenants.models.capabilities import Capability
from tenants.models.token_scopes import TokenScope

router = Router(tags=["Queueing"])

MOST_ACKNOWLEDGED = 1000


class GateAnswer(Schema):
    code: GateCode
    label: str
    passed: bool
    reason: str


class AccountAnswer(Schema):
    """How one kind of evidence stands, and what is to be done about that."""

    state: str
    sentence: str
    what_to_do: str
    evidence_id: UUID | None
    is_under_way: bool


class IssueAnswer(Schema):
    code: str
    sentence: str


class NextAnswer(Schema):
    """The one next action."""

    code: str
    label: str
    sentence: str
    is_waiting: bool


class AcknowledgementAnswer(Schema):
    """One thing that was raised, to be accepted by itself."""

    key: str
    sentence: str


class ReadinessAnswer(Schema):
    """Two answers, always apart: can it start, and what is proven. Startable is not safe."""

    fingerprint: str
    can_start: bool
    gates: list[GateAnswer]
    safety: Said
    positive_claim_suppressed: bool
    primary_issue: IssueAnswer | None
    next_action: NextAnswer
    checks: AccountAnswer
    preview: AccountAnswer
    acknowledgements: list[AcknowledgementAnswer]
    refusals: list[str] = Field(description="Why a restore would be refused whatever is confirmed.")
    dry_run_refusals: list[str]


class ConfirmationAnswer(Schema):
    """What is confirmed by queueing: this scope, this evidence, this plan, and no other."""

    offer: str = Field(description="Signed; sent back as it is.")
    fingerprint: str
    plan_hash: str
    writes: int
    tenant_name: str = Field(description="What is to be typed for a restore.")
    acknowledgements: list[AcknowledgementAnswer]
    refusals: list[str]
    dry_run_refusals: list[str]


class QueueRequest(Sent):
    """A restore takes all of it; a dry run the offer alone."""

    mode: Literal["dry_run", "restore"]
    offer: SignedText
    typed_name: Text = ""
    acknowledged: list[Text] = Field(default_factory=list, max_length=MOST_ACKNOWLEDGED)
    reason: LongText = ""
    starts_at: Moment | None = Field(
        None, description="A start later than now; everything is proven again then."
    )

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "mode": "restore",
                    "offer": "the offer of the confirmation",
                    "typed_name": "Contoso",
                    "acknowledged": ["broad_assignment-5c9d2f10a7be"],
                    "reason": "CHG-1042",
                }
            ]
        }
    }


class QueuedAnswer(Schema):
    restore_id: UUID
    operation_id: UUID
    is_dry_run: bool
    is_new: bool = Field(description="False: the same confirmation had queued this one before.")
    fingerprint: str
    plan_hash: str
    queued_at: datetime
    starts_at: datetime | None = Field(description="When it was scheduled to start.")


@router.get(
    "/drafts/{uuid:draft_id}/readiness",
    response=FINDING | {200: ReadinessAnswer},
    operation_id="getReadiness",
)
def get_readiness(request: ApiRequest, draft_id: UUID) -> ReadinessAnswer:
    """Whether a restore could start, what is proven of it, and the one next action."""
    draft = readable_draft(request, draft_id)
    page = draft_page(draft=draft, actor=request.auth.actor, step="confirm", now=timezone.now())
    return _readiness(page)


@router.get(
    "/drafts/{uuid:draft_id}/confirmation",
    response=FINDING | {200: ConfirmationAnswer},
    operation_id="getConfirmation",
)
def get_confirmation(request: ApiRequest, draft_id: UUID) -> ConfirmationAnswer:
    """The signed offer to send back, and what has to be acknowledged with it."""
    draft = readable_draft(request, draft_id)
    actor = request.auth.actor
    status = draft_status(draft=draft, actor=actor, now=timezone.now())
    preview = status.preview.captured
    current = preview if preview and status.preview.integrity.is_current else None
    return ConfirmationAnswer(
        offer=offer_of(status=status, actor=actor),
        fingerprint=status.fingerprint,
        plan_hash=current.plan_hash if current else "",
        writes=current.writes if current else 0,
        tenant_name=draft.tenant.name,
        acknowledgements=_acknowledgements(status),
        refusals=list(refusals_of(status, is_dry_run=False)),
        dry_run_refusals=list(refusals_of(status, is_dry_run=True)),
    )


@router.post(
    "/drafts/{uuid:draft_id}/queue",
    response=REFUSABLE | {200: QueuedAnswer, 202: QueuedAnswer},
    operation_id="queueRestore",
)
def queue_draft(request: ApiRequest, draft_id: UUID, body: QueueRequest) -> Status[QueuedAnswer]:
    """Queue a dry run or a restore: 202, or 200 where this confirmation had queued it before."""
    is_dry_run = body.mode == "dry_run"
    scope = TokenScope.DRY_RUN if is_dry_run else TokenScope.RESTORE
    draft = preparable_draft(request, draft_id, scope)
    require(request.user, Capability.EXECUTE_RESTORE, draft.tenant)
    confirmation = Confirmation(
        offer=body.offer,
        is_dry_run=is_dry_run,
        typed_name=body.typed_name,
        acknowledged=frozenset(body.acknowledged),
        reason=body.reason,
        starts_at=body.starts_at,
    )
    run, is_new = _queued(request, draft, confirmation)
    return Status(202 if is_new else 200, _queued_answer(run, is_new=is_new))


def _queued(
    request: ApiRequest, draft: RestoreDraft, confirmation: Confirmation
) -> tuple[RestoreRun, bool]:
    """The only place of the API that queues: the token has shown who acts in this very request."""
    now = timezone.now()
    run = queue_restore(
        actor=request.user, draft=draft, confirmation=confirmation, authenticated_at=now, now=now
    )
    return run, run.created_at == now


def _queued_answer(run: RestoreRun, *, is_new: bool) -> QueuedAnswer:
    return QueuedAnswer(
        restore_id=run.pk,
        operation_id=run.operation_run_id,
        is_dry_run=run.is_dry_run,
        is_new=is_new,
        fingerprint=run.fingerprint,
        plan_hash=run.plan_hash,
        queued_at=run.created_at,
        starts_at=run.starts_at,
    )


def _readiness(page: DraftPage) -> ReadinessAnswer:
    status, assessment = page.status, page.assessment
    issue = assessment.primary_issue
    safety: SafetyReadiness = assessment.safety
    return ReadinessAnswer(
        fingerprint=status.fingerprint,
        can_start=assessment.execution.is_startable,
        gates=[_gate(gate) for gate in assessment.execution.gates],
        safety=explained(safety),
        positive_claim_suppressed=assessment.positive_claim_suppressed,
        primary_issue=IssueAnswer(code=issue.code, sentence=issue.sentence) if issue else None,
        next_action=NextAnswer(
            code=page.next.asked.value,
            label=page.next.label,
            sentence=page.next.sentence,
            is_waiting=page.next.is_waiting,
        ),
        checks=_account(page.checks),
        preview=_account(page.preview),
        acknowledgements=_acknowledgements(status),
        refusals=list(refusals_of(status, is_dry_run=False)),
        dry_run_refusals=list(refusals_of(status, is_dry_run=True)),
    )


def _acknowledgements(status: DraftStatus) -> list[AcknowledgementAnswer]:
    return [
        AcknowledgementAnswer(key=one.key, sentence=one.sentence)
        for one in acknowledgements_of(status)
    ]


def _gate(gate: Gate) -> GateAnswer:
    return GateAnswer(code=gate.code, label=gate.code.label, passed=gate.passed, reason=gate.reason)


def _account(account: EvidenceAccount) -> AccountAnswer:
    return AccountAnswer(
        state=account.state.value,
        sentence=account.sentence,
        what_to_do=account.what_to_do,
        evidence_id=account.captured.pk if account.captured else None,
        is_under_way=account.is_under_way,
    )
