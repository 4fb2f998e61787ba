"""One capture as it was, whatever became of the scope since: the history behind a draft."""

from dataclasses import dataclass

from restore_safety.drafts.evidence import doubts_about
from restore_safety.drafts.item_queries import ItemQuery
from restore_safety.drafts.scope_changes import ChangeEntry, named_changes
from restore_safety.drafts.scope_sentences import summary_of
from restore_safety.models import BackupSet, CapturedEvidence, RestoreDraft
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.integrity import Integrity, IntegrityState, integrity_of
from restore_safety.wizard.pages.checks import FindingGroup, findings_by_severity
from restore_safety.wizard.pages.preview import PlanSection, plan_section
from tenants.access.service import has
from tenants.models import User
from tenants.models.capabilities import Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePage:
    """A capture, the scope it spoke for, and how the draft's scope differs from that today."""

    draft: RestoreDraft
    captured: CapturedEvidence
    integrity: Integrity
    scope_summary: str
    changes: tuple[ChangeEntry, ...]
    doubts: tuple[str, ...]
    groups: tuple[FindingGroup, ...]
    plan: PlanSection | None
    may_prepare: bool

    @property
    def kind(self) -> EvidenceKind:
        return EvidenceKind(self.captured.kind)

    @property
    def is_complete(self) -> bool:
        return self.captured.state == CaptureState.COMPLETE

    @property
    def is_past(self) -> bool:
        return not self.integrity.is_current

    @property
    def boundary(self) -> str:
        """What may be concluded from it today."""
        if not self.is_past:
            return "It was captured for exactly the scope the draft has now."
        if self.integrity.state is IntegrityState.INVALIDATED:
            return "Captured for another scope: it says nothing about the scope as it is now."
        return "Kept as history: it says nothing about the scope as it is now."

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        one = self.captured
        return (
            ("Captured by", str(one.captured_by or "a former member")),
            ("Started", one.started_at),
            ("Ended", one.completed_at),
            ("Capture", one.state_member),
        )


def evidence_page(
    *, draft: RestoreDraft, captured: CapturedEvidence, viewer: User, query: ItemQuery
) -> EvidencePage:
    """The capture as it was, beside the draft's scope as it is."""
    kind, evidence = EvidenceKind(captured.kind), captured.to_truth()
    integrity = integrity_of(evidence, draft.to_truth())
    is_preview = kind is EvidenceKind.PREVIEW
    return EvidencePage(
        draft=draft,
        captured=captured,
        integrity=integrity,
        scope_summary=_spoken_for(draft, captured),
        changes=named_changes(tenant=draft.tenant, changes=integrity.changes),
        doubts=doubts_about(captured) if captured.state == CaptureState.COMPLETE else (),
        groups=() if is_preview else findings_by_severity(captured),
        plan=plan_section(captured, query) if is_preview else None,
        may_prepare=has(viewer, Capability.PREPARE_RESTORE, draft.tenant),
    )


def _spoken_for(draft: RestoreDraft, captured: CapturedEvidence) -> str:
    scope = captured.to_truth().scope
    if scope is None:
        return "The scope it was captured for cannot be read, so nothing is concluded from it."
    known = BackupSet.objects.in_tenant(draft.tenant).filter(pk=scope.backup_set).first()
    return summary_of(scope, label=str(known) if known else "a backup set that no longer exists")
