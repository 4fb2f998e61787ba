"""The life of a draft: its scope and ledger, and the evidence captured for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from operations import lifecycle
from operations.models import OperationRun
from restore_safety.models import BackupSet, CapturedEvidence, DraftChange, RestoreDraft
from restore_safety.truth.evidence import EVIDENCE_SCHEMA_VERSION, CaptureState, EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.integrity import Integrity, integrity_of
from restore_safety.truth.ledger import ChangeCause, cause_of
from restore_safety.truth.scope import ConflictPolicy, Scope, ScopeMode, changes_between
from tenants import audit
from tenants.access import require
from tenants.capabilities import Capability
from tenants.models import Tenant, User


class DraftSubmittedError(Exception):
    """The draft has been queued as a restore and no longer changes."""


class DraftInUseError(Exception):
    """Runs were made from the draft: it stays on record."""


class EmptyScopeError(Exception):
    """Nothing is in scope, so there is nothing to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeChoices:
    """What an operator may set on a draft; None leaves a choice as it is."""

    backup_set: BackupSet | None = None
    mode: ScopeMode | None = None
    selected: frozenset[str] | None = None
    group_mapping: Mapping[str, str] | None = None
    include_assignments: bool | None = None
    include_foundations: bool | None = None
    conflict_policy: ConflictPolicy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceStanding:
    """The evidence that speaks for a draft, and whether it still does."""

    captured: CapturedEvidence | None
    integrity: Integrity


def open_draft(*, actor: User, tenant: Tenant, now: datetime) -> RestoreDraft:
    """A fresh draft for this tenant, owned by the actor."""
    require(actor, Capability.PREPARE_RESTORE, tenant)
    draft = RestoreDraft.objects.create(tenant=tenant, owner=actor, created_at=now, updated_at=now)
    audit.record(
        action="restore_draft.opened",
        actor=actor,
        tenant=tenant,
        subject=f"restore_draft:{draft.pk}",
    )
    return draft


def change_scope(
    *, actor: User, draft: RestoreDraft, choices: ScopeChoices, now: datetime
) -> tuple[DraftChange, ...]:
    """Write the choices to the draft and one ledger line for each field that moved."""
    require(actor, Capability.PREPARE_RESTORE, draft.tenant)
    with transaction.atomic():
        draft = locked(draft)
        before = draft.to_truth()
        _apply(draft, choices)
        draft.updated_at = now
        draft.save()
        return _write_ledger(
            actor=actor, draft=draft, before=before, after=draft.to_truth(), now=now
        )


def locked(draft: RestoreDraft) -> RestoreDraft:
    """The draft as it is now, held until the transaction ends; refused once it was submitted."""
    draft = (
        RestoreDraft.objects.select_for_update(of=("self",))
        .select_related("tenant", "backup_set")
        .get(pk=draft.pk)
    )
    if draft.submitted_at:
        raise DraftSubmittedError(str(draft.pk))
    return draft


def _apply(draft: RestoreDraft, choices: ScopeChoices) -> None:
    if choices.backup_set is not None and choices.backup_set.pk != draft.backup_set_id:
        draft.backup_set = choices.backup_set
        # Items belong to one set: a selection made in another means nothing here.
        draft.selected_items.clear()
    for field in ("mode", "include_assignments", "include_foundations", "conflict_policy"):
        value = getattr(choices, field)
        if value is not None:
            setattr(draft, field, value)
    if choices.group_mapping is not None:
        draft.group_mapping = {
            source: target for source, target in choices.group_mapping.items() if target
        }
    if choices.selected is not None and draft.backup_set is not None:
        draft.selected_items.set(draft.backup_set.items.filter(pk__in=choices.selected))


def _write_ledger(
    *, actor: User, draft: RestoreDraft, before: Scope, after: Scope, now: datetime
) -> tuple[DraftChange, ...]:
    fingerprint = fingerprint_of(after)
    returned = (
        fingerprint != fingerprint_of(before)
        and draft.evidence.filter(fingerprint=fingerprint).exists()
    )
    return tuple(
        DraftChange.objects.create(
            tenant_id=draft.tenant_id,
            draft=draft,
            cause=ChangeCause.SCOPE_RESTORED if returned else cause_of(change),
            field=change.field,
            before=change.before,
            after=change.after,
            fingerprint_before=fingerprint_of(before),
            fingerprint_after=fingerprint,
            actor=actor,
            at=now,
        )
        for change in changes_between(before, after)
    )


def discard(*, actor: User, draft: RestoreDraft) -> None:
    """Delete a draft no run was made from, with its evidence and ledger."""
    require(actor, Capability.PREPARE_RESTORE, draft.tenant)
    with transaction.atomic():
        if draft.runs.exists():
            raise DraftInUseError(str(draft.pk))
        subject = f"restore_draft:{draft.pk}"
        draft.delete()
        audit.record(
            action="restore_draft.discarded", actor=actor, tenant=draft.tenant, subject=subject
        )


def standing_of(*, draft: RestoreDraft, kind: EvidenceKind, scope: Scope) -> EvidenceStanding:
    """The newest evidence for exactly this scope; failing that, the newest there is."""
    of_kind = draft.evidence.filter(kind=kind)
    captured = of_kind.filter(fingerprint=fingerprint_of(scope)).first() or of_kind.first()
    return EvidenceStanding(
        captured=captured,
        integrity=integrity_of(captured.to_truth() if captured else None, scope),
    )


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
