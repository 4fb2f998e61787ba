"""Look at the tenant once for all checks, and decide what a restore would do to each policy.

The snapshot and the decisions are the preview's own: checks and preview cannot disagree about
which policies are written and who they reach.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from restore_safety.checks.context import CheckContext, CheckedPolicy
from restore_safety.checks.tenant_facts import TenantFacts, read_lists
from restore_safety.checks.tenant_reader import ChecksReader
from restore_safety.models import CREATING_DECISIONS, WRITING_DECISIONS
from restore_safety.policies.decisions import decide
from restore_safety.policies.policy import PolicyToRestore, RestoreChoices, wanted
from restore_safety.policies.resolved import PlannedItem
from restore_safety.policies.snapshot import TenantSnapshot, take_snapshot
from tenants.graph.errors import GraphError
from tenants.graph.normal_form import with_organization


def gather(  # noqa: PLR0913 -- what is restored, where to, and what was granted there
    *,
    reader: ChecksReader,
    roles: frozenset[str] | GraphError,
    policies: Sequence[PolicyToRestore],
    own: Mapping[tuple[str, str], PolicyToRestore],
    choices: RestoreChoices,
    facts: TenantFacts,
    origin_directory_id: str,
    beat: Callable[[int, str], None],
) -> CheckContext:
    """The tenant as the checks see it: every listing to its last page, each match in full."""
    restored = [wanted(policy, choices) for policy in policies]
    snapshot = take_snapshot(reader=reader, policies=restored, choices=choices, own=own, beat=beat)
    planned = decide(
        policies=restored,
        choices=choices,
        snapshot=snapshot,
        beat=lambda done: beat(len(restored), f"Comparing, {done} of {len(restored)} done"),
    )
    written = [item for item in planned if item.decision in WRITING_DECISIONS]
    created = frozenset(item.policy.id for item in written if item.decision in CREATING_DECISIONS)
    as_backed_up = {policy.id: policy for policy in policies}
    as_wanted = {policy.id: policy for policy in restored}
    return CheckContext(
        choices=choices,
        origin_directory_id=origin_directory_id,
        policies=tuple(
            _checked(
                item, as_backed_up[item.policy.id], as_wanted[item.policy.id], snapshot, choices
            )
            for item in planned
        ),
        snapshot=snapshot,
        own=own,
        referenced=replace(snapshot.referenced, created=created),
        lists=read_lists(
            reader,
            written,
            readings=snapshot.readings,
            same_origin=choices.same_origin,
            beat=lambda note: beat(len(restored), note),
        ),
        facts=facts,
        roles=roles,
        organization=reader.organization(),
    )


def _checked(
    item: PlannedItem,
    backed_up: PolicyToRestore,
    restored: PolicyToRestore,
    snapshot: TenantSnapshot,
    choices: RestoreChoices,
) -> CheckedPolicy:
    here = with_organization(backed_up.payload, choices.directory_id)
    return CheckedPolicy(
        name=backed_up.name,
        restored=restored,
        planned=item,
        had_organization_placeholder=here != backed_up.payload,
        match=snapshot.matches.get(item.policy.id),
        live=snapshot.readings.get(item.policy.id),
    )
