"""How long the writes of a restore take at the pace Graph allows."""

from collections import Counter
from collections.abc import Iterable

from restore_safety.checks.context import CheckContext
from restore_safety.checks.findings import FoundIssue, counted
from restore_safety.models import Severity
from tenants.graph.clouds import endpoints

# Shorter restores end while the operator watches.
_WORTH_SAYING_SECONDS = 600
_SECONDS_A_MINUTE = 60


def check(context: CheckContext) -> Iterable[FoundIssue]:
    writes = Counter[str]()
    for policy in (*context.written, *context.deleted):
        writes[policy.contract.workload] += len(policy.planned.writes)
    graph = endpoints(context.facts.cloud)
    # Workloads are throttled apart, one after the other all the same.
    seconds = sum(
        number * graph.seconds_between_writes(workload) for workload, number in writes.items()
    )
    if seconds < _WORTH_SAYING_SECONDS:
        return
    minutes = round(seconds / _SECONDS_A_MINUTE)
    yield FoundIssue(
        severity=Severity.INFO,
        code="long_restore",
        title=f"The restore sends {counted(writes.total(), 'write', 'writes')} and takes at least "
        f"{counted(minutes, 'minute', 'minutes')}",
        why=(
            "Graph takes a limited number of writes in a time, and other tools that write to "
            f"{context.tenant_name} share that limit. What the restore meets may change meanwhile."
        ),
        remedy="Start it when no one works on these policies, or restore them in parts.",
        facts={"writes": writes.total(), "minutes": minutes},
    )
