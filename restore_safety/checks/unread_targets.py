"""What of the tenant could not be read, so that no other check speaks about it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue, counted, verb
from restore_safety.models import Severity
from restore_safety.policies.reading import reason_of


def check(context: CheckContext) -> Iterable[FoundIssue]:
    yield from _unlisted(context)
    yield from _unread(context)


def _unlisted(context: CheckContext) -> Iterator[FoundIssue]:
    by_type: dict[str, list[CheckedPolicy]] = defaultdict(list)
    for policy in context.policies:
        by_type[policy.contract.key].append(policy)
    for key, policies in by_type.items():
        listing = context.listings[key]
        if listing.error is None:
            continue
        contract = policies[0].contract
        reason = reason_of(listing.error, contract)
        yield FoundIssue(
            severity=Severity.UNKNOWN,
            code="type_unreadable",
            title=f"{contract.plural} of {context.tenant_name} could not be listed",
            why=(
                "Nothing is known about them: not whether they exist, nor whether their names are "
                f"unique or they changed since the backup. Listing them: {reason}."
            ),
            remedy=(
                f"Make sure the connection may read them ({contract.read_permission}), then run "
                "the checks again."
            ),
            subjects=subjects_of(policies),
            facts={"type": contract.key},
        )


def _unread(context: CheckContext) -> Iterator[FoundIssue]:
    unread = [policy for policy in context.policies if _is_unread(policy)]
    if not unread:
        return
    subjects = subjects_of(unread)
    yield FoundIssue(
        severity=Severity.UNKNOWN,
        code="policy_unreadable",
        title=f"{counted(len(subjects))} of {context.tenant_name} could not be read in full",
        why=(
            f"Whether {verb(subjects, 'it', 'they')} changed since the backup, and which "
            "assignments a restore would add or remove, is not known."
        ),
        remedy="Run the checks again; if it stays so, read the policy in the tenant first.",
        subjects=subjects,
    )


def _is_unread(policy: CheckedPolicy) -> bool:
    if policy.live is None:
        return False
    return (
        policy.live.error is not None
        or policy.live.payload is None
        or not policy.live.completeness.is_complete
        or (policy.live.assignments is None and not policy.contract.unassigned)
    )
