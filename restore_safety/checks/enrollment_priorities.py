"""Enrollment configurations whose order of priority changes: the first that matches applies."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity
from tenants.graph.contracts import is_default

_ENROLLMENT, _PRIORITY = "deviceEnrollmentConfigurations", "priority"


def check(context: CheckContext) -> Iterable[FoundIssue]:
    moved = {policy: says for policy in context.written if (says := _moved(policy))}
    if not moved:
        return
    subjects = subjects_of(moved)
    each = "; ".join(f"{policy.name}: {says}" for policy, says in moved.items())
    yield FoundIssue(
        severity=Severity.WARNING,
        code="enrollment_priority",
        title=(
            f"{counted(len(subjects), 'enrollment configuration', 'enrollment configurations')} "
            f"{verb(subjects, 'has', 'have')} another priority than in the backup"
        ),
        why=(
            "Of several enrollment configurations the first that matches applies. A restore does "
            f"not set the order. {each}."
        ),
        remedy="Set the order in Intune after the restore.",
        subjects=subjects,
    )


def _moved(policy: CheckedPolicy) -> str:
    wanted = policy.payload.get(_PRIORITY)
    if policy.contract.key != _ENROLLMENT or is_default(policy.contract, policy.payload):
        return ""
    if not isinstance(wanted, int):
        return ""
    if policy.is_created:
        return f"priority {wanted} in the backup, the last one once created"
    live = (policy.live_payload or {}).get(_PRIORITY)
    return f"priority {wanted} in the backup, {live} in the tenant" if live != wanted else ""
