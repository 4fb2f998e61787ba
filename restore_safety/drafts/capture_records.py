"""Captures of evidence as rows: queued, completed, failed."""

from datetime import datetime
from typing import Any

from django.db import transaction

from operations import lifecycle
from operations.models import OperationRun, RunStatus
from restore_safety.drafts.service import locked
from restore_safety.models import (
    CapturedEvidence,
    RestoreDraft,
)
from restore_safety.truth.evidence import EVIDENCE_SCHEMA_VERSION, CaptureState, EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from tenants.access.service import require
from tenants.models import User
from tenants.models.capabilities import Capability


class EmptyScopeError(Exception):
    """Nothing is in scope, so there is nothing to look at."""


def queue_capture(
    *, actor: User, draft: RestoreDraft, kind: EvidenceKind, title: str, now: datetime
) -> CapturedEvidence:
    """Evidence being captured for the draft's scope as it stands; a second call returns the first.

    Raises EmptyScopeError when no item is in scope and DraftSubmittedError once it was queued.
    """
    require(actor, Capability.PREPARE_RESTORE, draft.tenant)
    with transaction.atomic():
        draft = locked(draft)
        scope = draft.to_truth()
        if not scope.items:
            raise EmptyScopeError(str(draft.pk))
        _end_orphans(draft=draft, kind=kind, now=now)
        evidence, is_new = CapturedEvidence.objects.get_or_create(
            draft=draft,
            kind=kind,
            state=CaptureState.CAPTURING,
            fingerprint=fingerprint_of(scope),
            defaults={
                "tenant_id": draft.tenant_id,
                "schema_version": EVIDENCE_SCHEMA_VERSION,
                "scope": scope.to_json(),
                "started_at": now,
                "captured_by": actor,
            },
        )
        if is_new:
            evidence.operation_run = lifecycle.queue(
                actor=actor, tenant=draft.tenant, kind=kind, title=title, subject=str(evidence.pk)
            )
            evidence.save(update_fields=["operation_run"])
    return evidence


def _end_orphans(*, draft: RestoreDraft, kind: EvidenceKind, now: datetime) -> None:
    """A capture whose operation has ended, or is gone, will never end by itself."""
    captures = CapturedEvidence.objects.filter(
        draft=draft, kind=kind, state=CaptureState.CAPTURING
    ).exclude(operation_run__status__in=RunStatus.LIVE)
    captures.update(
        state=CaptureState.FAILED,
        completed_at=now,
        failure="No worker was on this capture any more, so it was given up.",
    )


def complete_capture(*, evidence: CapturedEvidence, now: datetime, **facts: Any) -> bool:
    """Mark the capture complete with its facts; False when it had already ended."""
    return bool(
        CapturedEvidence.objects.filter(pk=evidence.pk, state=CaptureState.CAPTURING).update(
            state=CaptureState.COMPLETE, completed_at=now, **facts
        )
    )


def fail_capture(*, evidence: CapturedEvidence, failure: str, now: datetime) -> bool:
    """Mark the capture failed with a plain reason; False when it had already ended."""
    return bool(
        CapturedEvidence.objects.filter(pk=evidence.pk, state=CaptureState.CAPTURING).update(
            state=CaptureState.FAILED, completed_at=now, failure=failure
        )
    )


def evidence_of(run: OperationRun) -> CapturedEvidence | None:
    """The evidence an operation captures, if it still exists."""
    return CapturedEvidence.objects.filter(pk=run.subject).select_related("draft").first()
