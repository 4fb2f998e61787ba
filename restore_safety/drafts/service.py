"""The life of a draft: its scope and ledger, and the evidence captured for it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from restore_safety.backups.deleting import hold_set
from restore_safety.models import (
    BackupSet,
    BackupSource,
    CapturedEvidence,
    DraftChange,
    RestoreDraft,
    RestoreRun,
)
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.integrity import Integrity, integrity_of
from restore_safety.truth.ledger import ChangeCause, cause_of
from restore_safety.truth.mapping import MOST_MAPPED, entries_of, normal_mapping
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    Scope,
    ScopeChange,
    ScopeMode,
    changes_between,
)
from tenants.access.service import require
from tenants.audit import trail
from tenants.models import Tenant, User
from tenants.models.capabilities import Capability


class DraftSubmittedError(Exception):
    """The draft has been queued as a restore and no longer changes."""


class DraftDiscardedError(Exception):
    """The draft was discarded meanwhile."""


class DraftInUseError(Exception):
    """Runs were made from the draft: it stays on record."""


class MappingRefusedError(Exception):
    """The mapping cannot be stored; the message says why."""


class FixedScopeError(Exception):
    """An undo puts back what one restore replaced, and that choice would change it."""


class NotAgreedError(Exception):
    """The change was not stored: it costs something that is not agreed to yet."""

    def __init__(self, effect: "ScopeEffect") -> None:
        super().__init__(effect.agreement)
        self.effect = effect


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeChoices:
    """What an operator may set on a draft; None leaves a choice as it is."""

    backup_set: BackupSet | None = None
    mode: ScopeMode | None = None
    selected: frozenset[str] | None = None
    mapping: Mapping[ReferenceKind, Mapping[str, str]] | None = None
    assignment_mode: AssignmentMode | None = None
    conditional_access_state: ConditionalAccessState | None = None
    include_foundations: bool | None = None
    conflict_policy: ConflictPolicy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceStatus:
    """The evidence that speaks for a draft, and whether it still does."""

    captured: CapturedEvidence | None
    integrity: Integrity


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What an operator knew when they sent their choices: the scope they saw, by its fingerprint.

    `agreed` repeats the agreement of a ScopeEffect that was put before them, if one was.
    """

    seen: str
    agreed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeEffect:
    """What storing some choices would do, to the scope and to the evidence for it."""

    before: Scope
    after: Scope
    seen: str
    set_aside: tuple[CapturedEvidence, ...]
    returning: tuple[CapturedEvidence, ...]

    @property
    def changes(self) -> tuple[ScopeChange, ...]:
        return changes_between(self.before, self.after)

    @property
    def is_overtaken(self) -> bool:
        """Whether the scope is another one by now than the operator had before them."""
        return self.seen != fingerprint_of(self.before)

    @property
    def needs_agreement(self) -> bool:
        return bool(self.changes) and (self.is_overtaken or bool(self.set_aside))

    @property
    def agreement(self) -> str:
        """Names exactly this change and what it costs; any other one has another name."""
        costs = sorted(str(evidence.pk) for evidence in self.set_aside)
        said = (fingerprint_of(self.before), fingerprint_of(self.after), *costs)
        return hashlib.sha256(" ".join(said).encode()).hexdigest()


def open_draft(
    *, actor: User, tenant: Tenant, now: datetime, undoes: RestoreRun | None = None
) -> RestoreDraft:
    """A fresh draft for this tenant, owned by the actor; of an undo, with what it undoes."""
    require(actor, Capability.PREPARE_RESTORE, tenant)
    draft = RestoreDraft.objects.create(
        tenant=tenant, owner=actor, created_at=now, updated_at=now, undoes=undoes
    )
    trail.record(
        action="restore_draft.opened",
        actor=actor,
        tenant=tenant,
        subject=f"restore_draft:{draft.pk}",
    )
    return draft


def open_draft_from(
    *, actor: User, tenant: Tenant, backup_set: BackupSet, now: datetime
) -> RestoreDraft:
    """A fresh draft that restores from this set; BackupGoneError where that was deleted."""
    require(actor, Capability.PREPARE_RESTORE, tenant)
    # Who deletes the set holds it before the trail: in another order the two would deadlock.
    with transaction.atomic(), trail.written_last():
        draft = open_draft(actor=actor, tenant=tenant, now=now)
        choices = ScopeChoices(backup_set=backup_set)
        change_scope(actor=actor, draft=draft, choices=choices, now=now)
    return draft


def change_scope(
    *,
    actor: User,
    draft: RestoreDraft,
    choices: ScopeChoices,
    now: datetime,
    consent: Consent | None = None,
) -> tuple[DraftChange, ...]:
    """Write the choices to the draft and one ledger line for each field that moved.

    Where a consent is asked for, a change that sets evidence aside, or that was made from an
    older view of the scope, is stored once they agreed to exactly that; until then NotAgreedError.
    Raises MappingRefusedError for a mapping that is ambiguous or too long, FixedScopeError for what
    an undo, or the set of one, does not leave to choose, BackupGoneError for a set that was deleted
    meanwhile, and DraftSubmittedError or DraftDiscardedError where the draft no longer changes.
    """
    require(actor, Capability.PREPARE_RESTORE, draft.tenant)
    with transaction.atomic():
        draft = locked(draft)
        before = draft.to_truth()
        _refuse_what_is_fixed(draft, choices)
        _apply(draft, choices)
        draft.updated_at = now
        draft.save()
        after = draft.to_truth()
        if consent is not None and before != after:
            effect = _effect(draft=draft, before=before, after=after, seen=consent.seen)
            if effect.needs_agreement and effect.agreement != consent.agreed:
                # Raised inside the transaction: nothing of it stays.
                raise NotAgreedError(effect)
        changes = _write_ledger(actor=actor, draft=draft, before=before, after=after, now=now)
        if changes:
            trail.record(
                action="restore_draft.changed",
                actor=actor,
                tenant=draft.tenant,
                subject=f"restore_draft:{draft.pk}",
                detail={"changed": [change.field for change in changes]},
            )
    return changes


