"""Policies that the tenant does not have, so that a restore creates them."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Decision, Severity


def check(context: CheckContext) -> Iterable[FoundIssue]:
    created = [policy for policy in context.policies if policy.decision is Decision.CREATE]
    if not created:
        return
    subjects = subjects_of(created)
    yield FoundIssue(
        severity=Severity.INFO,
        code="created_anew",
        title=f"{counted(len(subjects))} will be created in {context.tenant_name} with a new id",
        why=(
            f"{context.tenant_name} has no such {verb(subjects, 'policy', 'policies')} today: "
            f"{listed(one.name for one in subjects)}. Policies of the same restore that refer to "
            f"{verb(subjects, 'it', 'them')} are written with the new id. Everything else that "
            "holds the old id, such as other policies, scripts and reports, does not find "
            f"{verb(subjects, 'it', 'them')}."
        ),
        remedy="Afterwards, look for the old ids in what you keep outside of this restore.",
        subjects=subjects,
    )
