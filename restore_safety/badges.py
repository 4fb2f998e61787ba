"""How the states of restores, backups and directories look, and what is said beyond one enum."""

from itertools import chain

from restore_safety.models.backup import BackupSource
from restore_safety.models.directory import SyncState
from restore_safety.models.evidence import Severity
from restore_safety.models.plan import Decision
from restore_safety.models.run import ItemState, WriteState
from restore_safety.policies.completeness import Wholeness
from restore_safety.truth.attention import (
    Attention,
    CauseFamily,
    ItemFact,
    ItemOutcome,
    RestoreStatus,
    Verification,
    is_verified_in_part,
)
from restore_safety.truth.evidence import CaptureState
from restore_safety.truth.four_eyes import ApprovalState
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.overrides import Override
from restore_safety.truth.safety import ExecutionReadiness, SafetyAssessment, SafetyReadiness
from tenants.web.badges import BADGES, Badge, StateLook, Tone, badge_for, make_badge

STATES: tuple[StateLook, ...] = (
    # Integrity and captures: current speaks for the scope, it does not say the scope is safe.
    (IntegrityState.CURRENT, Tone.INFO, "link-45deg"),
    (IntegrityState.STALE, Tone.CAUTION, "hourglass-split"),
    (IntegrityState.INVALIDATED, Tone.CAUTION, "arrow-left-right"),
    (IntegrityState.NOT_RUN, Tone.NEUTRAL, "circle"),
    (CaptureState.CAPTURING, Tone.PROGRESS, "arrow-repeat"),
    (CaptureState.COMPLETE, Tone.INFO, "record-circle"),
    (CaptureState.FAILED, Tone.DANGER, "x-octagon"),
    # Ready alone is no all-clear: only `safety_badge` knows whether the claim may be made.
    (SafetyReadiness.BLOCKED, Tone.DANGER, "slash-circle"),
    (SafetyReadiness.RISKY, Tone.CAUTION, "shield-exclamation"),
    (SafetyReadiness.READY_WITH_CAUTION, Tone.CAUTION, "exclamation-triangle"),
    (SafetyReadiness.READY, Tone.INFO, "shield"),
    # What checks found and what a preview decided.
    (Severity.BLOCKER, Tone.DANGER, "slash-circle", "It forbids the restore until it is solved."),
    (Severity.UNKNOWN, Tone.CAUTION, "question-circle", "It could not be looked at."),
    (Severity.WARNING, Tone.CAUTION, "exclamation-triangle", "Weigh it before confirming."),
    (Severity.INFO, Tone.INFO, "info-circle", "Worth knowing; it does not stand in the way."),
    (Decision.CREATE, Tone.INFO, "plus-circle", "A new policy would be created."),
    (Decision.UPDATE, Tone.INFO, "pencil", "The tenant's policy would be changed."),
    (Decision.COPY, Tone.INFO, "files", "A second policy would be created beside the tenant's."),
    (
        Decision.DELETE,
        Tone.DANGER,
        "trash",
        "The policy, which the undone restore created, would be deleted.",
    ),
    (Decision.UNCHANGED, Tone.NEUTRAL, "dash-circle", "The tenant already has it as wanted."),
    (
        Decision.ASSIGNMENTS_LEFT,
        Tone.CAUTION,
        "person-dash",
        "Its settings are as wanted; its assignments would be left as they are.",
    ),
    (Decision.SKIP, Tone.NEUTRAL, "skip-forward", "It would be left as it is in the tenant."),
    (Decision.BLOCKED, Tone.DANGER, "slash-circle", "It is left out of the restore."),
    (
        Decision.NOT_EVALUABLE,
        Tone.CAUTION,
        "question-circle",
        "It could not be compared with the tenant.",
    ),
    # Items of a run: written is not yet verified.
    (ItemOutcome.CREATED, Tone.INFO, "plus-circle"),
    (ItemOutcome.UPDATED, Tone.INFO, "pencil"),
    (ItemOutcome.DELETED, Tone.INFO, "trash"),
    (ItemOutcome.UNCHANGED, Tone.NEUTRAL, "dash-circle"),
    (ItemOutcome.ASSIGNMENTS_LEFT, Tone.CAUTION, "person-dash"),
    (ItemOutcome.SKIPPED, Tone.NEUTRAL, "skip-forward"),
    (ItemOutcome.PARTIAL, Tone.CAUTION, "circle-half"),
    (ItemOutcome.FAILED, Tone.DANGER, "x-octagon"),
    (ItemOutcome.TARGET_CHANGED, Tone.CAUTION, "shuffle"),
    (ItemOutcome.WAITING_FOR_APPROVAL, Tone.PROGRESS, "person-lock"),
    (ItemOutcome.OUTCOME_UNKNOWN, Tone.CAUTION, "question-circle"),
    (ItemOutcome.MANUAL_REQUIRED, Tone.CAUTION, "hand-index"),
    (ItemOutcome.NOT_STARTED, Tone.NEUTRAL, "circle"),
    (ItemOutcome.CANCELLED, Tone.NEUTRAL, "x-circle"),
    (Verification.VERIFIED, Tone.POSITIVE, "check-circle"),
    (Verification.MISMATCH, Tone.DANGER, "exclamation-diamond"),
    (Verification.NOT_COMPARABLE, Tone.CAUTION, "patch-question"),
    (Verification.UNREADABLE, Tone.CAUTION, "eye-slash"),
    (Verification.PENDING, Tone.PROGRESS, "hourglass-split"),
    (Verification.NOT_ATTEMPTED, Tone.NEUTRAL, "circle"),
    (ItemState.PLANNED, Tone.NEUTRAL, "circle", "Nothing was sent for it yet."),
    (ItemState.IN_FLIGHT, Tone.PROGRESS, "arrow-repeat", "It is being written."),
    (ItemState.WAITING, Tone.PROGRESS, "person-lock", "The tenant's approver has to agree first."),
    (ItemState.SETTLED, Tone.NEUTRAL, "record-circle", "Its outcome is recorded."),
    (WriteState.PLANNED, Tone.NEUTRAL, "circle", "Not sent yet."),
    (WriteState.IN_FLIGHT, Tone.PROGRESS, "arrow-repeat", "Sent, the answer is awaited."),
    (WriteState.FILED, Tone.PROGRESS, "person-lock", "It waits for the tenant's approver."),
    (WriteState.APPLIED, Tone.INFO, "box-arrow-in-right", "The tenant accepted it."),
    (WriteState.REFUSED, Tone.DANGER, "x-octagon", "The tenant did not accept it."),
    (WriteState.UNKNOWN, Tone.CAUTION, "question-circle", "Whether it was applied is not known."),
    # Runs: that one completed says how far it got, `Attention` says what that means.
    (RestoreStatus.SCHEDULED, Tone.NEUTRAL, "calendar-event"),
    (RestoreStatus.QUEUED, Tone.NEUTRAL, "hourglass"),
    (RestoreStatus.RUNNING, Tone.PROGRESS, "arrow-repeat"),
    (RestoreStatus.WAITING, Tone.PROGRESS, "person-lock"),
    (RestoreStatus.COMPLETED, Tone.INFO, "flag"),
    (RestoreStatus.PARTIAL, Tone.CAUTION, "circle-half"),
    (RestoreStatus.FAILED, Tone.DANGER, "x-octagon"),
    (RestoreStatus.CANCELLED, Tone.NEUTRAL, "x-circle"),
    (Attention.NOT_EXECUTED, Tone.NEUTRAL, "circle"),
    (Attention.COMPLETED, Tone.POSITIVE, "check-circle"),
    (Attention.COMPLETED_WITH_FOLLOW_UP, Tone.CAUTION, "flag"),
    (Attention.PARTIAL, Tone.CAUTION, "circle-half"),
    (Attention.FAILED, Tone.DANGER, "x-octagon"),
    (CauseFamily.PERMISSION, Tone.NEUTRAL, "lock"),
    (CauseFamily.THROTTLED, Tone.NEUTRAL, "cloud-slash"),
    (CauseFamily.MISSING_DEPENDENCY, Tone.NEUTRAL, "diagram-2"),
    (CauseFamily.PAYLOAD_REJECTED, Tone.NEUTRAL, "file-earmark-x"),
    (CauseFamily.TARGET_CHANGED, Tone.NEUTRAL, "shuffle"),
    (CauseFamily.SECRET_MISSING, Tone.NEUTRAL, "key"),
    (CauseFamily.UNSUPPORTED, Tone.NEUTRAL, "puzzle"),
    (CauseFamily.ITEM_FAILURE, Tone.NEUTRAL, "file-earmark-break"),
    (CauseFamily.NONE, Tone.NEUTRAL, "dash-circle"),
    # Where backups come from, and how much of a policy is in them.
    (BackupSource.CAPTURED, Tone.NEUTRAL, "cloud-download", "Read from the tenant itself."),
    (BackupSource.IMPORTED, Tone.NEUTRAL, "file-earmark-zip", "Read from imported files."),
    (BackupSource.PRE_RESTORE, Tone.NEUTRAL, "clock-history", "What a restore was to overwrite."),
    (
        BackupSource.UNDO,
        Tone.NEUTRAL,
        "arrow-counterclockwise",
        "What an undo puts back, and what it deletes because the restore created it.",
    ),
    (Wholeness.COMPLETE, Tone.INFO, "record-circle", "Everything the policy holds was read."),
    (
        Wholeness.ASSIGNMENTS_UNKNOWN,
        Tone.CAUTION,
        "question-circle",
        "Its assignments were not captured; a restore leaves those in the tenant untouched.",
    ),
    (
        Wholeness.INCOMPLETE,
        Tone.CAUTION,
        "circle-half",
        "Something it holds was not read, or not with certainty; the policy says what.",
    ),
    # Who approved a restore, and which safeguard was overridden for it.
    (ApprovalState.WAITING, Tone.PROGRESS, "person-lock"),
    (ApprovalState.APPROVED, Tone.INFO, "person-badge"),
    (ApprovalState.REJECTED, Tone.DANGER, "slash-circle"),
    (ApprovalState.WITHDRAWN, Tone.NEUTRAL, "x-circle"),
    (ApprovalState.VOID, Tone.CAUTION, "arrow-left-right"),
    (ApprovalState.EXPIRED, Tone.NEUTRAL, "hourglass-bottom"),
    (ApprovalState.USED, Tone.NEUTRAL, "flag"),
    (Override.BREAK_GLASS, Tone.DANGER, "exclamation-octagon"),
    (Override.FREEZE, Tone.DANGER, "exclamation-octagon"),
    # What is known of a tenant's directory, kind by kind.
    (SyncState.NEVER, Tone.NEUTRAL, "circle"),
    (SyncState.COMPLETE, Tone.INFO, "record-circle"),
    (SyncState.NAMED_BY_POLICIES, Tone.INFO, "person-lines-fill"),
    (SyncState.INCOMPLETE, Tone.CAUTION, "circle-half"),
    (SyncState.FAILED, Tone.CAUTION, "eye-slash"),
    (SyncState.ELSEWHERE, Tone.CAUTION, "shuffle"),
)

