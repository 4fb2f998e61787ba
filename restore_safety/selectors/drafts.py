"""The frame every step of the wizard stands in: where a draft is, and what is proven of it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import FETCH_RAISE
from django.urls import reverse

from restore_safety.execution.readiness import DraftStanding, standing
from restore_safety.models import RestoreDraft
from restore_safety.selectors.scope_changes import LedgerEntry, group_names, ledger_entries
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.safety import NextStep, SafetyAssessment
from restore_safety.truth.scope import ScopeMode
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
    integrity: IntegrityState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextEntry:
    """The one next action, and the step it is taken on."""

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
    changes = draft.changes.select_related("actor").fetch_mode(FETCH_RAISE)[:CHANGES_SHOWN]
    return DraftPage(
        draft=draft,
        actor=actor,
        standing=now_standing,
        step=step,
        steps=_steps(draft, now_standing, step),
        next=_next(draft, now_standing),
        scope_summary=_scope_summary(now_standing),
        mapping=_mapping(now_standing),
        ledger=ledger_entries(tenant=draft.tenant, rows=changes),
    )


def next_step_url(*, draft: RestoreDraft, actor: User, now: datetime) -> str:
    """The step that asks for something first."""
    return _next(draft, standing(draft=draft, actor=actor, now=now)).url


def step_url(draft: RestoreDraft, name: str) -> str:
    return reverse("restores:draft-step", args=[draft.pk, name])


def _steps(draft: RestoreDraft, now_standing: DraftStanding, current: str) -> tuple[StepEntry, ...]:
    names = list(STEP_LABELS)
    open_until = names.index(_step_for(now_standing))
    integrity = {
        "checks": now_standing.assessment.checks.state,
        "preview": now_standing.assessment.preview.state,
    }
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


def _step_for(now_standing: DraftStanding) -> str:
    step = now_standing.assessment.next_step
    if step is NextStep.WAIT_FOR_CAPTURE:
        return "preview" if now_standing.checks.integrity.is_current else "checks"
    return STEP_FOR[step]


def _next(draft: RestoreDraft, now_standing: DraftStanding) -> NextEntry:
    asked, name = now_standing.assessment.next_step, _step_for(now_standing)
    return NextEntry(
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
    scope, draft = now_standing.scope, now_standing.draft
    if draft.backup_set is None:
        return "No backup set is chosen yet."
    count = len(scope.items)
    policies = "1 policy" if count == 1 else f"{count} policies"
    which = "all of" if scope.mode is ScopeMode.ALL else "selected from"
    assignments = "with" if scope.include_assignments else "without"
    foundations = "" if scope.include_foundations else " and without foundations"
    groups = len(scope.group_mapping)
    mapped = f", {groups} group{'' if groups == 1 else 's'} mapped" if groups else ""
    return (
        f"{policies}, {which} “{draft.backup_set}”, {assignments} assignments{foundations}{mapped}."
    )
