"""Secrets the backup holds only as a mask."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity


def check(context: CheckContext) -> Iterable[FoundIssue]:
    masked = [policy for policy in context.candidates if policy.completeness.secrets_masked]
    if not masked:
        return
    subjects = subjects_of(masked)
    places = listed(place for policy in masked for place in policy.completeness.secrets_masked)
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="masked_secrets",
        title=f"{counted(len(subjects))} {verb(subjects, 'holds', 'hold')} masked secrets",
        why=(
            "Graph does not give secrets away, so the backup has a placeholder in their place. "
            f"Writing it would destroy the working secret in the tenant. Masked: {places}."
        ),
        remedy=(
            "Exclude these policies, and restore them by hand in the tenant, where the secret "
            "can be entered."
        ),
        subjects=subjects,
    )
