"""Windows versions whose support has ended."""

from collections.abc import Iterable
from datetime import datetime

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from tenants.graph.payloads import moment_of

_FEATURE_UPDATES = "windowsFeatureUpdateProfiles"


def check(context: CheckContext) -> Iterable[FoundIssue]:
    ended = [
        policy
        for policy in context.written
        if (end := _end_of_support(policy)) and end < context.facts.now
    ]
    if not ended:
        return
    subjects = subjects_of(ended)
    versions = listed(str(one.payload.get("featureUpdateVersion") or one.name) for one in ended)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="support_ended",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'offers', 'offer')} a Windows version whose "
            "support has ended"
        ),
        why=f"Devices would be held at a version that gets no security updates: {versions}.",
        remedy="Exclude the policy, or choose a current version in Intune.",
        subjects=subjects,
    )


def _end_of_support(policy: CheckedPolicy) -> datetime | None:
    """When the version's support ends; None where the backup does not say it intelligibly."""
    if policy.contract.key != _FEATURE_UPDATES:
        return None
    return moment_of(policy.payload.get("endOfSupportDate"))
