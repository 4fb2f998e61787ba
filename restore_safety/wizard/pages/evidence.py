"""What the checks step and the preview step say of their evidence itself."""

from dataclasses import dataclass

from django.db.models import FETCH_RAISE

from restore_safety.drafts.evidence import EvidenceAccount
from restore_safety.drafts.scope_changes import ChangeEntry, changes_since
from restore_safety.drafts.service import EvidenceStatus
from restore_safety.models import CapturedEvidence
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.integrity import IntegrityState
from restore_safety.wizard.pages.frame import DraftPage

CAPTURES_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSection:
    """One kind of evidence: what was captured, whether it still speaks, and what came before."""

    account: EvidenceAccount
    status: EvidenceStatus
    changes: tuple[ChangeEntry, ...]
    earlier: tuple[CapturedEvidence, ...]
    is_asked_for: bool
    asks_for_earlier_step: bool
    too_old: str

    @property
    def captured(self) -> CapturedEvidence | None:
        return self.status.captured

    @property
    def is_capturing(self) -> bool:
        return self.account.is_under_way

    @property
    def has_failed(self) -> bool:
        return self.account.state is CaptureState.FAILED

    @property
    def is_complete(self) -> bool:
        return self.captured is not None and self.captured.state == CaptureState.COMPLETE

    @property
    def is_current(self) -> bool:
        return self.status.integrity.is_current

    @property
    def has_blockers(self) -> bool:
        return self.captured is not None and self.captured.blockers > 0

    @property
    def may_go_on(self) -> bool:
        """Whether going on is the one thing to do here, rather than capturing or going back."""
        is_asked = self.is_asked_for or self.asks_for_earlier_step
        return self.is_current and not self.has_blockers and not is_asked

    @property
    def boundary(self) -> str:
        """What the evidence does not say."""
        if not self.is_current:
            return self.history_boundary
        if self.has_blockers:
            return "Blockers keep a real restore from being queued."
        if self.captured is not None and self.captured.unknowns:
            return "No blocker was found among what could be looked at, and not all of it could."
        return "These checks found no blocker. They prove no more than what is listed here."

    @property
    def history_title(self) -> str:
        """What is shown of evidence that does not speak for the scope any more."""
        if self.status.integrity.state is IntegrityState.INVALIDATED:
            return "For the earlier scope"
        return "From a record that proves nothing"

    @property
    def history_boundary(self) -> str:
        if self.status.integrity.state is IntegrityState.INVALIDATED:
            return "Captured for another scope: it says nothing about the scope as it is now."
        return "Kept as history: it says nothing about the scope as it is now."

    @property
    def status_sentence(self) -> str:
        """What a screen reader says when the state of the capture changes."""
        if self.captured is None:
            return ""
        return CaptureState(self.captured.state).sentence


def evidence_section(page: DraftPage, kind: EvidenceKind) -> EvidenceSection:
    """The evidence that speaks for the draft, and the captures before it."""
    draft, status = page.draft, page.status
    chosen = status.checks if kind is EvidenceKind.CHECKS else status.preview
    earlier = draft.evidence.filter(kind=kind).select_related("captured_by")
    if chosen.captured is not None:
        earlier = earlier.exclude(pk=chosen.captured.pk)
    return EvidenceSection(
        account=page.account(kind),
        status=chosen,
        changes=changes_since(draft=draft, status=chosen),
        earlier=tuple(earlier.fetch_mode(FETCH_RAISE)[:CAPTURES_SHOWN]),
        is_asked_for=page.asks_to_capture(kind),
        asks_for_earlier_step=page.asks_for_earlier_step,
        too_old=page.too_old(kind) if chosen.integrity.is_current else "",
    )
