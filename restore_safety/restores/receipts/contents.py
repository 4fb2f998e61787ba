"""What a receipt holds, as named records made from rows: digests and facts, never a payload."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from restore_safety.execution.audit_anchor import item_content, items_of, moment
from restore_safety.execution.ending import attention_of, facts_of, writes_of
from restore_safety.models import (
    ApprovalRequest,
    CapturedEvidence,
    Finding,
    PlanItem,
    RestoreRun,
)
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.policies.plan import plan_entry
from restore_safety.restores.exports import meaning_of
from restore_safety.restores.receipts.anchors import Anchors
from restore_safety.restores.receipts.linking import Named
from restore_safety.restores.trail import subjects_of
from restore_safety.truth.evidence import EvidenceKind
from tenants.audit import extracts
from tenants.canonical_json import digest_of
from tenants.models import AuditEvent
from tenants.models.audit_hash import instant

# The bodies of the plan's requests come with its rows, so only few stand in memory at once.
_CHUNK = 200


class ReceiptBrokenOffError(Exception):
    """The rows changed while the receipt was written; what has come of it stays unsigned."""


def records_of(
    run: RestoreRun, *, scope: dict[str, Any], anchors: Anchors, issued: AuditEvent, key_id: str
) -> Iterator[Named]:
    """Every record, in its order, in a fixed number of queries, however many items there are."""
    yield "receipt", _receipt(issued, key_id)
    yield "restore", _restore(run)
    yield "scope", {"fingerprint": run.fingerprint, "scope": scope}
    snapshot = run.metadata.get(SNAPSHOT_KEY)
    yield "evidence.checks", _evidence(_checks_of(run, snapshot))
    yield "evidence.preview", _evidence(run.preview)
    yield "confirmation", {"snapshot": snapshot, "trail": anchors.of_confirmation}
    yield "approvals", {"approvals": [_approval(run.approval)] if run.approval else []}
    planned = run.preview.plan.count()
    yield "plan", {"evidence": str(run.preview_id), "hash": run.plan_hash, "items": planned}
    for number, plan_item in enumerate(_plan_of(run), 1):
        yield f"plan.item:{number}", _planned(plan_item)
    counted: Counter[tuple[str, str, str]] = Counter()
    for number, (item, writes) in enumerate(items_of(run), 1):
        counted[item.outcome, item.verification, item.reason_code] += 1
        yield f"item:{number}", item_content(item, writes)
    if counted.total() != planned:
        raise ReceiptBrokenOffError(str(run.pk))
    yield "result", _result(run, counted) | {"trail": anchors.of_result}
    for number, event in enumerate(_events_of(run, issued), 1):
        yield f"event:{number}", extracts.event_content(event)
    yield "audit", extracts.head_content(issued)


def _receipt(issued: AuditEvent, key_id: str) -> dict[str, Any]:
    return {
        "product": "Restore Safety",
        "issued_at": instant(issued.at),
        "issued_by": issued.actor_name,
        "key_id": key_id,
    }


def _restore(run: RestoreRun) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "kind": "dry_run" if run.is_dry_run else "restore",
        "undoes": str(run.draft.undoes_id or ""),
        "status": run.status,
        "workspace": run.tenant.workspace.name,
        "tenant": {"id": run.tenant_id, "slug": run.tenant.slug, "name": run.tenant.name},
        "backup_set": {
            "id": str(run.backup_set_id),
            "label": run.backup_set.label,
            "digest": run.backup_set.digest,
        },
        "pre_restore_set": str(run.pre_restore_set_id or ""),
        "draft": str(run.draft_id),
        "operation": str(run.operation_run_id),
        "requested_by": _requester_of(run),
        "reason": run.reason,
        "fingerprint": run.fingerprint,
        "plan_hash": run.plan_hash,
        "queued_at": instant(run.created_at),
        "started_at": moment(run.operation_run.started_at),
        "ended_at": moment(run.ended_at),
    }


def _requester_of(run: RestoreRun) -> str:
    """The name back then, where it was kept: names change."""
    snapshot = run.metadata.get(SNAPSHOT_KEY) or {}
    return str(snapshot.get("actor_name") or run.requested_by or "")


def _approval(request: ApprovalRequest) -> dict[str, Any]:
    """What another person approved, in the words of the request itself."""
    return {
        "request": str(request.pk),
        "requested_by": str(request.requested_by or ""),
        "requested_at": instant(request.requested_at),
        "reason": request.reason,
        "starts_at": moment(request.starts_at),
        "fingerprint": request.fingerprint,
        "plan_hash": request.plan_hash,
        "checks": str(request.checks_id),
        "preview": str(request.preview_id),
        "decision": request.decision,
        "decided_by": str(request.decided_by or ""),
        "decided_by_id": str(request.decided_by_id or ""),
        "decided_at": moment(request.decided_at),
        "decision_reason": request.decision_reason,
    }


def _checks_of(run: RestoreRun, snapshot: dict[str, Any] | None) -> CapturedEvidence | None:
    """The checks that were relied on, as the snapshot names them."""
    mark = (snapshot or {}).get(EvidenceKind.CHECKS.value)
    if not mark:
        return None
    captured = run.draft.evidence.filter(kind=EvidenceKind.CHECKS, pk=mark["evidence_id"])
    return captured.select_related("captured_by").first()


def _evidence(captured: CapturedEvidence | None) -> dict[str, Any]:
    if captured is None:
        return {"captured": None}
    return {
        "captured": {
            "id": str(captured.pk),
            "kind": captured.kind,
            "state": captured.state,
            "schema_version": captured.schema_version,
            "fingerprint": captured.fingerprint,
            "plan_hash": captured.plan_hash,
            "captured_by": str(captured.captured_by or ""),
            "started_at": instant(captured.started_at),
            "completed_at": moment(captured.completed_at),
            "counts": captured.to_truth().counts,
            "findings": [_finding(one) for one in captured.findings.order_by("position")],
        }
    }


def _finding(one: Finding) -> dict[str, Any]:
    content = {
        "position": one.position,
        "severity": one.severity,
        "code": one.code,
        "title": one.title,
        "why": one.why,
        "remedy": one.remedy,
        "subjects": one.subjects,
    }
    if one.facts is not None:
        content |= {"missing": one.missing, "facts": one.facts}
    kept = {name: content[name] for name in ("position", "severity", "code")}
    return kept | {"digest": digest_of(content)}


def _plan_of(run: RestoreRun) -> Iterable[PlanItem]:
    return run.preview.plan.order_by("position").iterator(chunk_size=_CHUNK)


def _planned(item: PlanItem) -> dict[str, Any]:
    backup_item, decision, target, target_digest, absence, requests = plan_entry(item)
    parts = ("id", "method", "version", "path", "body_digest", "binds", "purpose", "member")
    return {
        "backup_item": backup_item,
        "decision": decision,
        "reason": item.reason_code,
        "target_object_id": target,
        "target_digest": target_digest,
        "absence": absence,
        "requests": [dict(zip(parts, request, strict=False)) for request in requests],
    }


def _result(run: RestoreRun, counted: Counter[tuple[str, str, str]]) -> dict[str, Any]:
    return {
        "items": counted.total(),
        "counts": [
            {"outcome": outcome, "verification": verification, "reason": reason, "count": count}
            for (outcome, verification, reason), count in sorted(counted.items())
        ],
        "writes_accepted": writes_of(run),
        "meaning": meaning_of(attention_of(run, facts_of([run.pk])[run.pk])),
    }


def _events_of(run: RestoreRun, issued: AuditEvent) -> Iterable[AuditEvent]:
    """What the trail says of the restore, up to the event of this very receipt."""
    events = AuditEvent.objects.in_tenant(run.tenant).filter(
        subject__in=subjects_of(run), pk__lte=issued.pk
    )
    return events.order_by("chain_id", "sequence").iterator(chunk_size=_CHUNK)
