"""Conditional access policies that a restore makes decide about sign-ins."""

from collections.abc import Iterable
from dataclasses import replace

from restore_safety.checks.access_conditions import ENABLED, state_of
from restore_safety.checks.audience_sentences import audience_facts, counted_labels
from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed
from restore_safety.models import Severity
from tenants.graph.audience import ACCESS_POLICIES, Audience, AudienceKind, sign_in_audiences


def check(context: CheckContext) -> Iterable[FoundIssue]:
    starting = [policy for policy in context.affected if _starts_to_enforce(policy)]
    if not starting:
        return
    audiences = {policy: listed(_audiences(context, policy)) for policy in starting}
    each = "; ".join(f"{policy.name}: {reached}" for policy, reached in audiences.items())
    number = counted(len(starting), "conditional access policy", "conditional access policies")
    yield FoundIssue(
        severity=Severity.WARNING,
        code="conditional_access_enforced",
        title=f"{number} will enforce for {'; '.join(dict.fromkeys(audiences.values()))}",
        why=(
            f"{context.tenant_name} does not enforce them today: they are absent, off or in "
            "report-only mode there. The restore turns them on, and from then on they decide about "
            f"sign-ins. {each}."
        ),
        remedy=(
            "Make sure that this is wanted now and that an emergency account is spared. Otherwise "
            "exclude these policies, or restore a version of them in report-only mode."
        ),
        subjects=subjects_of(starting),
        facts={
            "audiences": audience_facts(
                one for policy in starting for one in _included(context, policy)
            )
        },
    )


def _starts_to_enforce(policy: CheckedPolicy) -> bool:
    if policy.contract.key != ACCESS_POLICIES or state_of(policy.payload) != ENABLED:
        return False
    # One that could not be read is not known to be on already.
    return policy.live_payload is None or state_of(policy.live_payload) != ENABLED


def _audiences(context: CheckContext, policy: CheckedPolicy) -> list[str]:
    return counted_labels(_included(context, policy), context.names) or ["no one"]


def _included(context: CheckContext, policy: CheckedPolicy) -> list[Audience]:
    """Who is included, with the groups that the mapping puts in place of those of the backup."""
    included = [one for one in sign_in_audiences(policy.payload) if not one.is_excluded]
    return [
        replace(one, id=context.group_here(one.id)) if one.kind is AudienceKind.GROUP else one
        for one in included
    ]
