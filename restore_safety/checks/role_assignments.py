"""Role assignments that a restore widens or narrows: who holds a role, and over what."""

from collections.abc import Iterable, Iterator, Mapping

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, sentences, verb
from restore_safety.models import Severity
from tenants.graph.payloads import Payload
from tenants.graph.references import normal_id

_ROLE_ASSIGNMENTS = "roleAssignments"
_OF_GROUPS = "resourceScope"
_HOLDERS = ("members",)
# Graph keeps the scope in two members, of which the newer one is not always set.
_SCOPES = ("resourceScopes", "scopeMembers")
_ALL = frozenset({"devices", "users"})
_EVERYTHING = {
    _OF_GROUPS: frozenset[str](),
    "allDevices": frozenset({"devices"}),
    "allLicensedUsers": frozenset({"users"}),
    "allDevicesAndLicensedUsers": _ALL,
}


def check(context: CheckContext) -> Iterable[FoundIssue]:
    written = [one for one in context.written if one.contract.key == _ROLE_ASSIGNMENTS]
    after = {one: one.planned.policy.payload for one in written}
    today = {one: one.live_payload or {} for one in written}
    gains = {one: _more(context, after[one], than=today[one]) for one in written}
    yield from _widened(context, {one: some for one, some in gains.items() if some})
    losses = {one: _more(context, today[one], than=after[one]) for one in written}
    yield from _narrowed({one: some for one, some in losses.items() if some})


def _widened(
    context: CheckContext, widening: Mapping[CheckedPolicy, list[str]]
) -> Iterator[FoundIssue]:
    if not widening:
        return
    subjects = subjects_of(widening)
    each = sentences(
        f"{policy.name} ({_role_of(context, policy)}): {'; '.join(gains)}."
        for policy, gains in widening.items()
    )
    yield FoundIssue(
        severity=Severity.WARNING,
        code="role_assignment_widened",
        title=(
            f"{counted(len(subjects), 'role assignment', 'role assignments')} "
            f"{verb(subjects, 'adds members or widens its', 'add members or widen their')} scope"
        ),
        why=f"Whoever gains a role may act in Intune as soon as it is written. {each}",
        remedy="Make sure the members of these groups should hold the role over these scopes.",
        subjects=subjects,
    )


def _narrowed(narrowing: Mapping[CheckedPolicy, list[str]]) -> Iterator[FoundIssue]:
    if not narrowing:
        return
    subjects = subjects_of(narrowing)
    each = sentences(f"{policy.name}: {'; '.join(some)}." for policy, some in narrowing.items())
    yield FoundIssue(
        severity=Severity.WARNING,
        code="role_assignment_narrowed",
        title=(
            f"{counted(len(subjects), 'role assignment', 'role assignments')} "
            f"{verb(subjects, 'loses members or part of its', 'lose members or part of their')} "
            "scope"
        ),
        why=f"Whoever loses a role may no longer act in Intune once it is written. {each}",
        remedy="Make sure that no one needs the role there, above all no other administrator.",
        subjects=subjects,
    )


def _more(context: CheckContext, one: Payload, *, than: Payload) -> list[str]:
    """What the one holds beyond the other of holders and of scope, as clauses."""
    found = []
    if holders := _groups(one, _HOLDERS) - _groups(than, _HOLDERS):
        found.append(f"members {_named(context, holders)}")
    everything, covered = _everything(one), _everything(than)
    if all_of := everything - covered:
        found.append(f"scope all {' and all '.join(sorted(all_of))}")
    scopes = _groups(one, _SCOPES) - _groups(than, _SCOPES)
    if scopes and not everything and covered != _ALL:
        found.append(f"scope {_named(context, scopes)}")
    return found


def _everything(payload: Payload) -> frozenset[str]:
    """Of what the scope holds all, whatever groups it names; an unknown kind counts as all."""
    scope = str(payload.get("scopeType") or _OF_GROUPS)
    return _EVERYTHING.get(scope, _ALL)


def _role_of(context: CheckContext, policy: CheckedPolicy) -> str:
    role = policy.payload.get("roleDefinition")
    link = role if isinstance(role, Mapping) else {}
    known = context.referenced.names.get(normal_id(str(link.get("id") or "")))
    return str(known or link.get("displayName") or "a role that is not named here")


def _groups(payload: Payload, members: tuple[str, ...]) -> frozenset[str]:
    lists = [value for name in members if isinstance(value := payload.get(name), list)]
    return frozenset(normal_id(str(one)) for groups in lists for one in groups)


def _named(context: CheckContext, groups: Iterable[str]) -> str:
    return listed(context.group_label(one) for one in groups)
