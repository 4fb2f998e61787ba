"""How many people and devices a written policy reaches through groups."""

from collections.abc import Iterable, Iterator

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from tenants.graph.audience import AudienceKind

MANY_MEMBERS = 500


def check(context: CheckContext) -> Iterable[FoundIssue]:
    if not context.facts.is_directory_read:
        return
    groups = {policy: _groups(policy) for policy in context.written}
    yield from _large(context, groups)
    yield from _unknown(context, groups)


def _large(
    context: CheckContext, groups: dict[CheckedPolicy, frozenset[str]]
) -> Iterator[FoundIssue]:
    sizes = {
        one: context.facts.size_of_group(one) or 0 for one in frozenset().union(*groups.values())
    }
    large = {
        policy: found
        for policy, named in groups.items()
        if (found := [one for one in sorted(named) if sizes[one] >= MANY_MEMBERS])
    }
    if not large:
        return
    subjects = subjects_of(large)
    labels = listed(
        f"{context.group_label(one)} with {sizes[one]:,} members"
        for found in large.values()
        for one in found
    )
    yield FoundIssue(
        severity=Severity.WARNING,
        code="large_groups",
        title=f"{counted(len(subjects))} {verb(subjects, 'reaches', 'reach')} large groups",
        why=(
            f"As the directory was last synchronised: {labels}. A mistake in such a policy reaches "
            "all of them at once; a dynamic group may have grown since."
        ),
        remedy="Make sure this reach is wanted, or assign the policy to a pilot group first.",
        subjects=subjects,
    )


def _unknown(
    context: CheckContext, groups: dict[CheckedPolicy, frozenset[str]]
) -> Iterator[FoundIssue]:
    uncounted = {
        policy: missing
        for policy, named in groups.items()
        if (missing := [one for one in named if context.facts.size_of_group(one) is None])
    }
    if not uncounted:
        return
    labels = listed(context.group_label(one) for missing in uncounted.values() for one in missing)
    yield FoundIssue(
        severity=Severity.UNKNOWN,
        code="group_size_unknown",
        title=f"How many members some groups of {context.tenant_name} have is not known",
        why=f"The synchronised directory does not say it for {labels}.",
        remedy="Synchronise the directory again, or look the groups up in Entra.",
        subjects=subjects_of(uncounted),
    )


def _groups(policy: CheckedPolicy) -> frozenset[str]:
    return frozenset(
        one.id
        for one in policy.audiences_after
        if one.kind is AudienceKind.GROUP and not one.is_excluded
    )
