"""Conditions of conditional access that need a licence the tenant does not have."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from restore_safety.checks.access_conditions import (
    ENTRA_P2,
    WORKLOAD_IDENTITIES,
    licensed_conditions,
)
from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from tenants.graph.audience import ACCESS_POLICIES

_LICENCES = {
    ENTRA_P2: "Microsoft Entra ID P2",
    WORKLOAD_IDENTITIES: "Microsoft Entra Workload ID Premium",
}
_CONDITIONS = {
    "insiderRiskLevels": "insider risk",
    "servicePrincipalRiskLevels": "the risk of workload identities",
    "signInRiskLevels": "sign-in risk",
    "userRiskLevels": "user risk",
}
_PROVISIONED = "Success"
# Subscriptions that have run out or were cancelled.
_ENDED = frozenset({"Suspended", "Deleted", "LockedOut"})


def check(context: CheckContext) -> Iterable[FoundIssue]:
    needed = {
        policy: conditions
        for policy in context.written
        if policy.contract.key == ACCESS_POLICIES
        and (conditions := licensed_conditions(policy.planned.policy.payload))
    }
    if not needed:
        return
    if context.lists.subscriptions.error:
        yield _unknown(context, needed)
        return
    held = frozenset(_plans_of(context.lists.subscriptions.objects))
    for plan, licence in _LICENCES.items():
        lacking = {
            policy: {_CONDITIONS[name] for name, one in conditions.items() if one == plan}
            for policy, conditions in needed.items()
            if plan in conditions.values()
        }
        if lacking and plan not in held:
            yield _missing(context, licence, lacking)


def _plans_of(subscriptions: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The service plans that the tenant's subscriptions have provisioned."""
    for subscription in subscriptions:
        if subscription.get("capabilityStatus") in _ENDED:
            continue
        for plan in subscription.get("servicePlans") or ():
            if plan.get("provisioningStatus") == _PROVISIONED:
                yield str(plan.get("servicePlanName"))


def _missing(
    context: CheckContext, licence: str, lacking: Mapping[CheckedPolicy, set[str]]
) -> FoundIssue:
    subjects = subjects_of(lacking)
    used = listed(name for conditions in lacking.values() for name in conditions)
    return FoundIssue(
        severity=Severity.BLOCKER,
        code="licence_missing",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'needs', 'need')} {licence}, which "
            f"{context.tenant_name} does not have"
        ),
        why=(
            f"Conditions on {used} come with {licence}. No subscription of the tenant has it "
            "provisioned, so Entra refuses the policy, or the condition never applies: "
            f"{listed(one.name for one in subjects)}."
        ),
        remedy=(
            f"Exclude {verb(subjects, 'the policy', 'these policies')}, or add the licence to "
            "the tenant and run the checks again."
        ),
        subjects=subjects,
        facts={"licence": licence},
    )


def _unknown(context: CheckContext, policies: Iterable[CheckedPolicy]) -> FoundIssue:
    subjects = subjects_of(policies)
    return FoundIssue(
        severity=Severity.UNKNOWN,
        code="licences_unknown",
        title=(
            f"Whether {context.tenant_name} has the licence for {counted(len(subjects))} is not "
            "known"
        ),
        why=(
            "The policies hold conditions on risk, which need a licence of their own. The "
            "subscriptions of the tenant could not be read: "
            f"{listed(one.name for one in subjects)}."
        ),
        remedy=(
            "Make sure the connection may read them (Organization.Read.All or "
            "LicenseAssignment.Read.All), then run the checks again."
        ),
        subjects=subjects,
    )
