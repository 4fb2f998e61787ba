"""Policies that reach all devices or all users: newly, without their filter, or already."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from restore_safety.checks.audience_sentences import audience_facts
from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from tenants.graph.assignment_changes import AudienceChange
from tenants.graph.audience import ACCESS_POLICIES, WHOLE, Audience


def check(context: CheckContext) -> Iterable[FoundIssue]:
    written = [policy for policy in context.written if not _is_announced(policy)]
    added = _broad_in(written, _is_added)
    yield from _added(context, added)
    yield from _unfiltered(context, _broad_in(written, _is_unfiltered))
    kept = {
        policy: broad
        for policy in written
        if policy.content_differs
        and not any(one.makes_broad for one in policy.audience_changes)
        and (broad := {one for one in policy.audiences_after if one.is_broad})
    }
    yield from _kept(kept)


def _is_announced(policy: CheckedPolicy) -> bool:
    """A new conditional access policy is reported by what it enforces."""
    return policy.contract.key == ACCESS_POLICIES and policy.is_created


def _is_added(change: AudienceChange) -> bool:
    return change.makes_broad and (change.before is None or change.is_flip)


def _is_unfiltered(change: AudienceChange) -> bool:
    return change.makes_broad and not _is_added(change)


def _broad_in(
    policies: Iterable[CheckedPolicy], chosen: Callable[[AudienceChange], bool]
) -> dict[CheckedPolicy, set[Audience]]:
    found = {
        policy: {one.audience for one in policy.audience_changes if chosen(one)}
        for policy in policies
    }
    return {policy: audiences for policy, audiences in found.items() if audiences}


def _added(
    context: CheckContext, added: dict[CheckedPolicy, set[Audience]]
) -> Iterator[FoundIssue]:
    if not added:
        return
    subjects = subjects_of(added)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="broad_assignment_added",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'becomes', 'become')} assigned to "
            f"{_audiences(added)}"
        ),
        why=(
            f"The restore adds an audience that covers everything {context.tenant_name} manages: "
            "a mistake in such a policy reaches every one of them at once."
        ),
        remedy=(
            "Make sure this reach is wanted. Otherwise exclude assignments from the scope, restore "
            "the policy, and assign it to a pilot group first."
        ),
        subjects=subjects,
        facts=_facts(added),
    )


def _unfiltered(
    context: CheckContext, unfiltered: dict[CheckedPolicy, set[Audience]]
) -> Iterator[FoundIssue]:
    if not unfiltered:
        return
    subjects = subjects_of(unfiltered)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="broad_assignment_unfiltered",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'reaches', 'reach')} "
            f"{_audiences(unfiltered)} without the filter that limits it today"
        ),
        why=(
            "The filter of the assignment is removed, turned round or replaced. What it holds back "
            f"in {context.tenant_name} today gets the policy at once, as if it were newly assigned "
            f"to {_audiences(unfiltered)}."
        ),
        remedy=(
            "Compare the filters in the preview. Exclude assignments from the scope if today's "
            "filter should stay."
        ),
        subjects=subjects,
        facts=_facts(unfiltered),
    )


def _kept(kept: dict[CheckedPolicy, set[Audience]]) -> Iterator[FoundIssue]:
    if not kept:
        return
    subjects = subjects_of(kept)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="broad_assignment",
        title=f"{counted(len(subjects))} already {verb(subjects, 'reaches', 'reach')} "
        f"{_audiences(kept)}",
        why="Whatever the restore changes in such a policy reaches all of them at once.",
        remedy="Read the differences of these policies in the preview with care.",
        subjects=subjects,
        facts=_facts(kept),
    )


def _audiences(policies: dict[CheckedPolicy, set[Audience]]) -> str:
    return listed(WHOLE[one.kind] for audiences in policies.values() for one in audiences)


def _facts(policies: dict[CheckedPolicy, set[Audience]]) -> dict[str, Any]:
    return {"audiences": audience_facts(one for some in policies.values() for one in some)}
