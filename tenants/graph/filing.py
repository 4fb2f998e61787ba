"""Filing a write for the tenant's approver: how it is sent, and what may become of it."""

import base64
from collections.abc import Mapping
from enum import StrEnum

_CODE = "x-msft-approval-code"
_JUSTIFICATION = "x-msft-approval-justification"


class ApprovalStatus(StrEnum):
    """Where a filed request is; what a tenant answers beyond these is unknown."""

    NEEDS_APPROVAL = "needsApproval"
    APPROVED = "approved"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    COMPLETED = "completed"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        return _LABELS[self][0]

    @property
    def sentence(self) -> str:
        return _LABELS[self][1]

    @property
    def is_open(self) -> bool:
        """Whether the request may still come to be carried out."""
        return self in (
            ApprovalStatus.NEEDS_APPROVAL,
            ApprovalStatus.APPROVED,
            ApprovalStatus.UNKNOWN,
        )


_LABELS = {
    ApprovalStatus.NEEDS_APPROVAL: ("Needs approval", "No one has decided on it yet."),
    ApprovalStatus.APPROVED: ("Approved", "It may be carried out; that has not happened yet."),
    ApprovalStatus.REJECTED: ("Rejected", "An approver of the tenant turned it down."),
    ApprovalStatus.CANCELLED: ("Cancelled", "It was withdrawn in the tenant."),
    ApprovalStatus.EXPIRED: ("Expired", "It was not decided on, or not carried out, in time."),
    ApprovalStatus.COMPLETED: ("Carried out", "The tenant carried it out."),
    ApprovalStatus.UNKNOWN: ("Not known", "The tenant gives it a status that is not known here."),
}


def justification_of(reason: str, operation_id: str) -> str:
    """What the approver reads; it names the one write, so that its request is found again."""
    return f"{reason} [{operation_id}]"


def filing_headers(reason: str, operation_id: str) -> Mapping[str, str]:
    text = justification_of(reason, operation_id).encode()
    return {_JUSTIFICATION: base64.b64encode(text).decode()}


def approved_headers(code: str) -> Mapping[str, str]:
    return {_CODE: code}
