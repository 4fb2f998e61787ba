"""Secrets that the backup holds in clear."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity
from restore_safety.policies.secrets import secret_values
from tenants.graph.secrecy import is_mask


def check(context: CheckContext) -> Iterable[FoundIssue]:
    holding = [policy for policy in context.affected if _holds_secrets(policy)]
    if not holding:
        return
    subjects = subjects_of(holding)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="plaintext_secrets",
        title=f"{counted(len(subjects))} {verb(subjects, 'holds', 'hold')} secrets in clear",
        why=(
            "The restore writes them as they are and cannot compare them with what the tenant "
            "holds. Whoever can read the backup files can read them too."
        ),
        remedy=(
            "Make sure these secrets are still valid, encrypt and restrict the backup files, and "
            "change the secrets if the files were shared."
        ),
        subjects=subjects,
    )


def _holds_secrets(policy: CheckedPolicy) -> bool:
    if policy.completeness.secrets_masked:
        return False
    return any(one and not is_mask(one) for one in secret_values(policy.payload))
