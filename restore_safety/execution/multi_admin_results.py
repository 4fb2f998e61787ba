"""Settlements of items whose write was filed for the tenant's approver, in plain sentences."""

from dataclasses import replace

from restore_safety.execution import results as outcomes
from restore_safety.execution.journal import Settlement
from restore_safety.execution.reconcile import is_partly_applied
from restore_safety.execution.verify import NOT_READ_BACK, Verdict
from restore_safety.models import RestoreItem, WriteApproval
from restore_safety.truth.attention import ItemOutcome, ReasonCode
from tenants.graph.errors import GraphError
from tenants.graph.filing import ApprovalStatus
from tenants.printable import printable

# What a reason means more exactly, once the write has been filed.
_ONCE_FILED = {
    ReasonCode.TARGET_MOVED: ReasonCode.APPROVAL_OUTDATED,
    ReasonCode.RUN_CANCELLED: ReasonCode.APPROVAL_LEFT_FILED,
}
_OUTCOMES = {
    ReasonCode.APPROVAL_OUTDATED: ItemOutcome.TARGET_CHANGED,
    ReasonCode.APPROVAL_LEFT_FILED: ItemOutcome.CANCELLED,
}


def ended(
    reason: ReasonCode,
    error: GraphError | None,
    approval: WriteApproval,
    *,
    verdict: Verdict | None,
) -> Settlement:
    """The end of an item by a write that was filed; a verdict where one before it was taken."""
    reason = _ONCE_FILED.get(reason, reason)
    if verdict is not None:
        settlement = outcomes.cut_short(reason, error, verdict=verdict)
    elif reason in _OUTCOMES:
        settlement = Settlement(
            outcome=_OUTCOMES[reason], reason=reason, sentence=reason.sentence, error=error
        )
    else:
        settlement = outcomes.refused(reason, error)
    return with_request(settlement, approval)


def carried_out_elsewhere(approval: WriteApproval) -> Settlement:
    """The tenant carried the request out, and does not show what it was to write."""
    settlement = replace(
        outcomes.unknown(),
        reason=ReasonCode.APPROVAL_USED,
        sentence=f"{ReasonCode.APPROVAL_USED.sentence} Read the policy back from the tenant "
        "before anything else is written.",
    )
    return with_request(settlement, approval)


def stopped(
    item: RestoreItem, settlement: Settlement, approval: WriteApproval | None
) -> Settlement:
    """The run cannot go on: what holds for what was not begun holds for what waits as well."""
    if is_partly_applied(item):
        settlement = outcomes.cut_short(settlement.reason, verdict=NOT_READ_BACK)
    return with_request(settlement, approval)


def with_request(settlement: Settlement, approval: WriteApproval | None) -> Settlement:
    """Add how the request stands in the tenant, where there is one, and what is left to do."""
    if approval is None:
        return settlement
    return replace(settlement, sentence=f"{settlement.sentence} {_status_sentence(approval)}")


def _status_sentence(approval: WriteApproval) -> str:
    if approval.is_open:
        return (
            f"Request {approval.code} is still filed in the tenant and writes nothing any more: "
            "cancel it in Intune, or let it expire."
        )
    by = f" by {printable(approval.decided_by)}" if approval.decided_by else ""
    said = f": “{printable(approval.answer)}”" if approval.answer else ""
    is_decision = approval.status_member is ApprovalStatus.REJECTED
    who = f"{by}{said}" if is_decision else ""
    return f"Request {approval.code}: {approval.status_member.label.lower()}{who}."
