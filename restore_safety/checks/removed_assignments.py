"""Audiences that have a policy today and would no longer have it."""

from collections.abc import Iterable

from restore_safety.checks.audience_sentences import sentence_of
from restore_safety.checks.context import CheckContext, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity
from tenants.graph.assignment_changes import Extent


def check(context: CheckContext) -> Iterable[FoundIssue]:
    losing = {
        policy: [sentence_of(one, context.names) for one in lost]
        for policy in context.overwritten
        if (lost := [one for one in policy.audience_changes if one.extent is Extent.NARROWED])
    }
    if not losing:
        return
    subjects = subjects_of(losing)
    each = "; ".join(f"{policy.name}: {', '.join(lost)}" for policy, lost in losing.items())
    yield FoundIssue(
        severity=Severity.WARNING,
        code="assignments_removed",
        title=f"{counted(len(subjects))} {verb(subjects, 'loses', 'lose')} assignments",
        why=(
            "The restore sets the whole audience as the backup holds it. The policy no longer "
            f"applies to these: {each}."
        ),
        remedy=(
            "Make sure these audiences should no longer have the policy, or exclude assignments "
            "from the scope."
        ),
        subjects=subjects,
    )