GATE_MET = Badge(label="Met", tone=Tone.NEUTRAL, icon="dot", meaning="The condition holds.")
GATE_REFUSED = Badge(
    label="Refused", tone=Tone.DANGER, icon="slash-circle", meaning="The condition does not hold."
)
_STARTABLE = Badge(
    label="Can start",
    tone=Tone.INFO,
    icon="play-circle",
    meaning="Every condition for starting holds. That does not say it is safe to.",
)
_NOT_STARTABLE = Badge(
    label="Cannot start",
    tone=Tone.DANGER,
    icon="stop-circle",
    meaning="At least one condition for starting does not hold.",
)
_CLAIMED = make_badge(SafetyReadiness.READY, Tone.POSITIVE, "shield-check")
_UNCLAIMED = Badge(
    label="Nothing raised",
    tone=Tone.INFO,
    icon="shield",
    meaning=(
        "Checks and preview are current and raised nothing to weigh, but the restore cannot start."
    ),
)

# What an address calls it: to the database it is verified, for a reason that is not calm.
VERIFIED_IN_PART = "verified_in_part"
_VERIFIED_IN_PART = Badge(
    label="Verified in part",
    tone=Tone.INFO,
    icon="circle-half",
    meaning="What this run did reads back as wanted. Something else is left open for the policy.",
)


