"""Policies to be created whose backup does not say which certificates they link to."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from restore_safety.policies.diff.setting_names import property_name
from tenants.graph.contracts import links_not_captured


def check(context: CheckContext) -> Iterable[FoundIssue]:
    lacking = {
        policy: links
        for policy in context.policies
        if policy.is_created and (links := links_not_captured(policy.contract, policy.payload))
    }
    if not lacking:
        return
    subjects = subjects_of(lacking)
    named = listed(property_name(one.path).lower() for some in lacking.values() for one in some)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="links_not_captured",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'is', 'are')} created without "
            f"{verb(subjects, 'its', 'their')} links to certificates"
        ),
        why=(
            f"The backup does not say what these links lead to, or whether they are set: {named}. "
            "A profile without its certificates may not connect, or connect to a server it should "
            "not trust."
        ),
        remedy="Set the certificates of these policies in Intune after the restore.",
        subjects=subjects,
    )
