"""The safety snapshot of a confirmed restore: what was known and confirmed when it was queued."""

from dataclasses import replace

from restore_safety.drafts.approval_status import ApprovalRequestStatus
from restore_safety.drafts.readiness import acknowledgements_of
from restore_safety.execution.overrides import break_glass_of, freeze_override_of
from restore_safety.execution.proving import Confirmed
from restore_safety.truth.safety import Issue
from restore_safety.truth.snapshot import (
    NAME_ROOM,
    SENTENCE_ROOM,
    ApprovalMark,
    EvidenceMark,
    ExecutionSnapshot,
    ScopeSummary,
    shortened,
)


def safety_snapshot_of(confirmed: Confirmed) -> ExecutionSnapshot:
    """What is kept with the run; SnapshotTooLargeError where that is more than its bound."""
    checks, preview, confirmation = confirmed.checks, confirmed.preview, confirmed.confirmation
    assessment = confirmed.status.assessment
    asked = {one.key for one in acknowledgements_of(confirmed.status)}
    return ExecutionSnapshot(
        fingerprint=confirmed.status.fingerprint,
        plan_hash=preview.plan_hash,
        checks=EvidenceMark.of(str(checks.pk), checks.to_truth()),
        preview=EvidenceMark.of(str(preview.pk), preview.to_truth()),
        checks_integrity=assessment.checks.state,
        preview_integrity=assessment.preview.state,
        gates=tuple((gate.code, gate.passed) for gate in assessment.execution.gates),
        safety=assessment.safety,
        primary_issue=_issue(assessment.primary_issue),
        acknowledged_warnings=tuple(asked & confirmation.acknowledged),
        confirmed_tenant=""
        if confirmed.is_dry_run
        else shortened(confirmation.typed_name.strip(), NAME_ROOM),
        actor_id=str(confirmed.actor.pk),
        actor_name=confirmed.actor.get_username(),
        reason=confirmed.reason,
        is_dry_run=confirmed.is_dry_run,
        queued_at=confirmed.at,
        scope=ScopeSummary.of(confirmed.status.scope),
        undoes=confirmed.status.scope.undoes,
        starts_at=confirmed.starts_at,
        approval=_approval_mark(confirmed.approval),
        break_glass=break_glass_of(confirmed.status, confirmation),
        freeze_override=freeze_override_of(
            confirmed.status, confirmation, at=confirmed.starts_at or confirmed.at
        ),
    )


def _issue(issue: Issue | None) -> Issue | None:
    """The sentence of a gate quotes what others entered, as the reason of a freeze."""
    return issue and replace(issue, sentence=shortened(issue.sentence, SENTENCE_ROOM))


def _approval_mark(approval: ApprovalRequestStatus | None) -> ApprovalMark | None:
    request = approval.request if approval else None
    if request is None or request.decided_at is None:
        return None
    return ApprovalMark(
        request_id=str(request.pk),
        approver_id=str(request.decided_by_id or ""),
        approver_name=shortened(request.decided_by.get_username(), NAME_ROOM)
        if request.decided_by
        else "",
        approved_at=request.decided_at,
    )
