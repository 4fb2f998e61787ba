"""What the API answers about restores and their items, and what it takes."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Field, Schema

from restore_safety.api.backups import BackupSetName
from restore_safety.api.shapes import LongText, Page, Said, Sent, Slug, TenantName, Text, Window
from restore_safety.models import ItemState
from restore_safety.truth.attention import ItemOutcome, RestoreStatus, Verification
from restore_safety.truth.continuing import ContinuingAction
from tenants.graph.filing import ApprovalStatus

# A larger number is no key of any database.
_Key = Annotated[int, Field(ge=1, le=2**63 - 1)]


class ResultAnswer(Schema):
    """What it came to: the answer every page gives, from the same function."""

    attention: Said
    follow_up_required: bool
    cause: Said
    next_action: Said
    items_in_need: int
    headline: str
    sentence: str
    boundary: str
    what_next: str = Field(description="The next step, also where it was taken up already.")


class TakenUpAnswer(Schema):
    """Who goes on from what it left open."""

    form: str = Field(description="A draft, or a restore.")
    id: UUID
    by: str
    at: datetime


class NoteAnswer(Schema):
    note: str
    by: str
    at: datetime


class OverrideAnswer(Said):
    """A safeguard that was overridden for this restore alone."""

    reason: str


class RestoreLine(Schema):
    id: UUID
    tenant: TenantName
    backup_set: BackupSetName
    is_dry_run: bool
    status: RestoreStatus
    result: ResultAnswer
    taken_up: TakenUpAnswer | None
    acknowledgement: NoteAnswer | None
    overrides: list[OverrideAnswer] = Field(
        description="The safeguards it was queued in spite of, with the reasons typed."
    )
    requested_by: str | None
    reason: str
    created_at: datetime
    starts_at: datetime | None = Field(description="When it was scheduled to start.")
    ended_at: datetime | None
    archived_at: datetime | None
    draft: UUID
    undoes: UUID | None = Field(description="The restore that it undoes.")
    preview: UUID
    operation_id: UUID
    pre_restore_set: UUID | None = Field(description="What it replaced, kept to undo it.")
    fingerprint: str
    plan_hash: str


class ApprovalAnswer(Schema):
    """The request that a write was filed as, and what the tenant's people made of it."""

    code: str
    status: ApprovalStatus
    item: int
    write: str = Field(description="What it would do, and to which policy.")
    approvers: list[str] = Field(description="The groups whose members may approve it.")
    filed_at: datetime
    expires_at: datetime
    read_at: datetime | None
    decided_by: str
    answer: str


class ContinuationAnswer(Schema):
    """How many items an action would take along, of those that no later restore resolved."""

    items: ContinuingAction
    label: str
    count: int


class NeighbourAnswer(Schema):
    """A restore that this one continues or repeats, or the other way round."""

    relation: str
    id: UUID


class RestoreAnswer(RestoreLine):
    counts: dict[str, int]
    continuations: list[ContinuationAnswer] = Field(
        description="What can be continued; actions that would take the same items come once."
    )
    continuation_remarks: list[str] = Field(
        description="What is to be known first: items of unknown outcome, waiting, or by hand."
    )
    neighbours: list[NeighbourAnswer] = Field(
        description="What it continues or repeats, and the first five that continue or repeat it."
    )
    writes_accepted: int = Field(description="Requests the tenant took.")
    approvals: list[ApprovalAnswer] = Field(
        description="Writes that the tenant filed for its own approver, at most 50."
    )


class WrittenRequestAnswer(Schema):
    """A request of the journal; its intent was stored before it was sent."""

    purpose: str
    method: str
    path: str
    state: str
    intent_at: datetime | None
    answered_at: datetime | None
    status_code: int | None
    request_id: str


class RestoreItemAnswer(Schema):
    id: int
    position: int
    backup_item: UUID
    name: str
    type_label: str
    decision: str
    state: ItemState
    outcome: ItemOutcome
    verification: Verification
    reason: str
    reason_label: str
    sentence: str
    error_code: str
    request_id: str
    target_object_id: str
    mismatches: list[Any]
    incomparable: list[str]
    changes: list[dict[str, Any]]
    requests: list[WrittenRequestAnswer]
    settled_at: datetime | None
    read_back_at: datetime | None


class SnapshotAnswer(Schema):
    """What was known and confirmed when it was queued: written once, never worked out again."""

    snapshot: dict[str, Any]
    acknowledged: list[str] = Field(description="What was accepted one by one, in words.")


class ReceiptAnswer(Schema):
    """Named records, each linked to the one before, under one signature: see ADR 0009."""

    schema_name: str = Field(alias="schema")
    records: list[dict[str, Any]]
    count: int
    head: str
    signature: dict[str, str]


class RestorePage(Page[RestoreLine]):
    pass


class RestoreItemPage(Page[RestoreItemAnswer]):
    pass


class RestoreChoices(Window):
    q: Text | None = Field(None, description="In the backup, the reason, the person or a policy.")
    tenant: Slug | None = None
    status: RestoreStatus | None = None
    kind: Literal["real", "dry"] | None = None
    attention: Literal["open", "acknowledged", "yes", "no"] | None = None
    archived: Literal["all", "yes"] | None = Field(None, description="Else those not archived.")


class RestoreItemChoices(Window):
    q: Text | None = None
    attention: Literal["yes"] | None = Field(None, description="Only what needs attention.")
    outcome: ItemOutcome | None = None
    verification: Verification | None = None
    type: Text | None = None


class ContinueRequest(Sent):
    """Which of its items the new draft is opened with."""

    items: ContinuingAction

    model_config = {"json_schema_extra": {"examples": [{"items": "remaining"}]}}


class NoteRequest(Sent):
    note: LongText = Field(min_length=1)

    model_config = {
        "json_schema_extra": {"examples": [{"note": "The help desk calls the group's owner."}]}
    }
