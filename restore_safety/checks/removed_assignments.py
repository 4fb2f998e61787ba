"""Assignments of the tenant that a restore would take away."""

from collections.abc import Iterable

from restore_safety.checks.audiences import BROAD, AudienceKind, group_id_of, kind_of
from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity
from tenants.graph.assignments import audience_of
from tenants.graph.payloads import Json


def check(context: CheckContext) -> Iterable[FoundIssue]:
    losing = {
        policy: labels for policy in context.overwritten if (labels := _removed(context, policy))
    }
    if not losing:
        return
    subjects = subjects_of(losing)
    each = "; ".join(f"{policy.name}: {', '.join(labels)}" for policy, labels in losing.items())
    yield FoundIssue(
        severity=Severity.WARNING,
        code="assignments_removed",
        title=f"{counted(len(subjects))} {verb(subjects, 'loses', 'lose')} assignments",
        why=(
            "Restoring assignments replaces the whole set. What the tenant has and the backup does "
            f"not is removed, and the policy no longer applies there: {each}."
        ),
        remedy=(
            "Make sure these audiences should no longer have the policy, or leave assignments out "
            "of the scope."
        ),
        subjects=subjects,
    )


def _removed(context: CheckContext, policy: CheckedPolicy) -> list[str]:
    wanted, live = context.assignments_to_set(policy), policy.live_assignments
    if wanted is None or live is None:
        return []
    staying = {audience_of(assignment) for assignment in wanted}
    return [_label(context, gone) for gone in live if audience_of(gone) not in staying]


def _label(context: CheckContext, assignment: Json) -> str:
    kind = kind_of(assignment)
    if kind in BROAD:
        return BROAD[kind]
    group = context.group_label(group_id_of(assignment))
    if kind is AudienceKind.EXCLUDED_GROUP:
        return f"the exclusion of group {group}"
    if kind is AudienceKind.GROUP:
        return f"group {group}"
    return "an audience of another kind"
