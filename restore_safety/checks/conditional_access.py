"""Conditional access that could lock people out, and references nobody could look up."""

from collections.abc import Iterable, Iterator

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from tenants.graph.payloads import Json

CONDITIONAL_ACCESS = "conditionalAccessPolicies"
_KEYWORDS = frozenset({"All", "None", "AllTrusted", "GuestsOrExternalUsers"})


def check(context: CheckContext) -> Iterable[FoundIssue]:
    policies = [
        policy
        for policy in context.candidates
        if policy.contract.key == CONDITIONAL_ACCESS and policy.payload.get("state") == "enabled"
    ]
    locking = [policy for policy in policies if _locks_everybody_out(context, policy)]
    if locking:
        subjects = subjects_of(locking)
        yield FoundIssue(
            severity=Severity.BLOCKER,
            code="conditional_access_lockout",
            title=(
                f"{counted(len(subjects))} {verb(subjects, 'blocks', 'block')} all users and "
                f"{verb(subjects, 'spares', 'spare')} nobody"
            ),
            why=(
                "An enabled policy that blocks everyone without a single exclusion locks out the "
                "administrators too, and nobody is left to turn it off."
            ),
            remedy=(
                "Take the policy out of the selection, or restore a version of it that excludes an "
                "emergency account or is in report-only mode."
            ),
            subjects=subjects,
        )
    yield from _unlooked_references(context)


def _users(payload: Json) -> Json:
    conditions = payload.get("conditions") or {}
    users: Json = conditions.get("users") or {}
    return users


def _locks_everybody_out(context: CheckContext, policy: CheckedPolicy) -> bool:
    users = _users(policy.payload)
    grant = policy.payload.get("grantControls") or {}
    if "All" not in (users.get("includeUsers") or []):
        return False
    if "block" not in (grant.get("builtInControls") or []):
        return False
    spared_groups = {
        one.group_id for one in context.inner_groups(policy) if one.excluded
    } & context.groups.found.keys()
    others = ("excludeUsers", "excludeRoles", "excludeGuestsOrExternalUsers")
    return not spared_groups and not any(users.get(name) for name in others)


def _unlooked_references(context: CheckContext) -> Iterator[FoundIssue]:
    referring = {
        policy: found
        for policy in context.candidates
        if policy.contract.key == CONDITIONAL_ACCESS
        and (found := tuple(_unlooked_kinds(policy.payload)))
    }
    if not referring:
        return
    kinds = listed(kind for found_kinds in referring.values() for kind in found_kinds)
    yield FoundIssue(
        severity=Severity.UNKNOWN,
        code="conditional_access_references",
        title=(
            f"{counted(len(referring), 'conditional access policy', 'conditional access policies')}"
            f" {verb(tuple(referring), 'refers', 'refer')} to objects these checks do not look up"
        ),
        why=(
            f"They name {kinds} by id. Where one of these does not exist in {context.tenant_name}, "
            "the policy is refused or applies to other sign-ins than before."
        ),
        remedy="Look these references up in Entra before you restore the policies.",
        subjects=subjects_of(referring),
    )


def _unlooked_kinds(payload: Json) -> Iterator[str]:
    conditions = payload.get("conditions") or {}
    users = _users(payload)
    named = {
        "users": (users, ("includeUsers", "excludeUsers")),
        "named locations": (
            conditions.get("locations") or {},
            ("includeLocations", "excludeLocations"),
        ),
        "terms of use": (payload.get("grantControls") or {}, ("termsOfUse",)),
    }
    for kind, (holder, properties) in named.items():
        ids = {value for name in properties for value in holder.get(name) or ()}
        if ids - _KEYWORDS:
            yield kind
