"""Asking another person to approve a restore. Deciding on it takes that person, in a browser."""

from datetime import datetime
from uuid import UUID

from django.utils import timezone
from ninja import Field, Router, Schema
from ninja.responses import Status

from restore_safety.api.auth import ApiRequest
from restore_safety.api.documented import FINDING, REFUSABLE
from restore_safety.api.drafts import preparable_draft, readable_draft
from restore_safety.api.queueing import MOST_ACKNOWLEDGED
from restore_safety.api.shapes import (
    LongText,
    Moment,
    Said,
    Sent,
    SignedText,
    Text,
    username_of,
)
from restore_safety.drafts.approval_status import ApprovalRequestStatus, newest_request
from restore_safety.execution import approval_requests
from restore_safety.execution.approval_requests import status_of_request
from restore_safety.execution.confirmation import Confirmation
from restore_safety.models import RestoreDraft
from tenants.access.service import require
from tenants.models.capabilities import Capability
from tenants.models.token_scopes import TokenScope

router = Router(tags=["Queueing"])


class FourEyesRequestAnswer(Schema):
    """A request, bound to one plan: any change of scope, evidence or target makes it void."""

    id: UUID
    state: Said
    requested_by: str | None
    requested_at: datetime
    reason: str
    starts_at: datetime | None
    plan_hash: str
    fingerprint: str
    counts_until: datetime
    decided_by: str | None
    decided_at: datetime | None
    decision_reason: str


class FourEyesAnswer(Schema):
    """Whether the tenant needs approval, and how the newest request of the draft stands."""

    needed: bool
    request: FourEyesRequestAnswer | None


class AskRequest(Sent):
    """What a restore takes as well: the person who approves sees the reason and the start."""

    offer: SignedText
    typed_name: Text = ""
    acknowledged: list[Text] = Field(default_factory=list, max_length=MOST_ACKNOWLEDGED)
    reason: LongText = ""
    starts_at: Moment | None = None

    model_config = {
        "json_schema_extra": {
            "examples": [
                {"offer": "the offer", "typed_name": "Contoso", "reason": "CHG-1042"},
            ]
        }
    }


@router.get(
    "/drafts/{uuid:draft_id}/approval",
    response=FINDING | {200: FourEyesAnswer},
    operation_id="getApproval",
)
def get_approval(request: ApiRequest, draft_id: UUID) -> FourEyesAnswer:
    """How the draft's newest request for approval stands."""
    return _answer(readable_draft(request, draft_id))


@router.post(
    "/drafts/{uuid:draft_id}/approval",
    response=REFUSABLE | {201: FourEyesAnswer},
    operation_id="askForApproval",
)
def ask_for_approval(
    request: ApiRequest, draft_id: UUID, body: AskRequest
) -> Status[FourEyesAnswer]:
    """Ask another person to approve exactly what is confirmed here; approvers are notified."""
    draft = preparable_draft(request, draft_id, TokenScope.RESTORE)
    require(request.user, Capability.EXECUTE_RESTORE, draft.tenant)
    now = timezone.now()
    approval_requests.ask(
        actor=request.user,
        draft=draft,
        confirmation=Confirmation(
            offer=body.offer,
            is_dry_run=False,
            typed_name=body.typed_name,
            acknowledged=frozenset(body.acknowledged),
            reason=body.reason,
            starts_at=body.starts_at,
        ),
        authenticated_at=now,
        now=now,
    )
    return Status(201, _answer(draft))


def _answer(draft: RestoreDraft) -> FourEyesAnswer:
    request = newest_request(draft)
    held = status_of_request(request, now=timezone.now()) if request else None
    return FourEyesAnswer(
        needed=draft.tenant.needs_approval, request=_request(held) if held else None
    )


def _request(held: ApprovalRequestStatus) -> FourEyesRequestAnswer:
    request = held.request
    return FourEyesRequestAnswer(
        id=request.pk,
        state=Said(code=held.state.value, label=held.state.label, sentence=held.sentence),
        requested_by=username_of(request.requested_by),
        requested_at=request.requested_at,
        reason=request.reason,
        starts_at=request.starts_at,
        plan_hash=request.plan_hash,
        fingerprint=request.fingerprint,
        counts_until=held.counts_until,
        decided_by=username_of(request.decided_by),
        decided_at=request.decided_at,
        decision_reason=request.decision_reason,
    )
