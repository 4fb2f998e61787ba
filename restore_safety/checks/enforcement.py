"""Conditional access policies that a restore makes decide about sign-ins."""

from collections.abc import Iterable, Iterator

from restore_safety.checks.conditional_access import CONDITIONAL_ACCESS
from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed
from restore_safety.models import Severity
from tenants.graph.payloads import Json

_ENABLED = "enabled"
_WORDS = {
    "All": "all users",
    "None": "no users",
    "GuestsOrExternalUsers": "guests and external users",
}


def check(context: CheckContext) -> Iterable[FoundIssue]:
    starting = [policy for policy in context.candidates if _starts_to_enforce(policy)]
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
            "leave these policies out, or restore a version of them in report-only mode."
        ),
        subjects=subjects_of(starting),
    )


def _starts_to_enforce(policy: CheckedPolicy) -> bool:
    if policy.contract.key != CONDITIONAL_ACCESS or policy.payload.get("state") != _ENABLED:
        return False
    # One that could not be read is not known to be on already.
    return policy.live_payload is None or policy.live_payload.get("state") != _ENABLED


def _audiences(context: CheckContext, policy: CheckedPolicy) -> list[str]:
    conditions: Json = policy.payload.get("conditions") or {}
    groups = [
        f"group {context.group_label(one.group_id)}"
        for one in context.inner_groups(policy)
        if not one.excluded
    ]
    return [*_named(conditions.get("users") or {}), *groups, *_workloads(conditions)] or [
        "whom it names"
    ]


def _named(users: Json) -> Iterator[str]:
    included = users.get("includeUsers") or []
    yield from (_WORDS[one] for one in included if one in _WORDS)
    if single := [one for one in included if one not in _WORDS]:
        yield counted(len(single), "user", "users")
    if roles := users.get("includeRoles"):
        yield counted(len(roles), "role", "roles")
    if users.get("includeGuestsOrExternalUsers"):
        yield _WORDS["GuestsOrExternalUsers"]


def _workloads(conditions: Json) -> Iterator[str]:
    if (conditions.get("clientApplications") or {}).get("includeServicePrincipals"):
        yield "workload identities"
