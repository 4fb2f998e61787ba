"""Backup items of which not all is restored: it is not in the backup, or left out of the scope."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity


def check(context: CheckContext) -> Iterable[FoundIssue]:
    yield from _content(context)
    yield from _assignments(context)


def _content(context: CheckContext) -> Iterator[FoundIssue]:
    incomplete = [policy for policy in context.candidates if not policy.completeness.is_complete]
    if not incomplete:
        return
    subjects = subjects_of(incomplete)
    problems = " ".join(
        f"{policy.name}: {problem}"
        for policy in incomplete[:10]
        for problem in _content_problems(policy)
    )
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="incomplete_source",
        title=f"{counted(len(subjects))} {verb(subjects, 'is', 'are')} not whole in the backup",
        why=(
            "What was not captured is not known to be empty: writing such an item could delete "
            f"live settings or create half a policy. {problems}"
        ),
        remedy="Choose a backup that holds these policies completely, or exclude them.",
        subjects=subjects,
    )


def _content_problems(policy: CheckedPolicy) -> tuple[str, ...]:
    return replace(policy.completeness, assignments_captured=True, secrets_masked=()).problems


def _assignments(context: CheckContext) -> Iterator[FoundIssue]:
    if not context.include_assignments:
        yield from _new_left_out(context)
        return
    uncaptured = [
        policy
        for policy in context.candidates
        if policy.assignments is None and not policy.contract.unassigned
    ]
    new = [policy for policy in uncaptured if context.may_be_new(policy)]
    yield from _new_without_assignments(new)
    yield from _assignments_left([policy for policy in uncaptured if policy not in new])


def _new_left_out(context: CheckContext) -> Iterator[FoundIssue]:
    policies = [
        policy
        for policy in context.candidates
        if context.may_be_new(policy)
        and not policy.contract.unassigned
        and (policy.assignments is None or policy.assignments)
    ]
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="assignments_left_out",
        title=f"{counted(len(subjects), 'new policy', 'new policies')} will reach no one: "
        "assignments are left out of the restore",
        why=(
            "The policies are created without assignments, so they apply to no one "
            f"({_types(policies)}) until they are assigned."
        ),
        remedy="Include assignments in the scope, or assign the new policies in Intune after the "
        "restore.",
        subjects=subjects,
    )


def _new_without_assignments(policies: list[CheckedPolicy]) -> Iterator[FoundIssue]:
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="assignments_not_captured",
        title=f"{counted(len(subjects), 'new policy', 'new policies')} will reach no one: the "
        f"backup does not hold {verb(subjects, 'its', 'their')} assignments",
        why=(
            "That is no proof they had none. The policies are created without assignments, so "
            f"they apply to no one ({_types(policies)}) until they are assigned."
        ),
        remedy="Assign the new policies in Intune after the restore.",
        subjects=subjects,
    )


def _assignments_left(policies: list[CheckedPolicy]) -> Iterator[FoundIssue]:
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.INFO,
        code="assignments_left",
        title=f"The backup does not hold the assignments of {counted(len(subjects))}",
        why=(
            "That is no proof they had none. The tenant has these policies, and their assignments "
            f"({_types(policies)}) are left as they are."
        ),
        remedy="Compare their assignments in Intune with what you expect.",
        subjects=subjects,
    )


def _types(policies: list[CheckedPolicy]) -> str:
    return listed(policy.contract.plural.lower() for policy in policies)
