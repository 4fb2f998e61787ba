"""The rows of the restore domain, one subject per file."""

from restore_safety.models.approval import WriteApproval
from restore_safety.models.backup import (
    BackupItem,
    BackupSet,
    BackupSource,
    BackupUpload,
    PolicyPayload,
)
from restore_safety.models.directory import (
    DirectoryKind,
    DirectoryObject,
    DirectorySync,
    ObjectDetail,
    SyncState,
    folded,
)
from restore_safety.models.draft import DraftChange, RestoreDraft, target_of
from restore_safety.models.evidence import CapturedEvidence, Finding, Severity
from restore_safety.models.four_eyes import ApprovalDecision, ApprovalRequest
from restore_safety.models.plan import (
    AS_IT_IS_DECISIONS,
    CREATING_DECISIONS,
    REPLACING_DECISIONS,
    WRITING_DECISIONS,
    Decision,
    PlanItem,
)
from restore_safety.models.run import (
    FollowUpNote,
    ItemState,
    RestoreItem,
    RestoreRun,
    RestoreWrite,
    WriteState,
)

__all__ = [
    "AS_IT_IS_DECISIONS",
    "CREATING_DECISIONS",
    "REPLACING_DECISIONS",
    "WRITING_DECISIONS",
    "ApprovalDecision",
    "ApprovalRequest",
    "BackupItem",
    "BackupSet",
    "BackupSource",
    "BackupUpload",
    "CapturedEvidence",
    "Decision",
    "DirectoryKind",
    "DirectoryObject",
    "DirectorySync",
    "DraftChange",
    "Finding",
    "FollowUpNote",
    "ItemState",
    "ObjectDetail",
    "PlanItem",
    "PolicyPayload",
    "RestoreDraft",
    "RestoreItem",
    "RestoreRun",
    "RestoreWrite",
    "Severity",
    "SyncState",
    "WriteApproval",
    "WriteState",
    "folded",
    "target_of",
]
