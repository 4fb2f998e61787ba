"""The journal: what is about to be written is stored before it is sent, what came of it after."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from operations import lifecycle
from operations.lifecycle import Lease
from restore_safety.models import (
    ItemState,
    PlanItem,
    RestoreItem,
    RestoreRun,
    RestoreWrite,
    WriteApproval,
    WriteState,
)
from restore_safety.policies.secrets import secret_values
from restore_safety.truth.attention import ItemOutcome, ReasonCode, Verification
from tenants.graph.errors import GraphError
from tenants.graph.filing import ApprovalStatus
from tenants.graph.secrecy import concealed

SENTENCE_LENGTH = 1000
ID_LENGTH = 100
SENT_WITHOUT_ANSWER = frozenset({WriteState.IN_FLIGHT, WriteState.UNKNOWN})
SETTLED_FIELDS = [
    "state",
    "outcome",
    "verification",
    "reason_code",
    "sentence",
    "mismatches",
    "incomparable",
    "left_digest",
    "duplicates",
    "error_code",
    "request_id",
    "target_object_id",
    "settled_at",
    "read_back_at",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What came of an item, in the words and codes a page shows."""

    outcome: ItemOutcome
    reason: ReasonCode
    sentence: str
    verification: Verification = Verification.NOT_ATTEMPTED
    mismatches: tuple[str, ...] = ()
    incomparable: tuple[str, ...] = ()
    left_digest: str = ""
    duplicates: tuple[str, ...] = ()
    error: GraphError | None = None
    # What was answered to an earlier request stays on record.
    keeps_error: bool = False


def open_journal(*, run: RestoreRun, plan: Iterable[PlanItem]) -> None:
    """One row per planned item and request, all of them still to be done."""
    plan = list(plan)
    items = RestoreItem.objects.bulk_create(
        [
            RestoreItem(
                tenant_id=run.tenant_id,
                run=run,
                plan_item=planned,
                backup_item_id=planned.backup_item_id,
                position=planned.position,
                contract_key=planned.backup_item.contract_key,
                name=planned.backup_item.name,
                target_object_id=planned.target_object_id,
            )
            for planned in plan
        ],
        batch_size=500,
    )
    RestoreWrite.objects.bulk_create(
        [
            RestoreWrite(
                tenant_id=run.tenant_id,
                item=item,
                position=position,
                operation_id=write["id"],
                purpose=write["purpose"],
                method=write["method"],
                path=write["path"],
            )
            for item, planned in zip(items, plan, strict=True)
            for position, write in enumerate(planned.writes)
        ],
        batch_size=500,
    )


def intend(*, lease: Lease, item: RestoreItem, write: RestoreWrite, now: datetime) -> None:
    """Store that the request is about to be sent; a worker that was fenced out cannot."""
    with transaction.atomic():
        lifecycle.renew(lease=lease, now=now)
        item.state = ItemState.IN_FLIGHT
        item.save(update_fields=["state"])
        write.state = WriteState.IN_FLIGHT
        write.intent_at = now
        # The answer to an earlier exchange says nothing of this one.
        write.status_code = None
        write.answered_at = None
        write.save(update_fields=["state", "intent_at", "status_code", "answered_at"])


def note_held_back(*, lease: Lease, write: RestoreWrite, now: datetime) -> None:
    """Store that a request which was throttled is not sent again: nothing came of it."""
    with transaction.atomic():
        lifecycle.renew(lease=lease, now=now)
        write.state = WriteState.REFUSED
        write.answered_at = now
        write.save(update_fields=["state", "answered_at"])


def put_off(*, lease: Lease, item: RestoreItem, write: RestoreWrite, now: datetime) -> None:
    """Store that a request which has not left, or was throttled, is left for a later turn.

    An exchange before it that got no answer stays in doubt.
    """
    with transaction.atomic():
        lifecycle.renew(lease=lease, now=now)
        write.state = WriteState.UNKNOWN if write.doubts else WriteState.PLANNED
        write.intent_at = write.doubted_at
        write.save(update_fields=["state", "intent_at"])
        others = item.writes.exclude(pk=write.pk).exclude(state=WriteState.PLANNED)
        if not (write.doubts or others.exists()):
            item.state = ItemState.PLANNED
            item.save(update_fields=["state"])


def note_doubt(
    *, lease: Lease, write: RestoreWrite, error: GraphError | None, now: datetime
) -> None:
    """Store that the request left and that no answer says what came of it."""
    with transaction.atomic():
        lifecycle.renew(lease=lease, now=now)
        write.state = WriteState.UNKNOWN
        write.doubts += 1
        write.doubted_at = write.doubted_at or write.intent_at
        if not (error and error.status):
            write.unanswered_at = write.intent_at
        write.answered_at = now if error and error.status else None
        write.status_code = (error and error.status) or None
        write.request_id = error.request_id[:ID_LENGTH] if error else ""
        write.save(
            update_fields=[
                "state",
                "doubts",
                "doubted_at",
                "unanswered_at",
                "answered_at",
                "status_code",
                "request_id",
            ]
        )


def note_compared(*, lease: Lease, item: RestoreItem, now: datetime) -> None:
    """Store when the tenant was last held against the preview before the item is written."""
    with transaction.atomic():
        lifecycle.renew(lease=lease, now=now)
        item.writes.update(compared_at=now)


