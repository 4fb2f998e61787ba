"""The frame every step of the wizard stands in: where a draft is, and what is proven of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import FETCH_RAISE
from django.urls import reverse

from restore_safety.badges import execution_badge, safety_badge
from restore_safety.execution.readiness import DraftStanding, standing
from restore_safety.models import RestoreDraft
from restore_safety.selectors.evidence_states import EvidenceAccount, account_of
from restore_safety.selectors.scope_changes import LedgerEntry, group_names, ledger_entries
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.safety import GateCode, NextStep, SafetyAssessment
from restore_safety.truth.scope import Scope, ScopeField, ScopeMode
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
    NextStep.RUN_CHECKS: "checks",
    NextStep.RESOLVE_BLOCKERS: "checks",
    NextStep.RUN_PREVIEW: "preview",
    NextStep.FIX_GATE: "confirm",
    NextStep.ACKNOWLEDGE_WARNINGS: "confirm",
    NextStep.CONFIRM: "confirm",
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
    """The one next action, and the step it is taken on."""

    asked: NextStep
    label: str
    sentence: str
    step: str
    url: str
    is_waiting: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedGroup:
    """A group of the backup and the one that stands in for it, by name where one is known."""

    source: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftPage:
    """One draft, seen from one step, assessed for one actor at one moment."""

    draft: RestoreDraft
    actor: User
    standing: DraftStanding
    step: str
    steps: tuple[StepEntry, ...]
    next: NextEntry
    scope_summary: str
    mapping: tuple[MappedGroup, ...]
    ledger: tuple[LedgerEntry, ...]
    accounts: tuple[EvidenceAccount, ...]

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
    def refuses_connection(self) -> bool:
        """Whether the way on leads over the tenant's own page."""
        refused = self.assessment.execution.refused
        return any(gate.code is GateCode.CONNECTION for gate in refused)

    @property
    def assessment(self) -> SafetyAssessment:
        return self.standing.assessment

    @property
    def next_is_here(self) -> bool:
        return self.next.step == self.step

    @property
    def asks_for_checks_first(self) -> bool:
        """Whether the one next action is on the checks, and can be taken now."""
        return self.next.step == "checks" and not self.next.is_waiting

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
    now_standing = standing(draft=draft, actor=actor, now=now)
    accounts = accounts_of(now_standing, now)
    changes = draft.changes.select_related("actor").fetch_mode(FETCH_RAISE)[:CHANGES_SHOWN]
    complete = draft.evidence.filter(state=CaptureState.COMPLETE).fetch_mode(FETCH_RAISE)
    return DraftPage(
        draft=draft,
        actor=actor,
        standing=now_standing,
        step=step,
        steps=_steps(draft, now_standing, accounts, step),
        next=_next(draft, now_standing, accounts),
        scope_summary=_scope_summary(now_standing),
        mapping=_mapping(now_standing),
        ledger=ledger_entries(tenant=draft.tenant, rows=changes, evidence=complete),
        accounts=accounts,
    )


def next_step_url(*, draft: RestoreDraft, actor: User, now: datetime) -> str:
    """The step that asks for something first."""
    now_standing = standing(draft=draft, actor=actor, now=now)
    return _next(draft, now_standing, accounts_of(now_standing, now)).url


def accounts_of(now_standing: DraftStanding, now: datetime) -> tuple[EvidenceAccount, ...]:
    """How each kind of evidence stands at this moment."""
    held = {
        EvidenceKind.CHECKS: now_standing.checks,
        EvidenceKind.PREVIEW: now_standing.preview,
    }
    return tuple(
        account_of(kind=kind, standing=one, fingerprint=now_standing.fingerprint, now=now)
        for kind, one in held.items()
    )


def step_url(draft: RestoreDraft, name: str) -> str:
    return reverse("restores:draft-step", args=[draft.pk, name])


