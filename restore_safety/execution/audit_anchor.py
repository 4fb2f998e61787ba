"""What the audit trail keeps of a restore's result, to find out when only its rows change."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import batched
from typing import Any

from restore_safety.models import RestoreItem, RestoreRun, RestoreWrite, WriteState
from restore_safety.truth.attention import RestoreStatus
from tenants.audit import trail
from tenants.audit.witnesses import DueEvent
from tenants.canonical_json import carried, digest_of
from tenants.models import AuditEvent, Workspace
from tenants.models.audit_hash import instant

# Of the items with their requests only few stand in memory at once.
_CHUNK = 200


def record_end(run: RestoreRun) -> None:
    """Add the event of the run's end to the trail, in the transaction that ends it.

    Nothing changes an item after this. Whoever ever has to, records the new result the same way.
    """
    trail.record(
        action="restore.ended",
        actor=None,
        tenant=run.tenant,
        subject=f"restore_run:{run.pk}",
        detail=result_kept_of(run),
    )


def missing_events(workspace: Workspace | None) -> Iterator[DueEvent]:
    """The events of queueing and end that restores of the workspace, or of all, must have left."""
    runs = RestoreRun.objects.order_by("created_at")
    if workspace is not None:
        runs = runs.filter(tenant__workspace=workspace)
    # Before the events: what is queued meanwhile is not missed.
    stood = {f"restore_run:{pk}": ended for pk, ended in runs.values_list("pk", "ended_at")}
    queued, ended = _recorded("restore.queued", stood), _recorded("restore.ended", stood)
    for subject, ended_at in stood.items():
        if subject not in queued:
            yield DueEvent(action="restore.queued", subject=subject)
        elif ended_at and subject not in ended and _is_anchored(subject):
            yield DueEvent(action="restore.ended", subject=subject)


def _recorded(action: str, subjects: Iterable[str]) -> set[str]:
    """Which of them have such an event; asked by name, for a tampered one may not be readable."""
    found: set[str] = set()
    for some in batched(subjects, _CHUNK, strict=False):
        events = AuditEvent.objects.filter(action=action, subject__in=some)
        found.update(events.values_list("subject", flat=True))
    return found


def _is_anchored(subject: str) -> bool:
    """Whether it was queued since there are digests; an older run left no event of its end.

    An event that cannot be read is named by the walk along its chain.
    """
    try:
        events = AuditEvent.objects.filter(action="restore.queued", subject=subject)
        return any("snapshot" in event.detail for event in events)
    except ValueError:
        return False


def result_kept_of(run: RestoreRun) -> dict[str, Any]:
    """The result as the trail keeps it: status and counts to read, and a digest of every fact."""
    outcomes: Counter[str] = Counter()
    writes, digests = 0, []
    for item, requests in items_of(run):
        outcomes[item.outcome] += 1
        writes += sum(request.state == WriteState.APPLIED for request in requests)
        digests.append(digest_of(carried(item_content(item, requests))))
    return {
        "status": RestoreStatus(run.status).value,
        "ended_at": moment(run.ended_at),
        "pre_restore_set": str(run.pre_restore_set_id or ""),
        "items": outcomes.total(),
        "outcomes": dict(sorted(outcomes.items())),
        "writes": writes,
        "items_digest": digest_of(digests),
    }


def items_of(run: RestoreRun) -> Iterator[tuple[RestoreItem, list[RestoreWrite]]]:
    """Each item with its requests: two ordered streams side by side, so none is asked for alone."""
    items = run.items.select_related("backup_item").order_by("position")
    requests = RestoreWrite.objects.filter(item__run=run).order_by("item__position", "position")
    stream = requests.iterator(chunk_size=_CHUNK)
    request = next(stream, None)
    for item in items.iterator(chunk_size=_CHUNK):
        own: list[RestoreWrite] = []
        while request is not None and request.item_id == item.pk:
            own.append(request)
            request = next(stream, None)
        yield item, own


def item_content(item: RestoreItem, requests: Iterable[RestoreWrite]) -> dict[str, Any]:
    """The facts of one item, as a receipt holds them and the digest in the trail covers them."""
    # Its sentence stays out: it may quote what Graph answered.
    return {
        "position": item.position,
        "backup_item": str(item.backup_item_id),
        "backup_digest": item.backup_item.digest,
        "policy": item.name,
        "type": item.contract_key,
        "state": item.state,
        "outcome": item.outcome,
        "verification": item.verification,
        "reason": item.reason_code,
        "error_code": item.error_code,
        "request_id": item.request_id,
        "target_object_id": item.target_object_id,
        "mismatches": item.mismatches,
        "settled_at": moment(item.settled_at),
        "read_back_at": moment(item.read_back_at),
        "requests": [_request(request) for request in requests],
    }


def moment(at: datetime | None) -> str | None:
    return instant(at) if at else None


def _request(request: RestoreWrite) -> dict[str, Any]:
    return {
        "id": request.operation_id,
        "purpose": request.purpose,
        "method": request.method,
        "path": request.path,
        "state": request.state,
        "compared_at": moment(request.compared_at),
        "intent_at": moment(request.intent_at),
        "answered_at": moment(request.answered_at),
        "status_code": request.status_code,
        "request_id": request.request_id,
    }
