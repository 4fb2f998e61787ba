"""Keeping what a restore is about to replace, before its first write."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from django.db import transaction

from operations import lifecycle
from operations.lifecycle import Heartbeat, Lease
from restore_safety.backups.capture import NothingToKeepError, keep_pre_images
from restore_safety.backups.storing import SetFacts, readable_in
from restore_safety.execution.pauses import pause_for
from restore_safety.execution.target_state import (
    READ_AT_ONCE,
    digest_of_reading,
    is_whole,
    look_at_all,
)
from restore_safety.models import (
    REPLACING_DECISIONS,
    PlanItem,
    RestoreItem,
    RestoreRun,
)
from restore_safety.policies.reading import PolicyReading, TargetReader
from tenants.graph.contracts import contract
from tenants.graph.writer import GraphWriter


@dataclass(slots=True, kw_only=True)
class PreImages:
    """The pre-images of one run, kept by the worker that holds its lease."""

    run: RestoreRun
    lease: Lease
    client: GraphWriter
    heartbeat: Heartbeat
    clock: Callable[[], datetime]

    def keep(self, items: list[RestoreItem]) -> None:
        """Before the first write, keep what the updates and deletions are about to replace.

        Only what still is as previewed: nothing else is going to be replaced.
        """
        if (
            self.run.is_dry_run
            or self.run.pre_restore_set is not None
            or lifecycle.is_cancel_requested(lease=self.lease)
        ):
            return
        planned = [
            item.plan_item for item in items if item.plan_item.decision in REPLACING_DECISIONS
        ]
        readings = [
            (one.backup_item.contract_key, self._in_clear(one, reading))
            for one, reading in self._targets_of(planned)
            if is_whole(reading)
            and digest_of_reading(contract(one.backup_item.contract_key), reading)
            == one.target_digest
        ]
        if not readings:
            return
        # Without a pre-image no update is made; where none can be kept there is no set.
        with suppress(NothingToKeepError), transaction.atomic():
            # Holds the run's row until the set stands: a worker that took over makes no second.
            lifecycle.renew(lease=self.lease, now=self.clock())
            facts = SetFacts(
                tenant=self.run.tenant,
                label=f"Before {self.run}",
                captured_at=self.clock(),
                created_by=self.run.requested_by,
                operation_run=self.run.operation_run,
            )
            self.run.pre_restore_set = keep_pre_images(facts, readings=readings)
            self.run.save(update_fields=["pre_restore_set"])
            # Keeping many took its time; whoever waits for the row finds the lease fresh.
            lifecycle.renew(lease=self.lease, now=self.clock())

    def kept(self) -> frozenset[tuple[str, str]]:
        """What was kept and proves readable; nothing else is replaced."""
        if self.run.pre_restore_set is None:
            return frozenset()
        return readable_in(self.run.pre_restore_set)

    def _in_clear(self, planned: PlanItem, reading: PolicyReading) -> PolicyReading:
        """What is kept to undo from holds the values that Graph masks, where it gives them."""
        kind = contract(planned.backup_item.contract_key)
        reader = TargetReader(self.client)
        return reader.in_clear(kind, {reading.object_id: reading})[reading.object_id]

    def _targets_of(self, planned: list[PlanItem]) -> Iterator[tuple[PlanItem, PolicyReading]]:
        by_type: dict[str, list[PlanItem]] = {}
        for one in planned:
            by_type.setdefault(one.backup_item.contract_key, []).append(one)
        for key, of_type in by_type.items():
            for some in batched(of_type, READ_AT_ONCE, strict=False):
                self.heartbeat.beat(0, len(planned), "Keeping what is about to be replaced")
                readings = look_at_all(self.client, key, [one.target_object_id for one in some])
                for reading in readings.values():
                    pause_for(reading.error, run=self.run, now=self.clock())
                yield from ((one, readings[one.target_object_id]) for one in some)