def _steps(
    draft: RestoreDraft,
    now_standing: DraftStanding,
    accounts: Iterable[EvidenceAccount],
    current: str,
) -> tuple[StepEntry, ...]:
    names = list(STEP_LABELS)
    accounts = tuple(accounts)
    open_until = names.index(_step_for(_asked(now_standing, accounts), now_standing))
    integrity = {account.kind.value: account.state for account in accounts}
    return tuple(
        StepEntry(
            name=name,
            label=STEP_LABELS[name],
            url=step_url(draft, name) if _is_reachable(now_standing, name) else "",
            state=_state_of(position, names.index(current), open_until),
            integrity=integrity.get(name),
        )
        for position, name in enumerate(names)
    )


def _is_reachable(now_standing: DraftStanding, name: str) -> bool:
    match name:
        case "backup":
            return True
        case "scope":
            return now_standing.scope.has_backup
        case _:
            return not now_standing.scope.is_empty


def _state_of(position: int, current: int, open_until: int) -> str:
    if position == current:
        return "current"
    return "done" if position < open_until else "upcoming"


def _asked(now_standing: DraftStanding, accounts: Iterable[EvidenceAccount]) -> NextStep:
    """The one next action; waiting is none where nobody works on what is waited for."""
    asked = now_standing.assessment.next_step
    if asked is not NextStep.WAIT_FOR_CAPTURE or any(one.is_under_way for one in accounts):
        return asked
    is_preview = now_standing.checks.integrity.is_current
    return NextStep.RUN_PREVIEW if is_preview else NextStep.RUN_CHECKS


def _step_for(asked: NextStep, now_standing: DraftStanding) -> str:
    if asked is NextStep.WAIT_FOR_CAPTURE:
        return "preview" if now_standing.checks.integrity.is_current else "checks"
    return STEP_FOR[asked]


def _next(
    draft: RestoreDraft, now_standing: DraftStanding, accounts: Iterable[EvidenceAccount]
) -> NextEntry:
    asked = _asked(now_standing, accounts)
    name = _step_for(asked, now_standing)
    return NextEntry(
        asked=asked,
        label=asked.label,
        sentence=asked.sentence,
        step=name,
        url=step_url(draft, name),
        is_waiting=asked is NextStep.WAIT_FOR_CAPTURE,
    )


def _mapping(now_standing: DraftStanding) -> tuple[MappedGroup, ...]:
    pairs = now_standing.scope.group_mapping
    names = group_names(
        tenant=now_standing.draft.tenant, ids=(one for pair in pairs for one in pair)
    )
    return tuple(
        MappedGroup(source=names.get(source, source), target=names.get(target, target))
        for source, target in pairs
    )


def _scope_summary(now_standing: DraftStanding) -> str:
    draft = now_standing.draft
    if draft.backup_set is None:
        if has_lost_its_set(draft):
            return "The backup set this draft was made from no longer exists."
        return "No backup set is chosen yet."
    return summary_of(now_standing.scope, label=str(draft.backup_set))


def has_lost_its_set(draft: RestoreDraft) -> bool:
    """Whether a set was chosen once and has been deleted since."""
    return draft.backup_set_id is None and (
        draft.changes.filter(field=ScopeField.BACKUP_SET).exists() or draft.evidence.exists()
    )


def summary_of(scope: Scope, *, label: str) -> str:
    """A scope in one sentence; the label names its backup set."""
    count = len(scope.items)
    policies = "1 policy" if count == 1 else f"{count} policies"
    which = "all of" if scope.mode is ScopeMode.ALL else "selected from"
    assignments = "with" if scope.include_assignments else "without"
    foundations = "" if scope.include_foundations else " and without foundations"
    groups = len(scope.group_mapping)
    mapped = f", {groups} group{'' if groups == 1 else 's'} mapped" if groups else ""
    return f"{policies}, {which} “{label}”, {assignments} assignments{foundations}{mapped}."
