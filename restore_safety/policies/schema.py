"""Whether Graph takes the bodies a plan would send, by the published schema."""

import json
from dataclasses import replace

from restore_safety.models import Decision
from restore_safety.policies.impact import Impact
from restore_safety.policies.resolved import PlannedItem
from restore_safety.policies.sentences import NAMED
from restore_safety.truth.causes import ReasonCode
from tenants.graph.validation import Fault, body_faults
from tenants.printable import printable


def held_against_schema(item: PlannedItem) -> PlannedItem:
    """The item as it is, or blocked where one of its requests has a body Graph would refuse."""
    faults = _faults(item)
    if not faults:
        return item
    named = "; ".join(f"{printable(one.path)}: {one.why}" for one in faults[:NAMED])
    more = f"; and {len(faults) - NAMED} more" if len(faults) > NAMED else ""
    return replace(
        item,
        decision=Decision.BLOCKED,
        reason=ReasonCode.PAYLOAD_SHAPE,
        sentence=(
            f"“{printable(item.policy.name)}” is not written, as the backup holds values in a form "
            f"that Graph does not take ({named}{more}). Export it again, or "
            "create it in the tenant."
        ),
        absence=None,
        writes=(),
        impact=Impact(),
    )


def _faults(item: PlannedItem) -> list[Fault]:
    found = [
        fault
        for write in item.writes
        for fault in body_faults(
            item.policy.contract, write.path, None if write.body is None else json.loads(write.body)
        )
    ]
    return list(dict.fromkeys(found))
