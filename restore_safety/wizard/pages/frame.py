"""The frame every step of the wizard stands in: where a draft is, and what is proven of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import FETCH_RAISE
from django.urls import reverse

from restore_safety.badges import execution_badge, safety_badge
from restore_safety.drafts.evidence import EvidenceAccount, account_of
from restore_safety.drafts.readiness import DraftStatus, draft_status, is_shown_to, live_restore
from restore_safety.drafts.scope_changes import LedgerEntry, ledger_entries, object_names
from restore_safety.drafts.scope_sentences import summary_of
from restore_safety.models import RestoreDraft
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.references import ReferenceKind, name_in
from restore_safety.truth.safety import NextStep, SafetyAssessment
from restore_safety.truth.scope import ScopeField
from tenants.models import User

CHANGES_SHOWN = 20
CHANGES_IN_SIGHT = 3

STEP_LABELS = {
    "backup": "Backup",
    "scope": "Scope",
    "checks": "Checks",
    "preview": "Preview",
    "confirm": "Confirm",
}
STEP_FOR = {
    NextStep.CHOOSE_BACKUP: "backup",
    NextStep.CHOOSE_SCOPE: "scope",
    NextStep.CHANGE_SCOPE: "scope",
    NextStep.RUN_CHECKS: "checks",
    NextStep.RESOLVE_BLOCKERS: "checks",
    NextStep.RUN_PREVIEW: "preview",
    # The last step names these conditions; what meets them is done elsewhere.
    NextStep.ASK_FOR_PERMISSION: "confirm",
    NextStep.OPEN_WRITE_GATE: "confirm",
    NextStep.FIX_CONNECTION: "confirm",
    NextStep.FOLLOW_LIVE_RESTORE: "confirm",
    NextStep.WAIT_FOR_OPENING: "confirm",
    NextStep.ASK_FOR_APPROVAL: "confirm",
    NextStep.ACKNOWLEDGE_WARNINGS: "confirm",
    NextStep.CONFIRM: "confirm",
}
CAPTURED_BY = {
    EvidenceKind.CHECKS: NextStep.RUN_CHECKS,
    EvidenceKind.PREVIEW: NextStep.RUN_PREVIEW,
}
ON_TENANT_PAGE = {
    NextStep.ASK_FOR_PERMISSION: "rights",
    NextStep.OPEN_WRITE_GATE: "write-gate",
    NextStep.FIX_CONNECTION: "connection",
    NextStep.WAIT_FOR_OPENING: "change-windows",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEntry:
    """A place in the stepper, with the integrity of the evidence it stands for."""

    name: str
    label: str
    url: str
    state: str
    integrity: IntegrityState | CaptureState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextEntry:
    """The one next action, the step that asks for it, and where it is taken: there or elsewhere."""

    asked: NextStep
    label: str
    sentence: str
    step: str
    url: str
    is_waiting: bool
    is_elsewhere: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedReference:
    """An object of the backup and the one that stands in for it, by name where one is known."""

    kind: ReferenceKind
    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """One draft, seen from one step, assessed for one actor at one moment."""

    draft: RestoreDraft
    actor: User
    status: DraftStatus
    step: str
    steps: tuple[StepEntry, ...]
    next: NextEntry
    scope_summary: str
    mapping: tuple[MappedReference, ...]
    ledger: tuple[LedgerEntry, ...]
    accounts: tuple[EvidenceAccount, ...]

    @property
    def heading(self) -> str:
        what = "Undo a restore in" if self.is_undo else "Restore into"
        return f"{what} {self.draft.tenant}"

    @property
    def is_undo(self) -> bool:
        return self.draft.undoes_id is not None

    def account(self, kind: EvidenceKind) -> EvidenceAccount:
        """How this kind of evidence stands."""
        return next(one for one in self.accounts if one.kind is kind)

    @property
    def checks(self) -> EvidenceAccount:
        return self.account(EvidenceKind.CHECKS)

    @property
    def preview(self) -> EvidenceAccount:
        return self.account(EvidenceKind.PREVIEW)

    @property
    def answers(self) -> tuple[tuple[str, object], ...]:
        """The two answers in short, where the step itself shows them at length."""
        execution = self.assessment.execution
        return (
            ("What is proven", safety_badge(self.assessment)),
            ("Can it start", execution_badge(execution)),
            ("Checks", self.checks.state),
            ("Preview", self.preview.state),
        )

    @property
    def assessment(self) -> SafetyAssessment:
        return self.status.assessment

    @property
    def next_is_here(self) -> bool:
        return self.next.step == self.step and not self.next.is_elsewhere

    @property
    def asks_for_earlier_step(self) -> bool:
        """Whether the one next action is on a step before this one, and can be taken now."""
        names = list(STEP_LABELS)
        is_earlier = names.index(self.next.step) < names.index(self.step)
        return is_earlier and not self.next.is_waiting

    def asks_to_capture(self, kind: EvidenceKind) -> bool:
        """Whether the one next action is to capture this kind of evidence, again or at first."""
        return self.next.asked is CAPTURED_BY[kind]

    def too_old(self, kind: EvidenceKind) -> str:
        """Why this kind of evidence is too old for its tenant; empty when it is not."""
        refused = self.assessment.execution.refused
        return next((gate.reason for gate in refused if kind in gate.too_old), "")

    @property
    def saves_before_leaving(self) -> bool:
        """Whether a link to the next step would leave choices behind, which its button saves."""
        return self.step == "scope" and not self.next.is_elsewhere

    @property
    def shows_assessment_beside(self) -> bool:
        """The last step shows the two answers itself, in the middle."""
        return self.step != "confirm"

    @property
    def ledger_in_sight(self) -> tuple[LedgerEntry, ...]:
        return self.ledger[:CHANGES_IN_SIGHT]

    @property
    def ledger_folded(self) -> tuple[LedgerEntry, ...]:
        return self.ledger[CHANGES_IN_SIGHT:]


def draft_page(*, draft: RestoreDraft, actor: User, step: str, now: datetime) -> DraftPage:
    """The frame of a step, assessed for this actor at this moment."""
    status = draft_status(draft=draft, actor=actor, now=now)
    accounts = accounts_of(status, now)
    changes = draft.changes.select_related("actor").fetch_mode(FETCH_RAISE)[:CHANGES_SHOWN]
    complete = draft.evidence.filter(state=CaptureState.COMPLETE).fetch_mode(FETCH_RAISE)
    return DraftPage(
        draft=draft,
        actor=actor,
        status=status,
        step=step,
        steps=_steps(draft, status, accounts, step),
        next=_next(draft, actor, status),
        scope_summary=_scope_summary(status),
        mapping=_mapping(status),
        ledger=ledger_entries(tenant=draft.tenant, rows=changes, evidence=complete),
        accounts=accounts,
    )


def next_step_url(*, draft: RestoreDraft, actor: User, now: datetime) -> str:
    """The step that asks for something first."""
    return step_url(draft, _step_of(draft_status(draft=draft, actor=actor, now=now)))


def accounts_of(status: DraftStatus, now: datetime) -> tuple[EvidenceAccount, ...]:
    """How each kind of evidence stands at this moment."""
    held = {
        EvidenceKind.CHECKS: status.checks,
        EvidenceKind.PREVIEW: status.preview,
    }
    return tuple(
        account_of(kind=kind, status=one, fingerprint=status.fingerprint, now=now)
        for kind, one in held.items()
    )


def step_url(draft: RestoreDraft, name: str) -> str:
    return reverse("restores:draft-step", args=[draft.pk, name])


def _steps(
    draft: RestoreDraft,
    status: DraftStatus,
    accounts: Iterable[EvidenceAccount],
    current: str,
) -> tuple[StepEntry, ...]:
    names = list(STEP_LABELS)
    open_until = names.index(_step_of(status))
    integrity = {account.kind.value: account.state for account in accounts}
    return tuple(
        StepEntry(
            name=name,
            label=STEP_LABELS[name],
            url=step_url(draft, name) if _is_reachable(status, name) else "",
            state=_state_of(position, names.index(current), open_until),
            integrity=integrity.get(name),
        )
        for position, name in enumerate(names)
    )


def _is_reachable(status: DraftStatus, name: str) -> bool:
    match name:
        case "backup":
            # An undo starts from what the restore replaced: there is no set to choose.
            return not status.scope.undoes
        case "scope":
            return status.scope.has_backup
        case _:
            return not status.scope.is_empty


def _state_of(position: int, current: int, open_until: int) -> str:
    if position == current:
        return "current"
    return "done" if position < open_until else "upcoming"


def _step_of(status: DraftStatus) -> str:
    """The step that asks for the one next action."""
    asked = status.assessment.next_step
    if asked is NextStep.WAIT_FOR_CAPTURE:
        return "preview" if status.checks.integrity.is_current else "checks"
    return STEP_FOR[asked]


def _next(draft: RestoreDraft, actor: User, status: DraftStatus) -> NextEntry:
    asked, step = status.assessment.next_step, _step_of(status)
    elsewhere = _elsewhere(draft, actor, asked)
    return NextEntry(
        asked=asked,
        label=asked.label,
        sentence=asked.sentence,
        step=step,
        url=elsewhere or step_url(draft, step),
        is_waiting=asked is NextStep.WAIT_FOR_CAPTURE,
        is_elsewhere=bool(elsewhere),
    )


def _elsewhere(draft: RestoreDraft, actor: User, asked: NextStep) -> str:
    """The address of what no step of the wizard can do; empty when one can."""
    if asked is NextStep.FOLLOW_LIVE_RESTORE:
        live = live_restore(draft)
        if live is None or not is_shown_to(actor, live, draft):
            return ""
        return live.operation_run.get_absolute_url()
    if place := ON_TENANT_PAGE.get(asked):
        return reverse("tenants:tenant-detail", args=[draft.tenant.slug]) + f"#{place}"
    return ""


def _mapping(status: DraftStatus) -> tuple[MappedReference, ...]:
    entries = status.scope.mapping
    names = object_names(
        tenant=status.draft.tenant,
        ids=(one for entry in entries for one in (entry.source, entry.target)),
    )
    return tuple(
        MappedReference(
            kind=entry.kind,
            source=name_in(entry.source) or names.get(entry.source, entry.source),
            target=names.get(entry.target, entry.target),
        )
        for entry in entries
    )


def _scope_summary(status: DraftStatus) -> str:
    draft = status.draft
    if draft.backup_set is None:
        if has_lost_its_set(draft):
            return "The backup set this draft was made from no longer exists."
        return "No backup set is chosen yet."
    return summary_of(status.scope, label=str(draft.backup_set))


def has_lost_its_set(draft: RestoreDraft) -> bool:
    """Whether a set was chosen once and has been deleted since."""
    return draft.backup_set_id is None and (
        draft.changes.filter(field=ScopeField.BACKUP_SET).exists() or draft.evidence.exists()
    )
