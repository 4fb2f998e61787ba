"""Apps that Intune would remove from devices, which it does not remove from there today."""

from collections.abc import Iterable

from restore_safety.checks.audience_sentences import audience_facts, counted_labels
from restore_safety.checks.context import (
    CheckContext,
    CheckedPolicy,
    by_reach,
    subjects_of,
)
from restore_safety.checks.findings import FoundIssue, counted, listed
from restore_safety.models import Severity
from tenants.graph.audience import Audience

_APPS = "mobileApps"
_UNINSTALL = "uninstall"
_CODES = {Severity.BLOCKER: "app_removed_for_all", Severity.WARNING: "app_removed"}


def check(context: CheckContext) -> Iterable[FoundIssue]:
    removed = {policy: found for policy in context.written if (found := _removed_from(policy))}
    for severity, policies in by_reach(
        removed, lambda policy: any(one.is_broad for one in removed[policy])
    ):
        subjects = subjects_of(policies)
        reached = [one for policy in policies for one in removed[policy]]
        yield FoundIssue(
            severity=severity,
            code=_CODES[severity],
            title=(
                f"{counted(len(subjects), 'app', 'apps')} would be uninstalled from "
                f"{listed(counted_labels(reached, context.names))}"
            ),
            why=(
                f"{context.tenant_name} does not uninstall this there today. Once the assignment "
                "is written, devices remove the app with the data it keeps, and no later restore "
                "brings that data back."
            ),
            remedy=(
                "Exclude the app or the assignments from the scope, or change the intent of the "
                "assignment in Intune first."
            ),
            subjects=subjects,
            facts={"audiences": audience_facts(reached)},
        )


def _removed_from(policy: CheckedPolicy) -> list[Audience]:
    if policy.contract.key != _APPS:
        return []
    return [
        change.after
        for change in policy.audience_changes
        if change.after is not None
        and change.after.intent == _UNINSTALL
        and not change.after.is_excluded
        and change.grows
    ]
