"""What policies refer to in their content and the tenant does not have."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, Missing, counted, listed, verb
from restore_safety.models import Severity
from restore_safety.policies.diff.setting_names import property_name
from restore_safety.policies.referenced import SETTLED, Existence, referenced_by
from tenants.graph.references import Reference, ReferenceKind

# What objects of a kind are called in a sentence, one and several.
NOUNS = {
    ReferenceKind.USER: ("user", "users"),
    ReferenceKind.ROLE: ("directory role", "directory roles"),
    ReferenceKind.INTUNE_ROLE: ("Intune role", "Intune roles"),
    ReferenceKind.NOTIFICATION_TEMPLATE: ("notification template", "notification templates"),
    ReferenceKind.COMPLIANCE_SCRIPT: ("compliance script", "compliance scripts"),
    ReferenceKind.REUSABLE_SETTING: ("reusable setting", "reusable settings"),
    ReferenceKind.NAMED_LOCATION: ("named location", "named locations"),
    ReferenceKind.AUTHENTICATION_STRENGTH: ("authentication strength", "authentication strengths"),
    ReferenceKind.AUTHENTICATION_CONTEXT: ("authentication context", "authentication contexts"),
    ReferenceKind.TERMS_OF_USE: ("terms of use", "terms of use"),
    ReferenceKind.APPLICATION: ("application", "applications"),
    ReferenceKind.SERVICE_PRINCIPAL: ("service principal", "service principals"),
    ReferenceKind.CERTIFICATE: ("certificate profile", "certificate profiles"),
    ReferenceKind.APP: ("app", "apps"),
}

type _Found = dict[CheckedPolicy, list[Reference]]


def check(context: CheckContext) -> Iterable[FoundIssue]:
    found: dict[tuple[ReferenceKind, Existence], _Found] = defaultdict(lambda: defaultdict(list))
    for policy in context.affected:
        for one in referenced_by(policy.restored):
            if one.kind not in SETTLED:
                found[one.kind, context.referenced.existence(one)][policy].append(one)
    for kind in ReferenceKind:
        yield from _missing(context, kind, found[kind, Existence.MISSING])
        yield from _ambiguous(context, kind, found[kind, Existence.AMBIGUOUS])
        yield from _unknown(context, kind, found[kind, Existence.UNKNOWN])


def _missing(context: CheckContext, kind: ReferenceKind, found: _Found) -> Iterator[FoundIssue]:
    if not found:
        return
    subjects = subjects_of(found)
    nouns = NOUNS[kind][1]
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code=f"{kind}_missing",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'refers', 'refer')} to {nouns} that "
            f"{context.tenant_name} does not have"
        ),
        why=(
            "Without them the policy is refused, or does something else than in the backup. "
            f"Missing: {_labels(context, found)}.{_linked_as(kind, found)}"
        ),
        remedy=(
            f"Map them to {nouns} of this tenant, include them in the scope if the backup holds "
            "them, or create them under the same name. Then run the checks again."
        ),
        missing=tuple(
            sorted({Missing(kind=kind, id=one.id) for some in found.values() for one in some})
        ),
        subjects=subjects,
    )


def _ambiguous(context: CheckContext, kind: ReferenceKind, found: _Found) -> Iterator[FoundIssue]:
    if not found:
        return
    subjects = subjects_of(found)
    nouns = NOUNS[kind][1]
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code=f"{kind}_ambiguous",
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'refers', 'refer')} to {nouns} whose name "
            f"several have in {context.tenant_name}"
        ),
        why=(
            f"Which one is meant is not known. Ambiguous: {_labels(context, found)}."
            f"{_linked_as(kind, found)}"
        ),
        remedy=f"Map each to one of the {nouns} of this tenant, then run the checks again.",
        subjects=subjects,
    )


def _unknown(context: CheckContext, kind: ReferenceKind, found: _Found) -> Iterator[FoundIssue]:
    if not found:
        return
    subjects = subjects_of(found)
    nouns = NOUNS[kind][1]
    yield FoundIssue(
        severity=Severity.UNKNOWN,
        code=f"{kind}_missing_unknown",
        title=f"The {nouns} that {counted(len(subjects))} {verb(subjects, 'refers', 'refer')} to "
        "could not be looked up",
        why=(
            f"Whether they exist in {context.tenant_name} is not known: {_labels(context, found)}."
            f"{_linked_as(kind, found)}"
        ),
        remedy="Make sure the connection may read them, then run the checks again.",
        subjects=subjects,
    )


def _linked_as(kind: ReferenceKind, found: _Found) -> str:
    """What linked profiles are to the policies; there are not more than the schema has links."""
    if kind is not ReferenceKind.CERTIFICATE:
        return ""
    links = sorted({property_name(one.path).lower() for some in found.values() for one in some})
    return f" Linked as {', '.join(links)}."


def _labels(context: CheckContext, found: _Found) -> str:
    return listed(
        context.referenced.label(one, context.names) for some in found.values() for one in some
    )
