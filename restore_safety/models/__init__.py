"""The rows of the restore domain, one subject per file."""

from .approval import WriteApproval
from .backup import BackupItem, BackupSet, BackupSource, BackupUpload, PolicyPayload
from .directory import (
    DirectoryKind,
    DirectoryObject,
    DirectorySync,
    ObjectDetail,
    SyncState,
    folded,
)
from .draft import DraftChange, RestoreDraft, target_of
from .evidence import CapturedEvidence, Finding, Severity
from .four_eyes import ApprovalDecision, ApprovalRequest
from .plan import (
    AS_IT_IS_DECISIONS,
    CREATING_DECISIONS,
    REPLACING_DECISIONS,
    WRITING_DECISIONS,
    Decision,
    PlanItem,
)
from .run import FollowUpNote, ItemState, RestoreItem, RestoreRun, RestoreWrite, WriteState

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
