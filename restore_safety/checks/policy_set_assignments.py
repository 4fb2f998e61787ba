"""Assignments that come from a policy set: they come and go with the set."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity

_DIRECT = frozenset({None, "direct"})


def check(context: CheckContext) -> Iterable[FoundIssue]:
    found = [policy for policy in context.affected if _comes_from_a_set(policy)]
    if not found:
        return
    subjects = subjects_of(found)
    yield FoundIssue(
        severity=Severity.INFO,
        code="policy_set_assignments",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'has', 'have')} assignments from a policy "
            "set"
        ),
        why=(
            "These assignments come and go with the policy set. A restore neither writes nor "
            "removes them."
        ),
        remedy="Restore or check the policy set in Intune where its assignments are needed.",
        subjects=subjects,
    )


def _comes_from_a_set(policy: CheckedPolicy) -> bool:
    live = policy.live.assignments if policy.live else None
    return any(
        one.get("source") not in _DIRECT for one in (*(policy.assignments or ()), *(live or ()))
    )
