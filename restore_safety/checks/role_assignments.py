"""Role assignments that give a role to more people, or over more, than today."""

from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from tenants.graph.payloads import Payload
from tenants.graph.references import normal_id

_ROLE_ASSIGNMENTS = "roleAssignments"
_OF_GROUPS = "resourceScope"


def check(context: CheckContext) -> Iterable[FoundIssue]:
    widening = {
        policy: gains
        for policy in context.written
        if policy.contract.key == _ROLE_ASSIGNMENTS and (gains := _gains(context, policy))
    }
    if not widening:
        return
    subjects = subjects_of(widening)
    each = " ".join(f"{policy.name}: {'; '.join(gains)}." for policy, gains in widening.items())
    yield FoundIssue(
        severity=Severity.WARNING,
        code="role_assignment_widened",
        title=(
            f"{counted(len(subjects), 'role assignment', 'role assignments')} "
            f"{verb(subjects, 'gives', 'give')} a role to more, or over more"
        ),
        why=f"Those who gain a role may act in Intune as soon as it is written. {each}",
        remedy="Make sure the members of these groups should hold the role over these scopes.",
        subjects=subjects,
    )


def _gains(context: CheckContext, policy: CheckedPolicy) -> list[str]:
    """What a restore adds to who holds the role and over what, as clauses."""
    wanted, live = policy.planned.policy.payload, policy.live_payload or {}
    found = []
    if holders := _groups(wanted, "members") - _groups(live, "members"):
        found.append(f"held by {_named(context, holders)}")
    if _reaches_all(wanted) and _scope(wanted) != _scope(live):
        found.append(f"over {_EVERYTHING.get(_scope(wanted), _scope(wanted))}")
    elif not _reaches_all(live) and (
        scopes := _groups(wanted, "resourceScopes") - _groups(live, "resourceScopes")
    ):
        found.append(f"over {_named(context, scopes)}")
    return found


_EVERYTHING = {
    "allDevices": "all devices",
    "allLicensedUsers": "all licensed users",
    "allDevicesAndLicensedUsers": "all devices and licensed users",
}


def _reaches_all(payload: Payload) -> bool:
    return _scope(payload) not in ("", _OF_GROUPS)


def _scope(payload: Payload) -> str:
    return str(payload.get("scopeType") or "")


def _groups(payload: Payload, member: str) -> frozenset[str]:
    value = payload.get(member)
    return (
        frozenset(normal_id(str(one)) for one in value) if isinstance(value, list) else frozenset()
    )


def _named(context: CheckContext, groups: Iterable[str]) -> str:
    return listed(context.group_label(one) for one in groups)
