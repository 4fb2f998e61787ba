"""Roles that allow more after the restore than today."""

from collections.abc import Iterable, Mapping
from typing import Any

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, sentences, verb
from restore_safety.models import Severity
from tenants.graph.payloads import Payload

_ROLES = "roleDefinitions"


def check(context: CheckContext) -> Iterable[FoundIssue]:
    gaining = {policy: gained for policy in context.overwritten if (gained := _gained(policy))}
    if not gaining:
        return
    subjects = subjects_of(gaining)
    each = sentences(f"{policy.name}: {listed(gained)}." for policy, gained in gaining.items())
    yield FoundIssue(
        severity=Severity.WARNING,
        code="role_gains_permissions",
        title=f"{counted(len(subjects), 'role', 'roles')} {verb(subjects, 'gains', 'gain')} "
        "permissions",
        why=f"Everybody who holds the role may do more after the restore. {each}",
        remedy="Make sure the holders of the role should have these permissions.",
        subjects=subjects,
    )


def _gained(policy: CheckedPolicy) -> frozenset[str]:
    if policy.contract.key != _ROLES or policy.live_payload is None:
        return frozenset()
    return _allowed(policy.payload) - _allowed(policy.live_payload)


def _allowed(payload: Payload) -> frozenset[str]:
    """The actions a role allows, without those it takes back."""
    actions: set[str] = set()
    for permission in _objects(payload.get("rolePermissions")):
        for action in _objects(permission.get("resourceActions")):
            allowed = {str(one) for one in action.get("allowedResourceActions") or ()}
            actions |= allowed - {str(one) for one in action.get("notAllowedResourceActions") or ()}
    return frozenset(actions)


def _objects(value: Any) -> list[Payload]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