def note_applied(  # noqa: PLR0913 -- the parts of one answer
    *,
    lease: Lease,
    item: RestoreItem,
    write: RestoreWrite,
    object_id: str,
    status_code: int | None,
    request_id: str,
    now: datetime,
) -> None:
    """Store that the tenant took the request, and the id it gave to what was created."""
    with transaction.atomic():
        lifecycle.renew(lease=lease, now=now)
        write.state = WriteState.APPLIED
        write.answered_at = now
        write.status_code = status_code
        write.request_id = request_id
        write.save(update_fields=["state", "answered_at", "status_code", "request_id"])
        approval: WriteApproval | None = getattr(write, "approval", None)
        if approval is not None:
            approval.status = ApprovalStatus.COMPLETED
            approval.save(update_fields=["status"])
        if object_id:
            _give_id(item, object_id)


def note_filed(
    *,
    lease: Lease,
    item: RestoreItem,
    approval: WriteApproval,
    status_code: int | None,
    now: datetime,
) -> None:
    """Store as what the tenant filed the write; the item waits, and is not settled by it."""
    write = approval.write
    with transaction.atomic():
        lifecycle.renew(lease=lease, now=now)
        write.state = WriteState.FILED
        write.answered_at = now
        write.status_code = status_code
        write.save(update_fields=["state", "answered_at", "status_code"])
        approval.save()
        item.state = ItemState.WAITING
        item.outcome = ItemOutcome.WAITING_FOR_APPROVAL
        item.reason_code = ReasonCode.APPROVAL_PENDING
        item.sentence = f"{ReasonCode.APPROVAL_PENDING.sentence} Its request is {approval.code}."
        item.save(update_fields=["state", "outcome", "reason_code", "sentence"])


def note_approval(*, lease: Lease, approval: WriteApproval, now: datetime) -> None:
    """Store how the tenant's people stand to a request."""
    with transaction.atomic():
        lifecycle.renew(lease=lease, now=now)
        approval.save()


def note_refused(*, lease: Lease, write: RestoreWrite, error: GraphError, now: datetime) -> None:
    """Store that the request was not taken, and what the tenant answered."""
    with transaction.atomic():
        lifecycle.renew(lease=lease, now=now)
        write.state = WriteState.REFUSED
        write.answered_at = now
        write.status_code = error.status or None
        write.request_id = error.request_id[:ID_LENGTH]
        write.save(update_fields=["state", "answered_at", "status_code", "request_id"])


def settle(*, lease: Lease, item: RestoreItem, settlement: Settlement, now: datetime) -> None:
    """Write down what came of the item; only the worker that holds the run may.

    The first result of an item brings the run further; a later one is the same item once more.
    """
    comes_further = item.settled_at is None
    with transaction.atomic():
        (lifecycle.come_further if comes_further else lifecycle.renew)(lease=lease, now=now)
        write_down(item=item, settlement=settlement, now=now)


def reopen(*, lease: Lease, item: RestoreItem, now: datetime) -> None:
    """Take back the result of an item that was held back, of which nothing was sent."""
    with transaction.atomic():
        lifecycle.renew(lease=lease, now=now)
        item.state = ItemState.PLANNED
        item.outcome = ItemOutcome.NOT_STARTED
        item.reason_code = ""
        item.sentence = ""
        item.save(update_fields=["state", "outcome", "reason_code", "sentence"])


def write_down(*, item: RestoreItem, settlement: Settlement, now: datetime) -> None:
    """Settle an item of a run that no worker holds any more."""
    error = settlement.error
    item.state = ItemState.SETTLED
    item.outcome = settlement.outcome
    item.verification = settlement.verification
    item.reason_code = settlement.reason
    item.sentence = _kept_sentence(item, settlement)[:SENTENCE_LENGTH]
    item.mismatches = list(settlement.mismatches)
    item.incomparable = list(settlement.incomparable)
    item.left_digest = settlement.left_digest
    item.duplicates = list(settlement.duplicates)
    if not settlement.keeps_error:
        item.error_code = error.code[:ID_LENGTH] if error else ""
    item.request_id = error.request_id[:ID_LENGTH] if error else item.request_id
    item.settled_at = now
    if settlement.verification is not Verification.NOT_ATTEMPTED:
        item.read_back_at = now
    item.save(update_fields=SETTLED_FIELDS)


def _kept_sentence(item: RestoreItem, settlement: Settlement) -> str:
    """What Graph answered may repeat what it was sent: a policy's secrets are left out."""
    if settlement.error is None:
        return settlement.sentence
    bodies = [json.loads(write["body"]) for write in item.plan_item.writes if write["body"]]
    return concealed(settlement.sentence, secret_values(bodies))


def _give_id(item: RestoreItem, object_id: str) -> None:
    item.target_object_id = object_id
    item.save(update_fields=["target_object_id"])


def last_progress(run: RestoreRun) -> datetime | None:
    """Return when an item last came to a result or an approver's answer was last read."""
    moments = run.items.aggregate(
        settled=Max("settled_at"), asked=Max("writes__approval__read_at")
    ).values()
    return max((at for at in moments if at is not None), default=None)
