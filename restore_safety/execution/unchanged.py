"""Confirming that an item which needs no write still is as the preview saw it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from restore_safety.execution import results as outcomes
from restore_safety.execution.journal import Settlement
from restore_safety.execution.pauses import pause_for
from restore_safety.execution.target_state import READ_AT_ONCE, look_at_all
from restore_safety.models import AS_IT_IS_DECISIONS, RestoreItem, RestoreRun
from restore_safety.policies.reading import PolicyReading
from tenants.graph.client import GraphClient


@dataclass(slots=True, kw_only=True)
class UnchangedItems:
    """The items of one run that are left as they are, read ahead a batch at a time."""

    run: RestoreRun
    client: GraphClient
    clock: Callable[[], datetime]
    _sightings: dict[str, PolicyReading] = field(init=False, default_factory=dict)

    def confirm(self, item: RestoreItem) -> Settlement:
        """Nothing to write; still read afresh, because "unchanged" is a claim about now."""
        if item.plan_item.target_object_id not in self._sightings:
            self._look_ahead(item)
        reading = self._sightings[item.plan_item.target_object_id]
        pause_for(reading.error, run=self.run, now=self.clock())
        return outcomes.confirmed_as_it_is(item.plan_item, reading)

    def _look_ahead(self, item: RestoreItem) -> None:
        """Read this and the next such items of the type together."""
        ahead = (
            self.run.items.filter(
                contract_key=item.contract_key,
                position__gte=item.position,
                plan_item__decision__in=AS_IT_IS_DECISIONS,
            )
            .order_by("position")
            .values_list("plan_item__target_object_id", flat=True)
        )
        ids = list(ahead[:READ_AT_ONCE])
        self._sightings = look_at_all(self.client, item.contract_key, ids)
