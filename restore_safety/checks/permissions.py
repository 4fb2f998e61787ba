"""Whether the connection was granted what the restore needs to write."""

from collections import defaultdict
from collections.abc import Iterable

from restore_safety.checks.context import CheckContext, CheckedPolicy, subjects_of
from restore_safety.checks.findings import FoundIssue
from restore_safety.models import Severity
from tenants.graph.errors import GraphError


def check(context: CheckContext) -> Iterable[FoundIssue]:
    if isinstance(context.roles, GraphError):
        yield FoundIssue(
            severity=Severity.UNKNOWN,
            code="permissions_unknown",
            title="What the connection may do could not be established",
            why="A restore may be refused half-way for lack of a permission.",
            remedy="Verify the tenant's connection, then run the checks again.",
        )
        return
    by_type: dict[str, list[CheckedPolicy]] = defaultdict(list)
    for policy in (*context.candidates, *context.deleted):
        if policy.is_by_hand:
            continue
        if policy.contract.write_permission not in context.roles:
            by_type[policy.contract.key].append(policy)
    for policies in sorted(by_type.values(), key=lambda some: some[0].contract.plural):
        contract = policies[0].contract
        yield FoundIssue(
            severity=Severity.BLOCKER,
            code="permission_missing",
            title=f"The connection may not write {contract.plural.lower()}",
            why=f"It was not granted {contract.write_permission}, so each write would be refused.",
            remedy=(
                f"Grant {contract.write_permission} to the app registration, give admin consent, "
                "verify the connection, then run the checks again."
            ),
            subjects=subjects_of(policies),
            facts={"type": contract.key, "permission": contract.write_permission},
        )
