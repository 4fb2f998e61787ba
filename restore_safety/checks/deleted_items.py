"""Policies to be created that Entra still keeps among its deleted items, with their id."""

from collections.abc import Iterable, Iterator

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, listed, verb
from restore_safety.checks.tenant_facts import DELETED_ITEMS
from restore_safety.models import Decision, Severity
from tenants.graph.errors import ErrorKind


def check(context: CheckContext) -> Iterable[FoundIssue]:
    if context.origin_directory_id and not context.same_origin:
        return  # what another tenant deleted is not kept here
    created = [
        policy
        for policy in context.policies
        if policy.decision is Decision.CREATE
        and policy.contract.key in DELETED_ITEMS
        and policy.object_id
    ]
    kept = {
        (key, str(one.get("id", "")).lower())
        for key, listing in context.lists.deleted.items()
        for one in listing.objects
    }
    found = [one for one in created if (one.contract.key, one.object_id.lower()) in kept]
    yield from _kept(context, found)
    yield from _unknown(context, [policy for policy in created if _is_unread(context, policy)])


def _is_unread(context: CheckContext, policy: CheckedPolicy) -> bool:
    """A cloud that does not have the list keeps nothing in it."""
    error = context.lists.deleted[policy.contract.key].error
    return error is not None and error.kind is not ErrorKind.NOT_FOUND


def _kept(context: CheckContext, policies: list[CheckedPolicy]) -> Iterator[FoundIssue]:
    if not policies:
        return
    subjects = subjects_of(policies)
    them = verb(subjects, "it", "them")
    yield FoundIssue(
        severity=Severity.INFO,
        code="in_deleted_items",
        title=(
            f"{counted(len(subjects))} can be restored from the deleted items of "
            f"{context.tenant_name}"
        ),
        why=(
            f"Entra keeps {them} for 30 days after the deletion. Restored there, "
            f"{verb(subjects, 'it has its', 'they have their')} old id again and whatever refers "
            f"to {them} finds {them}: {listed(one.name for one in subjects)}."
        ),
        remedy=(
            f"Restore {them} in Entra first, under Conditional Access, Deleted items. Then run "
            "checks and preview again to see what still differs from the backup."
        ),
        subjects=subjects,
    )


def _unknown(context: CheckContext, policies: list[CheckedPolicy]) -> Iterator[FoundIssue]:
    if not policies:
        return
    subjects = subjects_of(policies)
    yield FoundIssue(
        severity=Severity.UNKNOWN,
        code="deleted_items_unknown",
        title=(
            f"Whether {context.tenant_name} still keeps {counted(len(subjects))} among its deleted "
            "items is not known"
        ),
        why=(
            "The deleted items of conditional access could not be listed. What is kept there can "
            "be restored with its old id, which is better than a new policy: "
            f"{listed(one.name for one in subjects)}."
        ),
        remedy=(
            "Look in Entra under Conditional Access, Deleted items, or make sure the connection "
            "may read them (Policy.Read.All) and run the checks again."
        ),
        subjects=subjects,
    )
