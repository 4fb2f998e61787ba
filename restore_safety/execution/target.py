"""How the tenant stands, right now, against what the preview saw and what the plan wants."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from restore_safety.backups.reading import CollectionReading, PolicyReading, TargetReader
from restore_safety.models import PlanItem
from restore_safety.preview.target import target_digest
from tenants.graph.client import GraphClient
from tenants.graph.contracts import Contract, contract, match_key
from tenants.graph.errors import GraphError
from tenants.graph.fence import PlannedWrite
from tenants.graph.normal_form import covers, normal_assignments, normal_form, wanted_form

ASSIGN = "assign"
# A listing of more objects than this serves for as long as this, or for as long as taking it took
# where that is longer: part of the small window that remains between the comparison and the write.
# Were it shorter than the taking, each of thousands of items would wait for a listing of its own.
LONG_LISTING = 200
LONG_LISTING_SERVES = timedelta(seconds=10)


class Standing(StrEnum):
    """The answers a comparison can give; a read that failed is an answer of its own."""

    AS_PREVIEWED = "as_previewed"
    AS_WANTED = "as_wanted"
    MOVED = "moved"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One look at the tenant: how it stands, and what was seen."""

    standing: Standing
    reading: PolicyReading | None = None
    error: GraphError | None = None


def look(client: GraphClient, key: str, object_id: str) -> PolicyReading:
    """Read one object afresh, completely."""
    return look_at_all(client, key, [object_id])[object_id]


def look_at_all(
    client: GraphClient, key: str, object_ids: Sequence[str]
) -> dict[str, PolicyReading]:
    """Read objects of one type afresh, completely."""
    return TargetReader(client).policies(contract(key), object_ids)


def is_whole(reading: PolicyReading) -> bool:
    """Whether all of the object was answered; nothing is concluded from a part of it."""
    return (
        reading.payload is not None
        and reading.assignments is not None
        and not reading.completeness.would_delete_uncaptured
    )


class Listings:
    """Listings of whole types: each is fresh, but a long one serves for some seconds.

    Proving a thousand absences would otherwise cost a thousand listings of a thousand objects.
    """

    def __init__(self, client: GraphClient, *, clock: Callable[[], datetime]) -> None:
        self._client = client
        self._clock = clock
        self._long: dict[str, tuple[datetime, CollectionReading]] = {}  # until when it serves

    def of(self, key: str) -> CollectionReading:
        began = self._clock()
        if key in self._long:
            until, listing = self._long[key]
            if began < until:
                return listing
        listing = TargetReader(self._client).collection(contract(key))
        if listing.error is None and len(listing.objects) > LONG_LISTING:
            taken = self._clock()
            self._long[key] = (taken + max(LONG_LISTING_SERVES, taken - began), listing)
        return listing


def compare(
    client: GraphClient,
    planned: PlanItem,
    writes: Sequence[PlannedWrite],
    *,
    listings: Listings,
) -> Sighting:
    """Hold the tenant against the preview, just before writing."""
    key = planned.backup_item.contract_key
    if not planned.target_object_id:
        return _compare_absent(client, planned, writes, listings.of(key))
    reading = look(client, key, planned.target_object_id)
    return Sighting(
        standing=_standing_of(contract(key), planned, writes, reading),
        reading=reading,
        error=reading.error,
    )


def _standing_of(
    kind: Contract, planned: PlanItem, writes: Sequence[PlannedWrite], reading: PolicyReading
) -> Standing:
    if reading.is_absent:
        return Standing.MOVED
    if not is_whole(reading):
        return Standing.UNREADABLE
    if digest_of_reading(kind, reading) == planned.target_digest:
        return Standing.AS_PREVIEWED
    return Standing.AS_WANTED if is_as_wanted(kind, planned, writes, reading) else Standing.MOVED


def _compare_absent(
    client: GraphClient,
    planned: PlanItem,
    writes: Sequence[PlannedWrite],
    seen: CollectionReading,
) -> Sighting:
    key = planned.backup_item.contract_key
    if seen.error is not None:
        return Sighting(standing=Standing.UNREADABLE, error=seen.error)
    newcomers = newcomers_of(contract(key), planned, writes[0], seen.objects)
    if not newcomers:
        return Sighting(standing=Standing.AS_PREVIEWED)
    for reading in look_at_all(client, key, newcomers).values():
        if is_whole(reading) and is_as_wanted(contract(key), planned, writes, reading):
            return Sighting(standing=Standing.AS_WANTED, reading=reading)
    return Sighting(standing=Standing.MOVED)


def newcomers_of(
    kind: Contract, planned: PlanItem, create: PlannedWrite, listing: Iterable[dict[str, Any]]
) -> list[str]:
    """Ids of objects that carry the wanted name and were not there at the preview."""
    wanted = match_key(kind, body_of(create))
    known = set((planned.absence or {}).get("same_name_ids", ()))
    return [
        seen["id"]
        for seen in listing
        if seen["id"] not in known and _name_part(match_key(kind, seen)) == _name_part(wanted)
    ]


def _name_part(key: tuple[str, ...]) -> tuple[str, ...]:
    """The key without its type, which a listing may leave out where it is the declared one."""
    return key[1:]


def assigns(write: PlannedWrite) -> bool:
    return write.path.endswith(f"/{ASSIGN}")


def body_of(write: PlannedWrite) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(write.body or b"{}")
    return body


def digest_of_reading(kind: Contract, reading: PolicyReading) -> str:
    return target_digest(kind, reading.payload or {}, reading.assignments)


def is_as_wanted(
    kind: Contract, planned: PlanItem, writes: Sequence[PlannedWrite], reading: PolicyReading
) -> bool:
    """Whether somebody else already brought the whole object to what the restore wants.

    What the plan leaves alone was as wanted at the preview, so there it must not have moved.
    """
    if not writes or any(shortfalls(kind, write, reading) for write in writes):
        return False
    is_assigned = any(assigns(write) for write in writes)
    return (is_assigned or has_assignments_of_preview(planned, reading)) and (
        _say_all_content(kind, writes) or _has_content_of_preview(kind, planned, reading)
    )


def has_assignments_of_preview(planned: PlanItem, reading: PolicyReading) -> bool:
    seen = normal_assignments(reading.assignments or [])
    return seen == (planned.assignments_before or [])


def _has_content_of_preview(kind: Contract, planned: PlanItem, reading: PolicyReading) -> bool:
    digest = target_digest(kind, reading.payload or {}, planned.assignments_before)
    return digest == planned.target_digest


def _say_all_content(kind: Contract, writes: Sequence[PlannedWrite]) -> bool:
    """Creating names everything, and so does an update with all the actions it leaves out."""
    if any(write.binds for write in writes):
        return True
    endings = {write.path.rpartition("/")[2] for write in writes}
    actions = {action.action for action in kind.update_actions}
    return actions <= endings and bool(endings - actions - {ASSIGN})


def shortfalls(kind: Contract, write: PlannedWrite, reading: PolicyReading) -> tuple[str, ...]:
    """The paths in which the tenant does not hold what this request asked for."""
    if not is_whole(reading) or reading.payload is None:
        return ("(the policy itself)",)
    body = body_of(write)
    if assigns(write):
        wanted = normal_assignments(body[kind.assign_key])
        return () if wanted == normal_assignments(reading.assignments or []) else ("assignments",)
    for action in kind.update_actions:
        if write.path.endswith(f"/{action.action}"):
            body = {action.name: body[action.body_key]}
    return tuple(
        difference.place
        for difference in covers(wanted_form(kind, body), normal_form(kind, reading.payload))
    )
