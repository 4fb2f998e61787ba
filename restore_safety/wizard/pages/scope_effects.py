"""What saving a changed scope would cost, in words, before anything is saved."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import FETCH_RAISE

from restore_safety.drafts.scope_changes import (
    ChangeEntry,
    LedgerEntry,
    evidence_url,
    ledger_entries,
    named_changes,
)
from restore_safety.drafts.service import ScopeEffect
from restore_safety.models import BackupSet, CapturedEvidence, DraftChange, RestoreDraft
from restore_safety.truth.evidence import CaptureState, EvidenceKind

CHANGES_LOOKED_AT = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAtStake:
    """A capture that a change of the scope would set aside, or bring back."""

    captured: CapturedEvidence

    @property
    def label(self) -> str:
        return EvidenceKind(self.captured.kind).label

    @property
    def is_under_way(self) -> bool:
        return self.captured.state == CaptureState.CAPTURING

    @property
    def by(self) -> str:
        return str(self.captured.captured_by or "a former member")

    @property
    def found(self) -> str:
        """What would be put aside, in numbers."""
        one = self.captured
        if self.is_under_way:
            return "still being captured"
        if one.kind == EvidenceKind.PREVIEW:
            writes = _counted(one.writes, "request that writes", "requests that write")
            return f"{writes}, {one.blocked + one.not_evaluable} left out"
        raised = (
            _counted(one.blockers, "blocker", "blockers"),
            f"{one.unknowns} unknown",
            _counted(one.warnings, "warning", "warnings"),
        )
        return ", ".join(raised)

    @property
    def url(self) -> str:
        return evidence_url(self.captured)


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectPage:
    """What an operator decides on: the change, what it costs, and what came in between."""

    effect: ScopeEffect
    changes: tuple[ChangeEntry, ...]
    meanwhile: tuple[LedgerEntry, ...]
    cleared: int

    @property
    def set_aside(self) -> tuple[EvidenceAtStake, ...]:
        return tuple(EvidenceAtStake(captured=one) for one in self.effect.set_aside)

    @property
    def returning(self) -> tuple[EvidenceAtStake, ...]:
        return tuple(EvidenceAtStake(captured=one) for one in self.effect.returning)

    @property
    def title(self) -> str:
        if not self.set_aside:
            return "The scope was changed since you opened it"
        names = " and the ".join(one.label.lower() for one in self.set_aside)
        return f"Saving this sets the {names} aside"

    @property
    def sentence(self) -> str:
        """What stands between the operator and saving, beside the change itself."""
        if self.effect.is_overtaken and self.set_aside:
            return (
                "Nothing is saved yet. The scope was also changed since you opened it: read what "
                "was saved meanwhile before you save over it."
            )
        if self.effect.is_overtaken:
            return "Nothing is saved yet. Read what was saved meanwhile before you save over it."
        return "Nothing is saved yet. What was captured stays readable, and proves nothing then."

    @property
    def cleared_sentence(self) -> str:
        if not self.cleared:
            return ""
        selection = "1 policy" if self.cleared == 1 else f"{self.cleared} policies"
        return f"Your selection of {selection} belongs to the backup set you leave and is cleared."


def effect_page(
    *, draft: RestoreDraft, effect: ScopeEffect, chosen: BackupSet | None
) -> EffectPage:
    """The change in words; `chosen` is the backup set it would go over to, if it does."""
    rows = draft.changes.select_related("actor").fetch_mode(FETCH_RAISE)[:CHANGES_LOOKED_AT]
    meanwhile = list(_since(effect.seen, rows)) if effect.is_overtaken else []
    leaves = chosen is not None and chosen.pk != draft.backup_set_id
    return EffectPage(
        effect=effect,
        changes=named_changes(tenant=draft.tenant, changes=effect.changes),
        meanwhile=ledger_entries(tenant=draft.tenant, rows=meanwhile),
        cleared=draft.selected_items.count() if leaves else 0,
    )


def _since(seen: str, rows: Iterable[DraftChange]) -> Iterator[DraftChange]:
    """The lines written after the scope was the one that was seen, newest first."""
    for row in rows:
        if row.fingerprint_after == seen:
            return
        yield row


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"
