"""Names that fit more than one policy: which one a restore would change is unknown."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Decision, Severity
from restore_safety.policies.matching import MatchKind
from restore_safety.truth.scope import ConflictPolicy
from tenants.graph.contracts import match_key


def check(context: CheckContext) -> Iterable[FoundIssue]:
    yield from _in_target(context)
    yield from _in_selection(context)


def _in_target(context: CheckContext) -> Iterator[FoundIssue]:
    if context.conflict_policy is ConflictPolicy.COPY:
        return
    ambiguous = [
        policy
        for policy in context.candidates
        if policy.match and policy.match.kind is MatchKind.AMBIGUOUS
    ]
    if not ambiguous:
        return
    subjects = subjects_of(ambiguous)
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="ambiguous_name",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'has', 'have')} several namesakes in "
            f"{context.tenant_name}"
        ),
        why=(
            "The tenant holds more than one policy of the same type and name, so a restore could "
            "change the wrong one. It excludes these items."
        ),
        remedy=(
            "Compare the namesakes in the tenant, rename or remove all but one, then check again."
        ),
        subjects=subjects,
    )


def _in_selection(context: CheckContext) -> Iterator[FoundIssue]:
    doubled = [
        policy
        for policies in _by_place(context).values()
        if len(policies) > 1
        for policy in policies
        if policy.decision is Decision.BLOCKED
    ]
    if not doubled:
        return
    subjects = subjects_of(doubled)
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="duplicate_in_selection",
        title=f"{counted(len(subjects))} in the selection would be written to the same place",
        why=(
            "They have the same type and name, or stand for the same policy of the tenant. Which "
            "of them wins would be chance, so a restore excludes all of them."
        ),
        remedy="Select only the one you want back.",
        subjects=subjects,
    )


def _by_place(context: CheckContext) -> dict[tuple[object, ...], list[CheckedPolicy]]:
    places: dict[tuple[object, ...], list[CheckedPolicy]] = defaultdict(list)
    for policy in context.candidates:
        places[_place(context, policy)].append(policy)
    return places


def _place(context: CheckContext, policy: CheckedPolicy) -> tuple[object, ...]:
    if context.conflict_policy is not ConflictPolicy.COPY and policy.is_present and policy.match:
        return (policy.contract.key, policy.match.candidates[0]["id"])
    return (policy.contract.key, *match_key(policy.contract, policy.payload))
