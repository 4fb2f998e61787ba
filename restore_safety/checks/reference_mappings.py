"""Objects other than groups that the mapping replaces: a policy then refers to another one."""

from collections import defaultdict
from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, sentences, verb
from restore_safety.checks.missing_references import NOUNS
from restore_safety.models import Severity
from restore_safety.policies.referenced import SETTLED, Existence, mapped_id, referenced_by
from tenants.graph.references import Reference, ReferenceKind


def check(context: CheckContext) -> Iterable[FoundIssue]:
    mapped: dict[ReferenceKind, dict[Reference, list[CheckedPolicy]]] = defaultdict(dict)
    for policy in context.affected:
        for one in referenced_by(policy.restored):
            if one.kind not in SETTLED and _is_replaced(context, one):
                mapped[one.kind].setdefault(one, []).append(policy)
    for kind in ReferenceKind:
        if kind in mapped:
            yield _found(context, kind, mapped[kind])


def _is_replaced(context: CheckContext, reference: Reference) -> bool:
    here = mapped_id(reference, context.choices)
    is_there = context.referenced.existence(reference) is Existence.FOUND
    return here not in (None, reference.id) and is_there


def _found(
    context: CheckContext, kind: ReferenceKind, mapped: dict[Reference, list[CheckedPolicy]]
) -> FoundIssue:
    subjects = subjects_of({policy for some in mapped.values() for policy in some})
    changes = {
        f"{context.referenced.label(one, context.names)} → {_label_here(context, one)}."
        for one in mapped
    }
    return FoundIssue(
        severity=Severity.WARNING,
        code=f"{kind}_mapped",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'refers', 'refer')} to other "
            f"{NOUNS[kind][1]} than in the backup"
        ),
        why=f"The mapping replaces them: {sentences(sorted(changes))}",
        remedy="Make sure that each stands for the same here.",
        subjects=subjects,
    )


def _label_here(context: CheckContext, reference: Reference) -> str:
    here = mapped_id(reference, context.choices) or ""
    name = context.referenced.names.get(here.lower(), "")
    return f"{name} ({here})" if name else here
