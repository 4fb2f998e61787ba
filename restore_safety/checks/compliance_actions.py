"""What compliance policies do to devices that do not comply: too little, sooner, or to all."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from restore_safety.checks.access_conditions import ENABLED, state_of
from restore_safety.checks.context import (
    CheckContext,
    CheckedPolicy,
    by_reach,
    subjects_of,
)
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from tenants.graph.audience import ACCESS_POLICIES
from tenants.graph.payloads import Payload

_COMPLIANCE = frozenset({"deviceCompliancePolicies", "compliancePolicies"})
_DESTRUCTIVE = {
    "wipe": "wipe",
    "retire": "retire",
    "remoteLock": "remote lock",
    "removeResourceAccessProfiles": "removal of access profiles",
}
_DESTRUCTIVE_FOUND = {
    Severity.BLOCKER: ("destructive_action_for_all", " of all devices or all users"),
    Severity.WARNING: ("destructive_action_added", " of devices"),
}
_BLOCK = "block"
_COMPLIANT_DEVICE = "compliantDevice"

# By action type, the shortest time in hours until it is taken.
type _Actions = dict[str, float]


def check(context: CheckContext) -> Iterable[FoundIssue]:
    policies = [one for one in context.written if one.contract.key in _COMPLIANCE]
    yield from _without_block(context, policies)
    yield from _destructive(context, policies)
    yield from _shortened(policies)
    yield from _beside_conditional_access(context, policies)


def _without_block(
    context: CheckContext, policies: Iterable[CheckedPolicy]
) -> Iterator[FoundIssue]:
    """A policy without any action at all is one that the backup does not hold whole."""
    lacking = [policy for policy in policies if _lacks_block(policy)]
    if not lacking:
        return
    subjects = subjects_of(lacking)
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="block_action_missing",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'does', 'do')} not mark devices that do not "
            "comply"
        ),
        why=(
            "Intune wants one rule of actions with the action that marks a device as not "
            f"compliant. {context.tenant_name} would refuse to write without it: "
            f"{listed(one.name for one in subjects)}."
        ),
        remedy=(
            "Choose a backup that holds the actions in full, or exclude the policy and make it "
            "in Intune."
        ),
        subjects=subjects,
    )


def _lacks_block(policy: CheckedPolicy) -> bool:
    rules = _objects(policy.payload.get("scheduledActionsForRule"))
    if not rules or _BLOCK in {str(one.get("actionType")) for one in _configured(policy.payload)}:
        return False
    # Actions that the tenant has already are not sent again.
    return policy.live_payload is None or _actions(policy.live_payload) != _actions(policy.payload)


def _destructive(context: CheckContext, policies: Iterable[CheckedPolicy]) -> Iterator[FoundIssue]:
    added = {policy: new for policy in policies if (new := _added(policy))}
    for severity, some in by_reach(
        added, lambda policy: any(one.is_broad for one in policy.audiences_after)
    ):
        code, reach = _DESTRUCTIVE_FOUND[severity]
        subjects = subjects_of(some)
        new = sorted({action for one in some for action in added[one]})
        actions = listed(_DESTRUCTIVE[action] for action in new)
        yield FoundIssue(
            severity=severity,
            code=code,
            title=(
                f"{counted(len(subjects))} {verb(subjects, 'adds', 'add')} {actions}"
                f"{reach} that do not comply"
            ),
            why=(
                f"{context.tenant_name} does not do this today. Once the restore is written, "
                "Intune carries it out on devices that do not comply, and no later restore takes "
                "it back."
            ),
            remedy=(
                "Exclude the policy, or restore a version of it without these actions and test "
                "it with a pilot group first."
            ),
            subjects=subjects,
            facts={"actions": new},
        )


def _added(policy: CheckedPolicy) -> list[str]:
    """The destructive actions the tenant's policy does not have."""
    live = _actions(policy.live_payload or {})
    new = _actions(policy.payload).keys() - live.keys()
    return [action for action in _DESTRUCTIVE if action in new]


def _shortened(policies: Iterable[CheckedPolicy]) -> Iterator[FoundIssue]:
    sooner = {policy: changes for policy in policies if (changes := _sooner(policy))}
    if not sooner:
        return
    subjects = subjects_of(sooner)
    each = "; ".join(f"{policy.name}: {', '.join(changes)}" for policy, changes in sooner.items())
    yield FoundIssue(
        severity=Severity.WARNING,
        code="grace_period_shortened",
        title=f"{counted(len(subjects))} {verb(subjects, 'gives', 'give')} devices less time",
        why=(
            "Devices that do not comply today have longer to comply than after the restore; some "
            f"may lose access at once. {each}."
        ),
        remedy="Compare the grace periods in the preview and inform the people concerned.",
        subjects=subjects,
    )


def _sooner(policy: CheckedPolicy) -> list[str]:
    if policy.live_payload is None:
        return []
    live = _actions(policy.live_payload)
    return [
        f"{action} after {hours:g} hours in place of {live[action]:g}"
        for action, hours in sorted(_actions(policy.payload).items())
        if action in live and hours < live[action]
    ]


def _beside_conditional_access(
    context: CheckContext, policies: list[CheckedPolicy]
) -> Iterator[FoundIssue]:
    requiring = [one for one in context.written if _requires_compliance(one)]
    if not policies or not requiring:
        return
    subjects = subjects_of([*policies, *requiring])
    yield FoundIssue(
        severity=Severity.WARNING,
        code="compliance_and_access_together",
        title="The restore changes compliance policies and access that depends on them",
        why=(
            f"{listed(one.name for one in requiring)} lets only compliant devices in, and "
            f"{counted(len(policies), 'compliance policy', 'compliance policies')} "
            f"{verb(policies, 'changes', 'change')} what is compliant. Until devices have reported "
            "again, people may be kept out."
        ),
        remedy="Restore the compliance policies first, and the access policies some hours later.",
        subjects=subjects,
    )


def _requires_compliance(policy: CheckedPolicy) -> bool:
    if policy.contract.key != ACCESS_POLICIES or state_of(policy.payload) != ENABLED:
        return False
    grant = policy.payload.get("grantControls")
    return isinstance(grant, Mapping) and _COMPLIANT_DEVICE in (grant.get("builtInControls") or ())


def _actions(payload: Payload) -> _Actions:
    found: _Actions = {}
    for action in _configured(payload):
        kind = str(action.get("actionType") or "")
        hours = action.get("gracePeriodHours")
        if isinstance(hours, int | float):
            found[kind] = min(hours, found.get(kind, hours))
    return found


def _configured(payload: Payload) -> Iterator[Payload]:
    for rule in _objects(payload.get("scheduledActionsForRule")):
        yield from _objects(rule.get("scheduledActionConfigurations"))


def _objects(value: Any) -> list[Payload]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
