"""Types whose writes a second administrator of the tenant has to approve in Intune."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.checks.tenant_facts import (
    APPROVED_WORKLOADS,
    is_recognised,
    workload_of,
    workloads_gated,
)
from restore_safety.models import Severity
from tenants.graph.approvals import policy_in


def check(context: CheckContext) -> Iterable[FoundIssue]:
    gated = {
        policy: workload
        for policy in (*context.written, *context.deleted)
        if (workload := workload_of(policy.contract.key))
    }
    if not gated:
        return
    reading = context.lists.approval_policies
    active = {str(one.get("policyType")) for one in reading.objects}
    if reading.error or not all(map(is_recognised, active)):
        yield FoundIssue(
            severity=Severity.UNKNOWN,
            code="approval_policies_unread",
            title=f"Whether these writes need approval in {context.tenant_name} is not known",
            why=(
                "Its policies of Multi Admin Approval could not be read, or one is of a kind that "
                "is not known here. Where one is active, a write waits until a second "
                "administrator approves it."
            ),
            remedy=(
                "Grant the connection DeviceManagementRBAC.Read.All and run the checks again, or "
                "look under Tenant administration, Multi Admin Approval, in Intune."
            ),
            subjects=subjects_of(gated),
        )
    asked_for = workloads_gated(reading.objects)
    waiting = [policy for policy, workload in gated.items() if workload in asked_for]
    if not waiting:
        return
    subjects = subjects_of(waiting)
    workloads = listed(APPROVED_WORKLOADS[gated[policy]] for policy in waiting)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="approval_needed",
        title=f"{counted(len(subjects))} {verb(subjects, 'waits', 'wait')} for approval in Intune",
        why=(
            f"{context.tenant_name} has Multi Admin Approval for {workloads}. A write of these is "
            "filed as a request and changes nothing until a second administrator approves it"
            f"{_who(context)}. All else is carried out first, and the run waits without holding up "
            "other restores. Its assignments may have to be approved as well, as a second request."
        ),
        remedy="Have an approver at hand, or exclude these policies.",
        subjects=subjects,
    )


def _who(context: CheckContext) -> str:
    """The groups whose members may approve, where they could be read."""
    lists = context.lists
    groups = {
        group
        for one in lists.approval_policies.objects
        for group in policy_in(one).approver_group_ids
    }
    names = sorted(lists.approvers.get(group, group) for group in groups)
    return f", as members of {listed(names)} may" if names else ""
