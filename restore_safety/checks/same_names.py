"""Two policies of one name after the restore: of the same type, or of a type that replaces it."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.checks.tenant_facts import counterparts_of
from restore_safety.models import Severity
from restore_safety.policies.guarding import attempted
from tenants.graph.contracts import contract, match_key, name_of
from tenants.graph.errors import ErrorKind


def check(context: CheckContext) -> Iterable[FoundIssue]:
    yield from _doubled_names(context)
    yield from _counterparts(context)
    yield from _unread_counterparts(context)


def _doubled_names(context: CheckContext) -> Iterator[FoundIssue]:
    doubled = [policy for policy in _bearing_a_new_name(context) if _is_doubled(context, policy)]
    if not doubled:
        return
    subjects = subjects_of(doubled)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="same_name_after_restore",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'shares its', 'share their')} name with "
            f"another policy of {context.tenant_name} afterwards"
        ),
        why=(
            "The restore creates a policy, or gives one its old name back, and another policy of "
            "the same type bears that name. People and tools that go by names cannot distinguish "
            f"the two: {listed(one.name for one in subjects)}."
        ),
        remedy=(
            "Rename or remove the other policy in Intune after comparing both, or leave this one "
            "out."
        ),
        subjects=subjects,
    )


def _bearing_a_new_name(context: CheckContext) -> list[CheckedPolicy]:
    """Policies that are created, or that have another name in the tenant today."""
    return [policy for policy in context.written if policy.is_created or _is_renamed(policy)]


def _is_renamed(policy: CheckedPolicy) -> bool:
    if policy.live_payload is None:
        return False
    live = name_of(policy.contract, policy.live_payload)
    return live != name_of(policy.contract, policy.planned.policy.payload)


def _is_doubled(context: CheckContext, policy: CheckedPolicy) -> bool:
    """Whether its type, name and what else distinguishes policies exist twice afterwards."""
    own = match_key(policy.contract, policy.planned.policy.payload)
    others = [
        one
        for one in context.listings[policy.contract.key].objects
        if one.get("id") != policy.planned.target_object_id
    ]
    keys = Counter(
        attempted(partial(match_key, policy.contract, one), item_id="") for one in others
    )
    keys.update(
        match_key(one.contract, one.planned.policy.payload)
        for one in context.written
        if one.contract.key == policy.contract.key and one.is_created and one is not policy
    )
    return keys[own] > 0


def _counterparts(context: CheckContext) -> Iterator[FoundIssue]:
    found = {
        policy: types
        for policy in context.written
        if policy.is_created and (types := _types_with_its_name(context, policy))
    }
    if not found:
        return
    subjects = subjects_of(found)
    each = "; ".join(f"{policy.name}: {', '.join(types)}" for policy, types in found.items())
    yield FoundIssue(
        severity=Severity.WARNING,
        code="same_name_other_type",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'exists', 'exist')} in "
            f"{context.tenant_name} under another type"
        ),
        why=(
            "Intune moves policies to newer types, where they have a new id and the same name. "
            "Created again, the old one stands beside its successor and both apply to devices. "
            f"Found under this name: {each}."
        ),
        remedy=(
            "Compare the two in Intune. Exclude the policy if the tenant's one is its successor."
        ),
        subjects=subjects,
    )


def _types_with_its_name(context: CheckContext, policy: CheckedPolicy) -> list[str]:
    wanted = _folded(name_of(policy.contract, policy.planned.policy.payload))
    types = []
    for key in sorted(counterparts_of(policy.contract.key)):
        other = contract(key)
        reading = context.lists.by_contract.get(key)
        names = (_folded(name_of(other, one)) for one in (reading.objects if reading else ()))
        if wanted in names:
            types.append(other.label.lower())
    return types


def _folded(name: str) -> str:
    return name.strip().casefold()


def _unread_counterparts(context: CheckContext) -> Iterator[FoundIssue]:
    unread = {
        key
        for key, reading in context.lists.by_contract.items()
        # A type that the service no longer has holds nothing.
        if reading.error and reading.error.kind is not ErrorKind.NOT_FOUND
    }
    policies = [
        policy
        for policy in context.written
        if policy.is_created and unread & counterparts_of(policy.contract.key)
    ]
    if not policies:
        return
    subjects = subjects_of(policies)
    types = listed(contract(key).plural.lower() for key in unread)
    yield FoundIssue(
        severity=Severity.UNKNOWN,
        code="same_name_other_type_unknown",
        title=(
            f"Whether {counted(len(subjects))} {verb(subjects, 'exists', 'exist')} under another "
            "type is not known"
        ),
        why=f"The {types} of {context.tenant_name} could not be listed.",
        remedy="Make sure the connection may read them, then run the checks again.",
        subjects=subjects,
    )
