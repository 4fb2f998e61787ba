"""Every badge there is, by the question its family answers; the badges are the registry's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from operations.liveness import Liveness
from operations.models import RunOutcome, RunStatus
from restore_safety.badges import read_back_badges, readiness_badges
from restore_safety.models import BackupSource, Decision, ItemState, Severity, WriteState
from restore_safety.models.directory import SyncState
from restore_safety.policies.completeness import Wholeness
from restore_safety.truth.attention import (
    Attention,
    CauseFamily,
    ItemOutcome,
    RestoreStatus,
    Verification,
)
from restore_safety.truth.evidence import CaptureState
from restore_safety.truth.four_eyes import ApprovalState
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.overrides import Override
from restore_safety.truth.safety import SafetyReadiness
from tenants.graph.contracts import Restorability
from tenants.graph.filing import ApprovalStatus
from tenants.models import AuditOutcome, InvitationState, TokenState
from tenants.models import Verification as ConnectionVerification
from tenants.models.recurrence import WindowEffect
from tenants.web.badges import BADGES, Badge


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """The badges that answer one question."""

    title: str
    question: str
    badges: tuple[Badge, ...]


# In the order in which a restore meets them.
FAMILIES: Mapping[type[Enum], tuple[str, str]] = {
    Attention: ("Result", "What a restore that ended means for people."),
    CauseFamily: ("Main cause", "Why a result needs attention."),
    RestoreStatus: ("Restore status", "How far a restore got; its result says what that means."),
    ItemOutcome: ("Item outcome", "What happened to one policy."),
    Verification: ("Verification", "What reading a policy back from the tenant said."),
    ItemState: ("Item journal", "How far a run is with one policy."),
    WriteState: ("Request", "What came of one request to the tenant."),
    ApprovalStatus: ("Approval in Intune", "What the tenant's approver made of a filed write."),
    IntegrityState: ("Evidence", "Whether checks or a preview speak for the scope as it is."),
    CaptureState: ("Capture", "Whether checks or a preview came to their end."),
    SafetyReadiness: ("Safety", "Whether a restore is proven safe to start."),
    ApprovalState: ("Four eyes", "Whether another person approved this restore."),
    WindowEffect: ("Change window", "What a change window does to restores."),
    Override: ("Override", "Which safeguard was overridden when a restore was queued."),
    Severity: ("Finding", "How much a finding of the checks weighs."),
    Decision: ("Preview decision", "What a restore would do with one policy."),
    Restorability: ("Policy type", "What a restore can put back of a policy of this type."),
    RunStatus: ("Operation status", "Where any long work is."),
    RunOutcome: ("Operation outcome", "What came of any long work."),
    Liveness: ("Worker", "Whether a worker is working on it right now."),
    BackupSource: ("Backup source", "Where a backup came from."),
    Wholeness: ("Backup content", "Whether all of a policy is in the backup."),
    ConnectionVerification: ("Connection", "Whether a tenant's connection was seen to work."),
    SyncState: ("Directory", "How far the objects of one kind were read from the tenant."),
    InvitationState: ("Invitation", "Whether the link of an invitation still works."),
    TokenState: ("API token", "Whether a token still opens anything."),
    AuditOutcome: ("Audit", "Whether an act was done or refused."),
}


def badge_families() -> tuple[Family, ...]:
    named = tuple(
        Family(title=title, question=question, badges=tuple(BADGES[states].values()))
        for states, (title, question) in FAMILIES.items()
    )
    before_the_start = Family(
        title="Before the start",
        question="Whether a restore could start, and what may be claimed of it.",
        badges=readiness_badges(),
    )
    after_the_end = Family(
        title="After reading back",
        question="What a verification is worth where something else is left open.",
        badges=read_back_badges(),
    )
    return (*named, before_the_start, after_the_end)
