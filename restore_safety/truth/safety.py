"""Safety assessment: can it start, is it proven, what is in the way, and what to do next."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import assert_never

from restore_safety.truth.evidence import Evidence, EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.integrity import (
    Integrity,
    IntegrityReason,
    integrity_of,
    why_not_current,
)
from restore_safety.truth.scope import Scope
from restore_safety.truth.words import Word


class GateCode(Word):
    """What must hold for a restore to start technically."""

    PERMISSION = "permission", "Permission", "The operator may execute restores in this tenant."
    WRITE_GATE = "write_gate", "Write gate", "The tenant accepts writes from this product."
    CONNECTION = "connection", "Connection", "The tenant's provider connection works."
    LOCK = "lock", "Single flight", "No other restore is live in this tenant or its directory."
    FREEZE = "freeze", "Change windows", "The tenant takes writes at the time of the restore."
    BACKUP_USABLE = "backup_usable", "Backup usable", "The chosen backup items can be restored."
    EVIDENCE_AGE = (
        "evidence_age",
        "Evidence age",
        "The evidence is within the tenant's longest age.",
    )
    NOTHING_TO_RESTORE = (
        "nothing_to_restore",
        "Something to restore",
        "The preview found something to write, or to confirm as unchanged.",
    )
    FOUR_EYES = (
        "four_eyes",
        "Four eyes",
        "Where the tenant needs it, another person has approved this plan.",
    )


class SafetyReadiness(Word):
    """How much is proven about the restore."""

    BLOCKED = "blocked", "Blocked", "Current checks found something that forbids the restore."
    RISKY = "risky", "Risky", "The checks or the preview do not speak for this scope."
    READY_WITH_CAUTION = (
        "ready_with_caution",
        "Ready with caution",
        "Checks and preview are current and raised something to weigh first.",
    )
    READY = "ready", "Ready", "Checks and preview are current and raised nothing to weigh."


class NextStep(Word):
    """The one thing to do next in the wizard."""

    CHOOSE_BACKUP = "choose_backup", "Choose a backup set", "Choose what to restore from."
    CHOOSE_SCOPE = "choose_scope", "Choose items", "Choose at least one item to restore."
    CHANGE_SCOPE = (
        "change_scope",
        "Change the scope",
        "Read in the preview why all that was chosen is left out, then choose otherwise.",
    )
    WAIT_FOR_CAPTURE = "wait_for_capture", "Wait", "Wait until the capture has finished."
    RUN_CHECKS = "run_checks", "Run the checks", "Run the checks for the current scope."
    RESOLVE_BLOCKERS = "resolve_blockers", "Resolve the blockers", "Resolve what the checks found."
    RUN_PREVIEW = "run_preview", "Run the preview", "Run the preview for the current scope."
    ASK_FOR_PERMISSION = (
        "ask_for_permission",
        "See who may start it",
        "Your role here leaves starting a restore out. An owner of the tenant can grant it.",
    )
    OPEN_WRITE_GATE = (
        "open_write_gate",
        "Go to the write gate",
        "A manager opens it on the page of the tenant.",
    )
    FIX_CONNECTION = (
        "fix_connection",
        "Go to the connection",
        "Set it up or verify it on the page of the tenant.",
    )
    FOLLOW_LIVE_RESTORE = (
        "follow_live_restore",
        "Follow the live restore",
        "This restore can start once that one has ended.",
    )
    WAIT_FOR_OPENING = (
        "wait_for_opening",
        "See the change windows",
        "Wait for the end of the freeze, or schedule the start after it.",
    )
    ASK_FOR_APPROVAL = (
        "ask_for_approval",
        "Ask for approval",
        "Confirm the restore and ask another person to approve it.",
    )
    ACKNOWLEDGE_WARNINGS = (
        "acknowledge_warnings",
        "Review what was raised",
        "Read each finding and acknowledge it before confirming.",
    )
    CONFIRM = "confirm", "Confirm", "Confirm the restore by typing the tenant's name."


class IssueCode(Word):
    """What stands first between the operator and a proven restore."""

    BACKUP_NOT_CHOSEN = "backup_not_chosen", "No backup set", "No backup set is chosen."
    SCOPE_EMPTY = (
        "scope_empty",
        "Nothing chosen",
        "No item is chosen, so there is nothing to prove.",
    )
    CAPTURE_RUNNING = "capture_running", "Capture running", "A capture has not finished yet."
    CHECKS_NOT_CURRENT = (
        "checks_not_current",
        "Checks not current",
        "The checks do not speak for this scope.",
    )
    BLOCKERS_FOUND = (
        "blockers_found",
        "Blockers found",
        "The checks found what forbids the restore.",
    )
    PREVIEW_NOT_CURRENT = (
        "preview_not_current",
        "Preview not current",
        "The preview does not speak for this scope.",
    )
    GATE_REFUSED = "gate_refused", "Start refused", "A condition for starting is not met."
    UNKNOWN_FOUND = (
        "unknown_found",
        "Not everything could be looked at",
        "Something could not be looked at, so nothing is known about it.",
    )
    ITEMS_BLOCKED = "items_blocked", "Items blocked", "The preview leaves items out of the restore."
    WARNINGS_FOUND = "warnings_found", "Warnings found", "Warnings have to be weighed first."
    CLAIM_SUPPRESSED = (
        "claim_suppressed",
        "Claim withheld",
        "A claim is withheld because it cannot be proven.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    code: IssueCode
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """One condition; where the age of evidence is refused, also whose age that is."""

    code: GateCode
    passed: bool
    reason: str
    too_old: tuple[EvidenceKind, ...] = ()

    def __post_init__(self) -> None:
        if not self.passed and not self.reason:
            raise ValueError("A refused gate needs its reason.")
        if self.too_old and (self.passed or self.code is not GateCode.EVIDENCE_AGE):
            raise ValueError("Only a refused age of evidence has some that is too old.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionReadiness:
    """Every gate once, in declared order; a missing one is refused."""

    gates: tuple[Gate, ...]

    def __post_init__(self) -> None:
        answered = {gate.code: gate for gate in self.gates}
        if len(answered) != len(self.gates):
            raise ValueError("A gate has one answer.")
        gates = tuple(answered.get(code) or _unanswered(code) for code in GateCode)
        object.__setattr__(self, "gates", gates)

    @property
    def is_startable(self) -> bool:
        return not self.refused

    @property
    def refused(self) -> tuple[Gate, ...]:
        return tuple(gate for gate in self.gates if not gate.passed)


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyAssessment:
    """The two answers apart, and the one issue and one step that follow from them.

    The safety issue is what the proof itself lacks or raised. A gate says nothing about proof, so
    it can be the primary issue and never that one.
    """

    checks: Integrity
    preview: Integrity
    execution: ExecutionReadiness
    safety: SafetyReadiness
    safety_issue: Issue | None
    primary_issue: Issue | None
    next_step: NextStep

    @property
    def may_claim_ready(self) -> bool:
        """The only ground for green, check marks and the word ready."""
        return self.safety is SafetyReadiness.READY and self.execution.is_startable

    @property
    def positive_claim_suppressed(self) -> bool:
        return not self.may_claim_ready


def assess(
    *, checks: Evidence | None, preview: Evidence | None, scope: Scope, gates: Sequence[Gate]
) -> SafetyAssessment:
    if checks and checks.kind is not EvidenceKind.CHECKS:
        raise ValueError("Only checks can stand for the checks.")
    if preview and preview.kind is not EvidenceKind.PREVIEW:
        raise ValueError("Only a preview can stand for the preview.")
    inputs = _Inputs(
        scope=scope,
        checks=checks,
        preview=preview,
        checks_integrity=integrity_of(checks, scope),
        preview_integrity=integrity_of(preview, scope),
        execution=ExecutionReadiness(gates=tuple(gates)),
    )
    hindrances = tuple(_hindrances(inputs))
    first = next(iter(hindrances), None)
    return SafetyAssessment(
        checks=inputs.checks_integrity,
        preview=inputs.preview_integrity,
        execution=inputs.execution,
        safety=_safety_of(inputs),
        safety_issue=next((one.issue for one in hindrances if not one.is_of_gate), None),
        primary_issue=first.issue if first else None,
        next_step=first.step if first else NextStep.CONFIRM,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inputs:
    scope: Scope
    checks: Evidence | None
    preview: Evidence | None
    checks_integrity: Integrity
    preview_integrity: Integrity
    execution: ExecutionReadiness

    @property
    def blockers(self) -> int:
        """Blockers count only where the checks are current: old ones may be solved."""
        return self.checks.blockers if self.checks and self.checks_integrity.is_current else 0

    @property
    def is_proven(self) -> bool:
        """Evidence for an empty scope may match it, and still proves nothing."""
        integrities = (self.checks_integrity, self.preview_integrity)
        return not self.scope.is_empty and all(one.is_current for one in integrities)

    @property
    def not_evaluable(self) -> int:
        return sum(one.not_evaluable for one in filter(None, (self.checks, self.preview)))

    def raised(self) -> Counter[IssueCode]:
        raised: Counter[IssueCode] = Counter()
        for evidence in filter(None, (self.checks, self.preview)):
            raised[IssueCode.UNKNOWN_FOUND] += evidence.unknowns + evidence.not_evaluable
            raised[IssueCode.ITEMS_BLOCKED] += evidence.blocked
            raised[IssueCode.WARNINGS_FOUND] += evidence.warnings
            raised[IssueCode.CLAIM_SUPPRESSED] += evidence.suppressed_claims
        if self.preview:
            raised[IssueCode.ITEMS_BLOCKED] += self.preview.blockers
        return raised


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hindrance:
    issue: Issue
    step: NextStep

    @property
    def is_of_gate(self) -> bool:
        return self.issue.code is IssueCode.GATE_REFUSED


def _safety_of(inputs: _Inputs) -> SafetyReadiness:
    if inputs.blockers:
        return SafetyReadiness.BLOCKED
    if not inputs.is_proven:
        return SafetyReadiness.RISKY
    if inputs.raised().total():
        return SafetyReadiness.READY_WITH_CAUTION
    return SafetyReadiness.READY


def _hindrances(inputs: _Inputs) -> Iterator[_Hindrance]:
    """What stands in the way, nearest first: the first names both the issue and the step."""
    if not inputs.scope.has_backup:
        yield _hindrance(IssueCode.BACKUP_NOT_CHOSEN, NextStep.CHOOSE_BACKUP)
    if inputs.scope.is_empty:
        yield _hindrance(IssueCode.SCOPE_EMPTY, NextStep.CHOOSE_SCOPE)
    if not inputs.checks_integrity.is_current:
        yield _not_current(inputs, inputs.checks, inputs.checks_integrity, EvidenceKind.CHECKS)
    if inputs.blockers:
        yield _hindrance(
            IssueCode.BLOCKERS_FOUND, NextStep.RESOLVE_BLOCKERS, _counted_blockers(inputs.blockers)
        )
    if not inputs.preview_integrity.is_current:
        yield _not_current(inputs, inputs.preview, inputs.preview_integrity, EvidenceKind.PREVIEW)
    for gate in inputs.execution.refused:
        yield _hindrance(IssueCode.GATE_REFUSED, _way_past(gate, inputs), gate.reason)
    for code in IssueCode:
        if inputs.raised()[code]:
            yield _hindrance(code, NextStep.ACKNOWLEDGE_WARNINGS)


def _way_past(gate: Gate, inputs: _Inputs) -> NextStep:  # noqa: PLR0911 -- one flat line per gate
    match gate.code:
        case GateCode.PERMISSION:
            return NextStep.ASK_FOR_PERMISSION
        case GateCode.WRITE_GATE:
            return NextStep.OPEN_WRITE_GATE
        case GateCode.CONNECTION:
            return NextStep.FIX_CONNECTION
        case GateCode.LOCK:
            return NextStep.FOLLOW_LIVE_RESTORE
        case GateCode.FREEZE:
            return NextStep.WAIT_FOR_OPENING
        case GateCode.FOUR_EYES:
            return NextStep.ASK_FOR_APPROVAL
        case GateCode.BACKUP_USABLE:
            return NextStep.CHOOSE_BACKUP
        case GateCode.EVIDENCE_AGE:
            # Of two that are too old the checks come first, as they do in the wizard.
            is_preview = gate.too_old == (EvidenceKind.PREVIEW,)
            return NextStep.RUN_PREVIEW if is_preview else NextStep.RUN_CHECKS
        case GateCode.NOTHING_TO_RESTORE:
            # What could not be compared may be comparable by now; what was decided stays decided.
            return NextStep.RUN_PREVIEW if inputs.not_evaluable else NextStep.CHANGE_SCOPE
        case _:
            assert_never(gate.code)


def _not_current(
    inputs: _Inputs, evidence: Evidence | None, integrity: Integrity, kind: EvidenceKind
) -> _Hindrance:
    if evidence and _is_under_way(evidence, integrity, inputs.scope):
        return _hindrance(IssueCode.CAPTURE_RUNNING, NextStep.WAIT_FOR_CAPTURE)
    is_checks = kind is EvidenceKind.CHECKS
    step = NextStep.RUN_CHECKS if is_checks else NextStep.RUN_PREVIEW
    if any(gate.code is GateCode.CONNECTION for gate in inputs.execution.refused):
        # Neither can look at a tenant that is not reached.
        step = NextStep.FIX_CONNECTION
    return _hindrance(
        IssueCode.CHECKS_NOT_CURRENT if is_checks else IssueCode.PREVIEW_NOT_CURRENT,
        step,
        why_not_current(integrity, f"the {kind.label.lower()}"),
    )


def _is_under_way(evidence: Evidence, integrity: Integrity, scope: Scope) -> bool:
    """Waiting only helps when what is being captured may come to speak for this scope."""
    is_unfinished = integrity.reason is IntegrityReason.CAPTURE_UNFINISHED
    return is_unfinished and evidence.fingerprint == fingerprint_of(scope)


def _hindrance(code: IssueCode, step: NextStep, sentence: str = "") -> _Hindrance:
    return _Hindrance(issue=Issue(code=code, sentence=sentence or code.sentence), step=step)


def _counted_blockers(count: int) -> str:
    return "The checks found 1 blocker." if count == 1 else f"The checks found {count} blockers."


def _unanswered(code: GateCode) -> Gate:
    return Gate(code=code, passed=False, reason=f"{code.label}: this condition was not looked at.")
