"""Scope tags and assignment filters that policies refer to, and the tenant does not have."""

from collections.abc import Callable, Iterable, Iterator

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.models import Severity
from restore_safety.policies.reading import CollectionReading
from tenants.graph.references import ReferenceKind, ids_of

SCOPE_TAGS = "roleScopeTags"
FILTERS = "assignmentFilters"


def check(context: CheckContext) -> Iterable[FoundIssue]:
    yield from _of_kind(
        context,
        key=SCOPE_TAGS,
        noun=("scope tag", "scope tags"),
        code="scope_tag_missing",
        listing=context.snapshot.scope_tags,
        ids_in=_scope_tag_ids,
        consequence=(
            "A policy without its scope tags shows itself to other administrators than before, so "
            "a restore excludes these items."
        ),
    )
    yield from _of_kind(
        context,
        key=FILTERS,
        noun=("assignment filter", "assignment filters"),
        code="filter_missing",
        listing=context.snapshot.filters,
        ids_in=lambda policy: _filter_ids(context, policy),
        consequence=(
            "Without its filter an assignment reaches more than it should, so a restore leaves the "
            "assignments of these policies as they are."
        ),
    )


def _of_kind(  # noqa: PLR0913 -- the two kinds differ in exactly these
    context: CheckContext,
    *,
    key: str,
    noun: tuple[str, str],
    code: str,
    listing: CollectionReading,
    ids_in: Callable[[CheckedPolicy], frozenset[str]],
    consequence: str,
) -> Iterator[FoundIssue]:
    referring = {policy: ids for policy in context.candidates if (ids := ids_in(policy))}
    if referring and listing.error:
        yield FoundIssue(
            severity=Severity.UNKNOWN,
            code=f"{code}_unknown",
            title=f"The {noun[1]} of {context.tenant_name} could not be read",
            why=f"Nothing is known about the {noun[1]} these policies refer to.",
            remedy="Make sure the connection may read them, then run the checks again.",
            subjects=subjects_of(referring),
        )
        return
    missing = {
        policy: gone
        for policy, ids in referring.items()
        if (gone := {one for one in ids if not _exists(context, key, one)})
    }
    if not missing:
        return
    subjects = subjects_of(missing)
    absent = {one for gone in missing.values() for one in gone}
    labels = listed(context.foundations.label(key, one) for one in absent)
    yield FoundIssue(
        severity=Severity.BLOCKER,
        code=code,
        title=(
            f"{counted(len(subjects))} {verb(subjects, 'needs', 'need')} {noun[1]} that "
            f"{context.tenant_name} does not have"
        ),
        why=f"{consequence} Missing: {labels}.",
        remedy=(
            f"Include the {noun[1]} of the backup in the scope, or create them in the tenant under "
            "the same name; then run the checks again."
        ),
        subjects=subjects,
    )


def _exists(context: CheckContext, key: str, one: str) -> bool:
    """The tenant has it, under its id or its name, or the same restore creates it."""
    return one in context.foundations.resolve(key, [one], context.choices).ids


def _scope_tag_ids(policy: CheckedPolicy) -> frozenset[str]:
    return ids_of(ReferenceKind.SCOPE_TAG, policy.contract, policy.payload)


def _filter_ids(context: CheckContext, policy: CheckedPolicy) -> frozenset[str]:
    assignments = context.wanted_assignments(policy) or ()
    return ids_of(ReferenceKind.FILTER, policy.contract, {}, assignments)
