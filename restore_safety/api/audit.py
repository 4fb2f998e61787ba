"""The audit trail, as far as the token's person may read it."""

from datetime import datetime
from typing import Any

from ninja import Field, Query, Router, Schema

from restore_safety.api.auth import ApiRequest
from restore_safety.api.documented import READING
from restore_safety.api.shapes import (
    Moment,
    Page,
    Slug,
    Text,
    Window,
    narrowed,
    page_of,
)
from tenants.audit.actions import label_of
from tenants.audit.filters import AuditFilter
from tenants.audit.pages import events_for
from tenants.models import AuditEvent, AuditOutcome, User

router = Router(tags=["Audit trail"])


class AuditEventAnswer(Schema):
    """One act, as it was written once; the names are those of that moment."""

    chain: str
    sequence: int
    hash: str
    previous_hash: str
    at: datetime
    action: str
    label: str
    outcome: AuditOutcome
    actor: str
    tenant: str
    workspace: str
    subject: str
    detail: dict[str, Any]
    withheld: list[str] = Field(
        description="Keys of the detail that are not the reader's to see; the hash covers them."
    )
    request_id: str
    address: str


class AuditPage(Page[AuditEventAnswer]):
    pass


class AuditChoices(Window):
    q: Text | None = Field(None, description="In the subject, the person, the tenant or the act.")
    tenant: Slug | None = None
    actor: Text | None = Field(None, description="The name they sign in with.")
    action: Text | None = None
    outcome: AuditOutcome | None = None
    since: Moment | None = None
    until: Moment | None = None


@router.get("/audit-events", response=READING | {200: AuditPage}, operation_id="listAuditEvents")
def list_audit_events(request: ApiRequest, choices: Query[AuditChoices]) -> AuditPage:
    """Who did what and was refused what, the newest first."""
    events = narrowed(AuditFilter, events_for(request.user), choices, request=request)
    return page_of(AuditPage, events, choices, lambda event: _event(event, request.user))


def _event(event: AuditEvent, reader: User) -> AuditEventAnswer:
    return AuditEventAnswer(
        chain=event.chain_id,
        sequence=event.sequence,
        hash=event.hash,
        previous_hash=event.previous_hash,
        at=event.at,
        action=event.action,
        label=label_of(event.action),
        outcome=event.outcome_member,
        actor=event.actor_name,
        tenant=event.tenant_name,
        workspace=event.workspace_name,
        subject=event.subject,
        detail=event.detail_for(reader),
        withheld=event.withheld_from(reader),
        request_id=event.request_id,
        address=event.address,
    )
