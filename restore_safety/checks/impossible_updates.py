"""Policies that differ in what cannot be changed once a policy exists."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Decision, Severity
from restore_safety.truth.causes import ReasonCode


def check(context: CheckContext) -> Iterable[FoundIssue]:
    blocked = [
        policy
        for policy in context.policies
        if policy.decision is Decision.BLOCKED
        and policy.planned.reason is ReasonCode.UNSUPPORTED_TYPE
        and not policy.is_by_hand
    ]
    if not blocked:
        return
    subjects = subjects_of(blocked)
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="update_impossible",
        title=f"{counted(len(subjects))} cannot be written as the backup holds "
        f"{verb(subjects, 'it', 'them')}",
        why=" ".join(policy.planned.sentence for policy in blocked[:10]),
        remedy="Exclude these policies, or restore them as copies where that is possible.",
        subjects=subjects,
    )