def safety_badge(assessment: SafetyAssessment) -> Badge:
    """Safety readiness with the claim it may make: green only when ready and startable."""
    if assessment.safety is not SafetyReadiness.READY:
        return badge_for(assessment.safety)
    if not assessment.may_claim_ready:
        return _UNCLAIMED
    return _CLAIMED


def execution_badge(execution: ExecutionReadiness) -> Badge:
    return _STARTABLE if execution.is_startable else _NOT_STARTABLE


def read_back_badge(fact: ItemFact) -> Badge:
    """What reading back proved; green only for an item that leaves nothing to do."""
    return _VERIFIED_IN_PART if is_verified_in_part(fact) else badge_for(fact.verification)


def readiness_badges() -> tuple[Badge, ...]:
    """What is said of a restore before it starts, beyond the states of one enum."""
    return GATE_MET, GATE_REFUSED, _STARTABLE, _NOT_STARTABLE, _CLAIMED, _UNCLAIMED


def read_back_badges() -> tuple[Badge, ...]:
    """What is said of an item that was read back, beyond the states of one enum."""
    return (_VERIFIED_IN_PART,)


def read_back_choices() -> tuple[tuple[str, str], ...]:
    """What reading back may have proved of an item: the words its badges have, and their values."""
    verified, *others = ((answer.value, badge_for(answer).label) for answer in Verification)
    return verified, (VERIFIED_IN_PART, _VERIFIED_IN_PART.label), *others


def all_badges() -> tuple[Badge, ...]:
    families = chain.from_iterable(family.values() for family in BADGES.values())
    return (*families, *readiness_badges(), *read_back_badges())
