"""Groups that the mapping replaces: who gets a policy is then other than in the backup."""

from collections import defaultdict
from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity
from tenants.graph.normal_form import normal_assignments
from tenants.graph.references import ReferenceKind, ids_of


def check(context: CheckContext) -> Iterable[FoundIssue]:
    mapped: dict[tuple[str, str], list[CheckedPolicy]] = defaultdict(list)
    for policy in context.affected:
        for pair in _pairs(context, policy):
            mapped[pair].append(policy)
    for (backed_up, here), policies in sorted(mapped.items()):
        subjects = subjects_of(policies)
        change = f"group {context.group_label(backed_up)} → group {context.group_label(here)}"
        yield FoundIssue(
            severity=Severity.WARNING,
            code="group_mapped",
            title=f"{counted(len(subjects))} {verb(subjects, 'goes', 'go')} to another group than "
            f"in the backup: {change}",
            why=(
                f"The mapping replaces {change}. Whoever is in the second group gets these "
                f"policies, or is spared by them, in place of those in the first: "
                f"{', '.join(subject.name for subject in subjects)}."
            ),
            remedy="Make sure the two groups stand for the same people and devices.",
            subjects=subjects,
            facts={"group": backed_up, "group_here": here},
        )


def _pairs(context: CheckContext, policy: CheckedPolicy) -> set[tuple[str, str]]:
    """What is replaced in this policy: in its assignments, where set, and inside itself."""
    assigned = {one.id for one in policy.audiences_after}
    assignments = (
        normal_assignments(policy.assignments or ()) if context.include_assignments else []
    )
    group = ReferenceKind.GROUP
    named = {
        one
        for one in ids_of(group, policy.contract, {}, assignments)
        if context.group_here(one).lower() in assigned
    } | ids_of(group, policy.contract, policy.payload)
    pairs = {(one.lower(), context.group_here(one).lower()) for one in named}
    return {(backed_up, here) for backed_up, here in pairs if backed_up != here}
