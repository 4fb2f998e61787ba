"""Groups that assignments and policies themselves refer to, and the tenant does not have."""

from collections.abc import Collection, Iterable, Iterator

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, Missing, counted, listed, verb
from restore_safety.models import Severity
from tenants.graph.references import ReferenceKind, ids_of


def check(context: CheckContext) -> Iterable[FoundIssue]:
    missing = context.groups.missing
    yield from _missing_members(context, missing)
    yield from _missing_exclusions(context, missing)
    yield from _missing_inside(context, missing)
    yield from _unknown(context)


def _missing_members(context: CheckContext, missing: Collection[str]) -> Iterator[FoundIssue]:
    policies = _assigned_to(context, missing, excluded=False)
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.WARNING,
        code="group_missing",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'is', 'are')} assigned to groups that do "
            f"not exist in {context.tenant_name}"
        ),
        why=(
            "A policy is never assigned to a part of its audience, so these are restored without "
            "their assignments: new policies reach no one, existing ones keep the assignments "
            f"they have. Missing: {_labels(context, policies, missing, excluded=False)}."
        ),
        missing=_missing(context, policies, missing, excluded=False),
        remedy=(
            "Map each missing group to one of this tenant, or create it, and run the checks "
            "again. To go on without, acknowledge that these policies are restored without their "
            "assignments."
        ),
        subjects=subjects,
    )


def _missing_exclusions(context: CheckContext, missing: Collection[str]) -> Iterator[FoundIssue]:
    policies = _assigned_to(context, missing, excluded=True)
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="exclusion_missing",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'excludes', 'exclude')} groups that do not "
            f"exist in {context.tenant_name}"
        ),
        why=(
            "An exclusion that is lost widens a policy's reach to those it was meant to spare. "
            f"Missing: {_labels(context, policies, missing, excluded=True)}."
        ),
        missing=_missing(context, policies, missing, excluded=True),
        remedy=(
            "Map each missing group to one of this tenant, create it, or leave assignments out of "
            "the scope; then run the checks again."
        ),
        subjects=subjects,
    )


def _missing_inside(context: CheckContext, missing: Collection[str]) -> Iterator[FoundIssue]:
    gone = {policy.id: context.inner_groups(policy) & set(missing) for policy in context.candidates}
    policies = [policy for policy in context.candidates if gone[policy.id]]
    if not policies:
        return
    subjects = subjects_of(policies)
    labels = listed(context.group_label(group) for policy in policies for group in gone[policy.id])
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code="conditional_access_group_missing",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'refers', 'refer')} in "
            f"{verb(subjects, 'its', 'their')} settings to groups that do not exist in "
            f"{context.tenant_name}"
        ),
        why=(
            "Conditional access, role assignments and some profiles hold groups inside the policy: "
            "without them it is refused, or applies to other people than before. "
            f"Missing: {labels}."
        ),
        remedy="Map each missing group to one of this tenant or create it, then check again.",
        missing=_as_data(group for groups in gone.values() for group in groups),
        subjects=subjects,
    )


def _unknown(context: CheckContext) -> Iterator[FoundIssue]:
    if not context.groups.unknown:
        return
    unknown = context.groups.unknown
    policies = [
        policy
        for policy in context.candidates
        if (_assigned_groups(context, policy) | context.inner_groups(policy)) & unknown
    ]
    yield FoundIssue(
        severity=Severity.UNKNOWN,
        code="groups_not_looked_up",
        title=f"{counted(len(unknown), 'group', 'groups')} could not be looked up",
        why=(
            "Nothing is known about whether they exist in this tenant: "
            f"{listed(context.group_label(group) for group in unknown)}."
        ),
        remedy=(
            "Make sure the connection may read groups (Group.Read.All), then run the checks again."
        ),
        subjects=subjects_of(policies),
        facts={"groups": sorted(unknown)},
    )


def _assigned_to(
    context: CheckContext, groups: Collection[str], *, excluded: bool
) -> list[CheckedPolicy]:
    return [
        policy
        for policy in context.candidates
        if _assigned_groups(context, policy, excluded=excluded) & set(groups)
    ]


def _assigned_groups(
    context: CheckContext, policy: CheckedPolicy, *, excluded: bool | None = None
) -> frozenset[str]:
    assignments = context.wanted_assignments(policy) or ()
    return ids_of(ReferenceKind.GROUP, policy.contract, {}, assignments, is_excluded=excluded)


def _missing(
    context: CheckContext,
    policies: Iterable[CheckedPolicy],
    missing: Collection[str],
    *,
    excluded: bool,
) -> tuple[Missing, ...]:
    return _as_data(
        group
        for policy in policies
        for group in _assigned_groups(context, policy, excluded=excluded) & set(missing)
    )


def _as_data(groups: Iterable[str]) -> tuple[Missing, ...]:
    return tuple(Missing(kind=ReferenceKind.GROUP, id=one) for one in sorted(set(groups)))


def _labels(
    context: CheckContext,
    policies: Iterable[CheckedPolicy],
    missing: Collection[str],
    *,
    excluded: bool,
) -> str:
    return listed(
        context.group_label(group)
        for policy in policies
        for group in _assigned_groups(context, policy, excluded=excluded) & set(missing)
    )