def _effect(*, draft: RestoreDraft, before: Scope, after: Scope, seen: str) -> ScopeEffect:
    return ScopeEffect(
        before=before,
        after=after,
        seen=seen,
        set_aside=tuple(_speaking(draft, before)),
        returning=tuple(_speaking(draft, after)),
    )


def _speaking(draft: RestoreDraft, scope: Scope) -> Iterator[CapturedEvidence]:
    """What speaks for the scope, or is being captured to."""
    for kind in EvidenceKind:
        status = evidence_status(draft=draft, kind=kind, scope=scope)
        captured = status.captured
        if captured is None:
            continue
        is_under_way = (
            captured.state == CaptureState.CAPTURING
            and captured.fingerprint == fingerprint_of(scope)
        )
        if status.integrity.is_current or is_under_way:
            yield captured


def locked(draft: RestoreDraft) -> RestoreDraft:
    """The draft as it is now, held until the transaction ends; refused once it was submitted."""
    current = _held(draft)
    if current.submitted_at:
        raise DraftSubmittedError(str(draft.pk))
    return current


def _held(draft: RestoreDraft) -> RestoreDraft:
    held = RestoreDraft.objects.select_for_update(of=("self",))
    current = held.select_related("tenant", "backup_set").filter(pk=draft.pk).first()
    if current is None:
        raise DraftDiscardedError(str(draft.pk))
    return current


_PLAIN_CHOICES = (
    "mode",
    "assignment_mode",
    "conditional_access_state",
    "include_foundations",
    "conflict_policy",
)


def _apply(draft: RestoreDraft, choices: ScopeChoices) -> None:
    if choices.backup_set is not None and choices.backup_set.pk != draft.backup_set_id:
        hold_set(choices.backup_set)
        draft.backup_set = choices.backup_set
        # Items belong to one set: a selection made in another means nothing here.
        draft.selected_items.clear()
    for field in _PLAIN_CHOICES:
        value = getattr(choices, field)
        if value is not None:
            setattr(draft, field, value)
    if choices.mapping is not None:
        draft.mapping = _stored_mapping(choices.mapping)
    if choices.selected is not None and draft.backup_set is not None:
        draft.selected_items.set(draft.backup_set.items.filter(pk__in=choices.selected))


def _refuse_what_is_fixed(draft: RestoreDraft, choices: ScopeChoices) -> None:
    """Of an undo, only the policies may be chosen; its set is of use to no other draft."""
    chosen = choices.backup_set
    if draft.undoes_id is None:
        if chosen is not None and chosen.source == BackupSource.UNDO:
            raise FixedScopeError("That set is for the undo of a restore. Choose another one.")
        return
    is_other_set = chosen is not None and draft.backup_set_id not in {None, chosen.pk}
    is_mapped = any((choices.mapping or {}).values())
    differs = any(
        getattr(choices, field) not in {None, getattr(draft, field)}
        for field in _PLAIN_CHOICES
        if field != "mode"
    )
    if is_other_set or is_mapped or differs:
        raise FixedScopeError(
            "An undo puts back what the restore replaced, as it was. Only the policies can be "
            "chosen."
        )


def confirm_storable(mapping: Mapping[ReferenceKind, Mapping[str, str]]) -> None:
    """Raise MappingRefusedError where the mapping is ambiguous or too long."""
    _stored_mapping(mapping)


def _stored_mapping(
    mapping: Mapping[ReferenceKind, Mapping[str, str]],
) -> dict[str, dict[str, str]]:
    """The mapping as the row holds it; MappingRefusedError where it is ambiguous or too long."""
    try:
        entries = normal_mapping(entries_of(mapping))
    except ValueError as error:
        raise MappingRefusedError(str(error)) from error
    if len(entries) > MOST_MAPPED:
        raise MappingRefusedError(
            f"A scope maps at most {MOST_MAPPED} references, and these are {len(entries)}."
        )
    stored: dict[str, dict[str, str]] = {}
    for entry in entries:
        stored.setdefault(entry.kind.value, {})[entry.source] = entry.target
    return stored


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
    """Delete a draft no run was made from, with its evidence and ledger.

    Raises DraftInUseError where a run was made from it, and DraftDiscardedError where it was
    discarded meanwhile.
    """
    require(actor, Capability.PREPARE_RESTORE, draft.tenant)
    with transaction.atomic():
        current = _held(draft)
        if current.runs.exists():
            raise DraftInUseError(str(draft.pk))
        subject = f"restore_draft:{draft.pk}"
        current.delete()
        trail.record(
            action="restore_draft.discarded", actor=actor, tenant=draft.tenant, subject=subject
        )


def evidence_status(*, draft: RestoreDraft, kind: EvidenceKind, scope: Scope) -> EvidenceStatus:
    """The newest evidence for exactly this scope; failing that, the newest there is."""
    of_kind = draft.evidence.filter(kind=kind).select_related("captured_by", "operation_run")
    captured = of_kind.filter(fingerprint=fingerprint_of(scope)).first() or of_kind.first()
    return EvidenceStatus(
        captured=captured,
        integrity=integrity_of(captured.to_truth() if captured else None, scope),
    )
