"""Causes: why an item ended as it did, the family that belongs to, and what to do next."""

from enum import StrEnum
from typing import Self

from restore_safety.truth.follow_up_actions import CauseFamily, FollowUpAction


class ReasonCode(StrEnum):
    """Why one item ended as it did, in the order in which a run's cause is chosen.

    Its family and its action belong to the member itself, so no reason is without either.
    """

    label: str
    sentence: str
    cause: CauseFamily
    action: FollowUpAction

    def __new__(
        cls,
        value: str,
        label: str = "",
        sentence: str = "",
        cause: CauseFamily = CauseFamily.ITEM_FAILURE,
        action: FollowUpAction = FollowUpAction.REVIEW_ITEMS,
    ) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label
        member.sentence = sentence
        member.cause = cause
        member.action = action
        return member

    WRITE_FENCE = (
        "write_fence",
        "Stopped by the write fence",
        "A write that was not on the plan was refused; treat this as an incident.",
        CauseFamily.ITEM_FAILURE,
        FollowUpAction.REVIEW_ITEMS,
    )
    PERMISSION_DENIED = (
        "permission_denied",
        "Permission denied",
        "The connection lacks a permission in the tenant.",
        CauseFamily.PERMISSION,
        FollowUpAction.GRANT_PERMISSION,
    )
    AUTHENTICATION_FAILED = (
        "authentication_failed",
        "Sign-in failed",
        "The connection could not sign in to the tenant.",
        CauseFamily.PERMISSION,
        FollowUpAction.GRANT_PERMISSION,
    )
    WRITE_GATE_CLOSED = (
        "write_gate_closed",
        "Write gate closed",
        "The tenant's write gate was closed.",
        CauseFamily.PERMISSION,
        FollowUpAction.GRANT_PERMISSION,
    )
    RIGHT_WITHDRAWN = (
        "right_withdrawn",
        "Right withdrawn",
        "Whoever started the restore may no longer write to this tenant.",
        CauseFamily.PERMISSION,
        FollowUpAction.RETRY_REMAINING,
    )
    FREEZE_WINDOW = (
        "freeze_window",
        "Change window",
        "The tenant's change windows allowed no writes at the time.",
        CauseFamily.PERMISSION,
        FollowUpAction.RETRY_REMAINING,
    )
    START_REFUSED = (
        "start_refused",
        "Not started",
        "A condition for starting did not hold at the scheduled time, so nothing was written.",
        CauseFamily.PERMISSION,
        FollowUpAction.RETRY_REMAINING,
    )
    APPROVAL_REJECTED = (
        "approval_rejected",
        "Approval rejected",
        "The tenant's approver rejected the write.",
        CauseFamily.PERMISSION,
        FollowUpAction.REVIEW_ITEMS,
    )
    APPROVAL_EXPIRED = (
        "approval_expired",
        "Approval expired",
        "The filed write was not approved in time; it has to be filed again.",
        CauseFamily.PERMISSION,
        FollowUpAction.RETRY_REMAINING,
    )
    APPROVAL_CANCELLED = (
        "approval_cancelled",
        "Approval cancelled",
        "The filed write was cancelled in the tenant.",
        CauseFamily.PERMISSION,
        FollowUpAction.RETRY_REMAINING,
    )
    THROTTLED = (
        "throttled",
        "Throttled",
        "The provider asked to slow down for too long.",
        CauseFamily.THROTTLED,
        FollowUpAction.RETRY_REMAINING,
    )
    PROVIDER_UNAVAILABLE = (
        "provider_unavailable",
        "Provider unavailable",
        "The provider answered that it is not available.",
        CauseFamily.THROTTLED,
        FollowUpAction.RETRY_REMAINING,
    )
    PROVIDER_UNREACHABLE = (
        "provider_unreachable",
        "Provider unreachable",
        "The provider could not be reached.",
        CauseFamily.THROTTLED,
        FollowUpAction.RETRY_REMAINING,
    )
    TARGET_UNREADABLE = (
        "target_unreadable",
        "Target unreadable",
        "The tenant's present state could not be read, so nothing was concluded from it.",
        CauseFamily.THROTTLED,
        FollowUpAction.PREVIEW_AGAIN,
    )
    GROUP_MISSING = (
        "group_missing",
        "Group missing",
        "A group in the assignments does not exist in the tenant and is not mapped.",
        CauseFamily.MISSING_DEPENDENCY,
        FollowUpAction.MAP_GROUPS,
    )
    FILTER_MISSING = (
        "filter_missing",
        "Filter missing",
        "An assignment filter does not exist in the tenant; include the foundations.",
        CauseFamily.MISSING_DEPENDENCY,
        FollowUpAction.PREVIEW_AGAIN,
    )
    SCOPE_TAG_MISSING = (
        "scope_tag_missing",
        "Scope tag missing",
        "A scope tag does not exist in the tenant; include the foundations.",
        CauseFamily.MISSING_DEPENDENCY,
        FollowUpAction.PREVIEW_AGAIN,
    )
    DEPENDENCY_MISSING = (
        "dependency_missing",
        "Dependency missing",
        "Something this item refers to does not exist in the tenant.",
        CauseFamily.MISSING_DEPENDENCY,
        FollowUpAction.DO_MANUALLY,
    )
    DEPENDENCY_FAILED = (
        "dependency_failed",
        "Dependency failed",
        "Something this item needs was not written in this run.",
        CauseFamily.MISSING_DEPENDENCY,
        FollowUpAction.RETRY_REMAINING,
    )
    PAYLOAD_REJECTED = (
        "payload_rejected",
        "Payload rejected",
        "The provider rejected the content of this item.",
        CauseFamily.PAYLOAD_REJECTED,
        FollowUpAction.REVIEW_ITEMS,
    )
    PAYLOAD_SHAPE = (
        "payload_shape",
        "Content Graph does not take",
        "The backup holds values of this item in a form that Graph does not take.",
        CauseFamily.PAYLOAD_REJECTED,
        FollowUpAction.REVIEW_ITEMS,
    )
    APPROVAL_OUTDATED = (
        "approval_outdated",
        "Approved, changed since",
        "The write was approved, but the policy was changed since: it was not written.",
        CauseFamily.TARGET_CHANGED,
        FollowUpAction.PREVIEW_AGAIN,
    )
    TARGET_MOVED = (
        "target_moved",
        "Target moved",
        "The tenant's policy changed after the preview.",
        CauseFamily.TARGET_CHANGED,
        FollowUpAction.PREVIEW_AGAIN,
    )
    CONFLICT = (
        "conflict",
        "Conflict",
        "The provider reported a conflict with another change.",
        CauseFamily.TARGET_CHANGED,
        FollowUpAction.PREVIEW_AGAIN,
    )
    NOT_FOUND = (
        "not_found",
        "Not found",
        "The tenant's policy is no longer there.",
        CauseFamily.TARGET_CHANGED,
        FollowUpAction.PREVIEW_AGAIN,
    )
    AMBIGUOUS_MATCH = (
        "ambiguous_match",
        "Several matches",
        "Several policies in the tenant could be the one that was meant.",
        CauseFamily.TARGET_CHANGED,
        FollowUpAction.PREVIEW_AGAIN,
    )
    SECRET_MISSING = (
        "secret_missing",
        "Secret missing",
        "A secret value is needed that no backup can hold.",
        CauseFamily.SECRET_MISSING,
        FollowUpAction.ENTER_SECRETS,
    )
    UNSUPPORTED_TYPE = (
        "unsupported_type",
        "Unsupported type",
        "This kind of policy cannot be written through the provider.",
        CauseFamily.UNSUPPORTED,
        FollowUpAction.DO_MANUALLY,
    )
    MEMBERS_LEFT_OUT = (
        "members_left_out",
        "Left out in part",
        "Some members of the policy are in the backup and were not written.",
        CauseFamily.UNSUPPORTED,
        FollowUpAction.DO_MANUALLY,
    )
    ASSIGNMENTS_NOT_CAPTURED = (
        "assignments_not_captured",
        "Assignments not in the backup",
        "The policy is new and reaches no one: the backup does not hold its assignments.",
        CauseFamily.MISSING_DEPENDENCY,
        FollowUpAction.ASSIGN_POLICIES,
    )
    ASSIGNMENTS_LEFT_OUT = (
        "assignments_left_out",
        "Assignments left out",
        "Assignments were left out by choice: the new policy reaches no one until it is assigned.",
        CauseFamily.NONE,
        FollowUpAction.ASSIGN_POLICIES,
    )
    INCOMPLETE_SOURCE = (
        "incomplete_source",
        "Incomplete backup",
        "The backup did not capture all of this item.",
        CauseFamily.UNSUPPORTED,
        FollowUpAction.RECAPTURE_BACKUP,
    )
    VERIFICATION_MISMATCH = (
        "verification_mismatch",
        "Not as wanted",
        "Read back, the policy is other than what was written.",
        CauseFamily.ITEM_FAILURE,
        FollowUpAction.REVIEW_ITEMS,
    )
    DUPLICATE_FOUND = (
        "duplicate_found",
        "Duplicate found",
        "The tenant holds a second policy that a request of this run may have created.",
        CauseFamily.ITEM_FAILURE,
        FollowUpAction.REVIEW_ITEMS,
    )
    UNEXPECTED = (
        "unexpected",
        "Unexpected",
        "Something happened that has no known reason.",
        CauseFamily.ITEM_FAILURE,
        FollowUpAction.REVIEW_ITEMS,
    )
    APPROVAL_USED = (
        "approval_used",
        "Carried out elsewhere",
        "The approved write was carried out, and not by this run as far as it knows.",
        CauseFamily.ITEM_FAILURE,
        FollowUpAction.RECONCILE,
    )
    OUTCOME_UNESTABLISHED = (
        "outcome_unestablished",
        "Outcome not established",
        "It could not be established whether the write was applied.",
        CauseFamily.ITEM_FAILURE,
        FollowUpAction.RECONCILE,
    )
    VERIFICATION_UNREADABLE = (
        "verification_unreadable",
        "Not verified",
        "The written policy was not read back, so the write is not proven.",
        CauseFamily.ITEM_FAILURE,
        FollowUpAction.RECONCILE,
    )
    APPROVAL_PENDING = (
        "approval_pending",
        "Waiting for approval",
        "The tenant filed the write for its own approver.",
        CauseFamily.PERMISSION,
        FollowUpAction.WAIT_FOR_APPROVER,
    )
    RUN_INTERRUPTED = (
        "run_interrupted",
        "Run interrupted",
        "The run was interrupted before this item was settled.",
        CauseFamily.ITEM_FAILURE,
        FollowUpAction.RETRY_REMAINING,
    )
    APPROVAL_LEFT_FILED = (
        "approval_left_filed",
        "Request left in the tenant",
        "The run was cancelled while its write waited for approval; the request is still filed.",
        CauseFamily.NONE,
        FollowUpAction.WITHDRAW_REQUESTS,
    )
    RUN_CANCELLED = (
        "run_cancelled",
        "Run cancelled",
        "The run was cancelled.",
        CauseFamily.NONE,
        FollowUpAction.RETRY_REMAINING,
    )
    VALUES_NOT_COMPARABLE = (
        "values_not_comparable",
        "Values cannot be compared",
        "Some values cannot be compared, as Graph does not return them.",
        CauseFamily.NONE,
        FollowUpAction.CHECK_VALUES,
    )
    ALREADY_EXISTS = (
        "already_exists",
        "Already exists",
        "The tenant already has it, and this restore leaves it as it is.",
        CauseFamily.NONE,
        FollowUpAction.REVIEW_ITEMS,
    )
    ASSIGNMENTS_KEPT = (
        "assignments_kept",
        "Assignments kept",
        "Assignments were left out by choice, and the tenant's differ from the backup's.",
        CauseFamily.NONE,
        FollowUpAction.REVIEW_ITEMS,
    )
    DRY_RUN = (
        "dry_run",
        "Dry run",
        "A dry run writes nothing.",
        CauseFamily.NONE,
        FollowUpAction.START_RESTORE,
    )
    AS_WANTED = (
        "as_wanted",
        "Already as wanted",
        "The tenant already had it as wanted.",
        CauseFamily.NONE,
        FollowUpAction.NONE,
    )
    WRITTEN = (
        "written",
        "Written",
        "The item was written as previewed.",
        CauseFamily.NONE,
        FollowUpAction.NONE,
    )


REASON_PRECEDENCE = tuple(ReasonCode)
