"""What became of a request that got no clear answer: the target is read back until it shows.

Not to find an object proves something only when its list was read whole, twice, and when the time
is over in which the service may still apply the request or not yet show the object. Until then the
item is put off, so that all items of a run wait for that time together.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings

from restore_safety.execution.target_state import (
    adds,
    assigns,
    digest_of_reading,
    has_assignments_of_preview,
    is_whole,
    look,
    look_at_all,
    newcomers_of,
    outcome_of,
    shortfalls,
)
from restore_safety.models import Decision, RestoreItem, RestoreWrite, WriteState
from restore_safety.policies.reading import PolicyReading, TargetReader
from tenants.graph.client import GraphClient
from tenants.graph.contracts import AssignmentWrite, Contract, contract
from tenants.graph.fence import PlannedWrite
from tenants.graph.payloads import moment_of

# Graph may not show a new object for some seconds; these pauses add up to what is waited in place.
READ_BACK_WAITS = (0.0, 0.5, 1.5, 3.0)
# Between the two whole listings that prove an absence.
SECONDS_BETWEEN_LISTINGS = 1.0
WAITED_BEYOND = timedelta(seconds=1)
# How far the service's clock may be behind the database's.
CLOCKS_APART = timedelta(minutes=1)


class Aftermath(StrEnum):
    """What reading back says about a request that got no clear answer."""

    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    NOT_SHOWN = "not_shown"  # absent so far, which proves nothing yet
    UNREADABLE = "unreadable"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found out; the object a creation made, or those that could be it."""

    aftermath: Aftermath
    object_id: str = ""
    candidates: tuple[str, ...] = ()

    @property
    def is_known(self) -> bool:
        return self.aftermath in (Aftermath.APPLIED, Aftermath.NOT_APPLIED)


def absence_proves_at(row: RestoreWrite) -> datetime | None:
    """Return when what is not shown was not applied; None before anything was sent.

    An answer, even a bad one, ends the work of the service on the request, so that only the delay
    of its lists is waited for. Without an answer the request may still be applied.
    """
    if row.intent_at is None:
        return None
    proves_at = row.intent_at + timedelta(seconds=settings.CREATE_VISIBLE_WITHIN_SECONDS)
    if row.unanswered_at is not None:
        within = timedelta(seconds=settings.REQUEST_APPLIED_WITHIN_SECONDS)
        proves_at = max(proves_at, row.unanswered_at + within)
    return proves_at + WAITED_BEYOND


def may_come_late(row: RestoreWrite, now: datetime) -> bool:
    """Whether a request that was not seen applied may still be."""
    proves_at = absence_proves_at(row)
    is_open = row.doubts > 0 and row.state != WriteState.APPLIED
    return is_open and proves_at is not None and now < proves_at


@dataclass(slots=True, kw_only=True)
class AftermathReader:
    """Reads a target back after a silence; writes nothing and stores nothing."""

    client: GraphClient
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]

    def of(self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite) -> Finding:
        """Look until something is known, for some seconds at most."""
        found = Finding(aftermath=Aftermath.UNDECIDED)
        # What had its time already is not waited for again.
        has_had_its_time = self._is_absence_proof(row)
        for wait in READ_BACK_WAITS[:1] if has_had_its_time else READ_BACK_WAITS:
            self.sleep(wait)
            found = self._look(item, row, write)
            if found.is_known:
                return found
        if found.aftermath is Aftermath.NOT_SHOWN and self._is_absence_proof(row):
            self.sleep(SECONDS_BETWEEN_LISTINGS)
            found = self._look(item, row, write)
            if found.aftermath is Aftermath.NOT_SHOWN:
                return Finding(aftermath=Aftermath.NOT_APPLIED)
        return found

    def _is_absence_proof(self, row: RestoreWrite) -> bool:
        proves_at = absence_proves_at(row)
        return proves_at is not None and self.clock() >= proves_at

    def _look(self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite) -> Finding:
        kind = contract(item.contract_key)
        if write.binds and not item.target_object_id:
            return self._look_for_created(kind, item, row, write)
        reading = look(self.client, item.contract_key, item.target_object_id)
        if reading.is_absent and item.plan_item.decision == Decision.DELETE:
            return Finding(aftermath=Aftermath.APPLIED)
        return Finding(aftermath=_aftermath_of_change(kind, item, write, reading))

    def _look_for_created(
        self, kind: Contract, item: RestoreItem, row: RestoreWrite, write: PlannedWrite
    ) -> Finding:
        seen = TargetReader(self.client).collection(kind)
        if seen.error is not None:
            return Finding(aftermath=Aftermath.UNREADABLE)
        newcomers = newcomers_of(kind, item.plan_item, write, seen.objects)
        if not newcomers:
            return Finding(aftermath=Aftermath.NOT_SHOWN)
        readings = look_at_all(self.client, item.contract_key, newcomers)
        began = row.doubted_at or row.intent_at
        mine = [
            object_id
            for object_id, reading in readings.items()
            if is_made_since(began, reading.payload or {}) and not shortfalls(kind, write, reading)
        ]
        if len(mine) == 1:
            return Finding(aftermath=Aftermath.APPLIED, object_id=mine[0])
        is_read = all(is_whole(reading) for reading in readings.values())
        aftermath = Aftermath.UNDECIDED if is_read else Aftermath.UNREADABLE
        return Finding(aftermath=aftermath, candidates=tuple(newcomers))


def is_made_since(began: datetime | None, payload: dict[str, Any]) -> bool:
    """Whether an object may have been created by an exchange that began then."""
    created = moment_of(payload.get("createdDateTime"))
    return began is None or created is None or created >= began - CLOCKS_APART


def is_partly_applied(item: RestoreItem) -> bool:
    """Whether the tenant took a request of the item."""
    return any(row.state == WriteState.APPLIED for row in item.writes.all())


def is_as_before(
    kind: Contract, item: RestoreItem, write: PlannedWrite, reading: PolicyReading
) -> bool:
    """Whether what the request would change still is as it was before it.

    Of what follows an update the state before is not on record: an action sets it as a whole, so
    that setting it once more changes nothing; of what is added one by one, see `adds`.
    """
    if not is_partly_applied(item):
        return digest_of_reading(kind, reading) == item.plan_item.target_digest
    if assigns(write) and kind.assignment_write is AssignmentWrite.REPLACE:
        return has_assignments_of_preview(item.plan_item, reading)
    return True


def _aftermath_of_change(
    kind: Contract, item: RestoreItem, write: PlannedWrite, reading: PolicyReading
) -> Aftermath:
    if not is_whole(reading):
        return Aftermath.UNREADABLE
    found = outcome_of(kind, write, reading)
    before = is_as_before(kind, item, write, reading)
    if not found.different:
        # What cannot be compared proves nothing.
        is_hidden = bool(found.incomparable) and before and not is_partly_applied(item)
        return Aftermath.UNDECIDED if is_hidden else Aftermath.APPLIED
    if not before:
        # Neither as it was nor as wanted: another write came in between.
        return Aftermath.UNDECIDED
    return Aftermath.NOT_SHOWN if adds(kind, write) else Aftermath.NOT_APPLIED
