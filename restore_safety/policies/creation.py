"""A policy the tenant does not have: what creates it, and the proof that it is absent."""

from typing import Any

from restore_safety.models import Decision
from restore_safety.policies.diff.rows import assignment_rows, creation_rows, limited
from restore_safety.policies.impact import Change, Reached, impact_of, reached_by
from restore_safety.policies.requests import creating
from restore_safety.policies.resolved import PlannedItem, ResolvedPolicy
from restore_safety.policies.sentences import as_created
from tenants.graph.contracts import links_not_captured, name_of
from tenants.graph.normal_form import normal_form


def created(resolved: ResolvedPolicy) -> PlannedItem:
    """Create it, or a copy of it, with what the backup assigns it to."""
    policy, plan = resolved.policy, resolved.assignments
    after = None if policy.contract.unassigned else plan.wanted or []
    rows = creation_rows(
        type_label=policy.contract.label, content=normal_form(policy.contract, policy.payload)
    )
    return PlannedItem(
        policy=policy,
        decision=Decision.COPY if resolved.is_copied else Decision.CREATE,
        reason=plan.reason or plan.reason_if_new,
        sentence=as_created(resolved),
        absence=_absence(resolved),
        writes=creating(policy, plan.wanted),
        left_out=(*resolved.left_out, *links_not_captured(policy.contract, policy.payload)),
        changes=limited([*rows, *assignment_rows(live=(), wanted=resolved.audiences(after))]),
        assignments_before=None if policy.contract.unassigned else [],
        assignments_after=after,
        impact=impact_of(
            Change(
                policy=policy,
                live=None,
                wanted=policy.payload,
                before=Reached(),
                after=reached_by(policy, policy.payload, after, resolved.names),
            )
        ),
    )


def _absence(resolved: ResolvedPolicy) -> dict[str, Any]:
    """The proof that it is absent: how many were listed, and which bear its name at all."""
    name = name_of(resolved.policy.contract, resolved.policy.payload)
    return {"listed": len(resolved.live), "same_name_ids": resolved.live.ids_named(name)}
