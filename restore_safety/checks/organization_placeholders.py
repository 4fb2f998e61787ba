"""The %OrganizationId% placeholder, which stands for the tenant's own id."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity


def check(context: CheckContext) -> Iterable[FoundIssue]:
    holding = [policy for policy in context.candidates if policy.had_organization_placeholder]
    if not holding:
        return
    subjects = subjects_of(holding)
    yield FoundIssue(
        severity=Severity.INFO,
        code="organization_placeholder",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'carries', 'carry')} the placeholder "
            "%OrganizationId%"
        ),
        why=(
            "The tool that made the backup put it where the id of a tenant belongs. The restore "
            f"writes this tenant's id there: {context.directory_id}."
        ),
        remedy="Nothing to do if the policy is meant for this tenant's own id.",
        subjects=subjects,
    )
