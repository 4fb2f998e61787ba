"""The closed sets in the contract of the pages, docs/contracts/restore-safety.openapi.yaml."""

from collections.abc import Iterable

from operations.liveness import Liveness
from operations.models import RunOutcome, RunStatus
from restore_safety.documentation.blocks import Block
from restore_safety.execution.gate import Refusal
from restore_safety.models import Decision, ItemState, Severity, WriteState
from restore_safety.policies.impact import Effect, Reach
from restore_safety.restores.records import RecordAct
from restore_safety.truth.attention import (
    REASON_PRECEDENCE,
    Attention,
    CauseFamily,
    FollowUpAction,
    ItemOutcome,
    RestoreStatus,
    Verification,
)
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.four_eyes import ApprovalState
from restore_safety.truth.integrity import IntegrityReason, IntegrityState
from restore_safety.truth.ledger import ChangeCause
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.safety import GateCode, IssueCode, NextStep, SafetyReadiness
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    ScopeField,
    ScopeMode,
)
from restore_safety.wizard.pages.frame import STEP_LABELS

CLOSED_SETS: dict[str, Iterable[str]] = {
    "WizardStep": STEP_LABELS,
    "EvidenceKind": EvidenceKind,
    "CaptureState": CaptureState,
    "ScopeMode": ScopeMode,
    "AssignmentMode": AssignmentMode,
    "ConditionalAccessState": ConditionalAccessState,
    "ReferenceKind": ReferenceKind,
    "ConflictPolicy": ConflictPolicy,
    "ScopeField": ScopeField,
    "ChangeCause": ChangeCause,
    "IntegrityState": IntegrityState,
    "IntegrityReason": IntegrityReason,
    "GateCode": GateCode,
    "SafetyReadiness": SafetyReadiness,
    "IssueCode": IssueCode,
    "NextStep": NextStep,
    "Severity": Severity,
    "Decision": Decision,
    "ApprovalState": ApprovalState,
    "Refusal": Refusal,
    "RestoreStatus": RestoreStatus,
    "ItemState": ItemState,
    "ItemOutcome": ItemOutcome,
    "Verification": Verification,
    "WriteState": WriteState,
    "ReasonCode": REASON_PRECEDENCE,
    "Attention": Attention,
    "CauseFamily": CauseFamily,
    "FollowUpAction": FollowUpAction,
    "RecordAct": RecordAct,
    "OperationStatus": RunStatus,
    "OperationOutcome": RunOutcome,
    "Liveness": Liveness,
    "Effect": Effect,
    "Reach": Reach,
}
_DESCRIPTIONS = {
    "Refusal": "Which condition kept a restore from being queued. Every refusal has one.",
    "ReasonCode": "In the order in which one is chosen as the run's main cause.",
}
# YAML reads these words as booleans unless they are quoted.
_BOOLEANS = {"off", "on", "yes", "no", "true", "false"}
_WIDTH = 120


def blocks() -> dict[str, Block]:
    """Return the generated parts of the contract by the name in their markers."""
    return {"closed sets": _closed_sets}


def _closed_sets(_current: str) -> str:
    return "".join(_schema(name, map(str, values)) for name, values in CLOSED_SETS.items())


def _schema(name: str, values: Iterable[str]) -> str:
    members = [f"'{value}'" if value in _BOOLEANS else value for value in values]
    description = _DESCRIPTIONS.get(name)
    line = f"    {name}: {{type: string, enum: [{', '.join(members)}]}}"
    if description is None and len(line) <= _WIDTH:
        return f"{line}\n"
    lines = [f"    {name}:", "      type: string"]
    lines += [f"      description: {description}"] if description else []
    lines += ["      enum:", *(f"        - {member}" for member in members)]
    return "\n".join(lines) + "\n"
