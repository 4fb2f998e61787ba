"""Outcomes: what happened to each item of a run, and what reading it back said."""

from dataclasses import dataclass
from enum import nonmember

from restore_safety.truth.causes import ReasonCode
from restore_safety.truth.words import Word


class ItemOutcome(Word):
    """What happened to one item."""

    CREATED = "created", "Created", "A new policy was created in the tenant."
    UPDATED = "updated", "Updated", "The existing policy was changed to what the backup holds."
    DELETED = "deleted", "Deleted", "The policy, which the undone restore had created, was deleted."
    UNCHANGED = "unchanged", "Unchanged", "The tenant already had it as wanted."
    ASSIGNMENTS_LEFT = (
        "assignments_left",
        "As it is, assignments left",
        "Its settings are as wanted; its assignments were left as they are.",
    )
    SKIPPED = "skipped", "Skipped", "Nothing was written for this item."
    PARTIAL = "partial", "Partial", "The policy was written, its assignments were not."
    FAILED = "failed", "Failed", "The tenant refused the write, or it could not be made."
    TARGET_CHANGED = (
        "target_changed",
        "Target changed",
        "Not written: the tenant is no longer as the preview saw it.",
    )
    WAITING_FOR_APPROVAL = (
        "waiting_for_approval",
        "Waiting for approval",
        "The tenant filed the write for its own approver.",
    )
    OUTCOME_UNKNOWN = (
        "outcome_unknown",
        "Outcome unknown",
        "It could not be established whether the write was applied.",
    )
    MANUAL_REQUIRED = "manual_required", "To do by hand", "This item has to be done by hand."
    NOT_STARTED = "not_started", "Not started", "The run did not get to this item."
    CANCELLED = "cancelled", "Cancelled", "The run was cancelled before this item."


class Verification(Word):
    """What reading the item back said, apart from the write's own answer."""

    VERIFIED = "verified", "Verified", "Read back, and found as this run was to leave it."
    MISMATCH = "mismatch", "Mismatch", "Read back and found other than wanted."
    NOT_COMPARABLE = (
        "not_comparable",
        "Cannot be compared",
        "Read back as wanted as far as Graph answers it; some values cannot be compared.",
    )
    UNREADABLE = "unreadable", "Unreadable", "It could not be read back."
    PENDING = "pending", "Pending", "It has not been read back yet."
    NOT_ATTEMPTED = "not_attempted", "Not attempted", "It was not read back."


class RestoreStatus(Word):
    """How far a restore run got."""

    SCHEDULED = "scheduled", "Scheduled", "The run starts at a later time, if all still holds then."
    QUEUED = "queued", "Queued", "The run has not begun."
    RUNNING = "running", "Running", "The run is under way."
    WAITING = (
        "waiting",
        "Waiting for approval",
        "All else was carried out; the run goes on when the tenant's approver has decided.",
    )
    COMPLETED = "completed", "Completed", "The run went through every item."
    PARTIAL = "partial", "Partial", "The run ended with part of the work done."
    FAILED = "failed", "Failed", "The run ended without applying anything."
    CANCELLED = "cancelled", "Cancelled", "The run was cancelled before its end."

    ENDED = nonmember(frozenset({"completed", "partial", "failed", "cancelled"}))

    @property
    def is_ended(self) -> bool:
        return self in RestoreStatus.ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFact:
    """All that the reducer needs to know of one item."""

    outcome: ItemOutcome
    verification: Verification
    reason: ReasonCode
