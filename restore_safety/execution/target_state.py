"""How the tenant stands, right now, against what the preview saw and what the plan wants."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from restore_safety.models import Decision, PlanItem
from restore_safety.policies.reading import CollectionReading, PolicyReading, TargetReader
from restore_safety.policies.target import target_digest
from tenants.graph.client import GraphClient
from tenants.graph.contracts import (
    AssignmentWrite,
    Contract,
    Part,
    PartWrite,
    contract,
    linked_by,
    links_of,
    match_key,
    payload_of_creation,
    unanswered_of,
    unbound,
)
from tenants.graph.errors import GraphError
from tenants.graph.fence import PlannedWrite, WritePurpose
from tenants.graph.normal_form import compared, normal_assignments, normal_form, wanted_form
from tenants.graph.payloads import TYPE

# One batch of Graph: what is read ahead must still be fresh when its turn comes.
READ_AT_ONCE = 20

THE_POLICY = "(the policy itself)"
_REFERENCE = "/$ref"
ASSIGNMENTS = "assignments"
ASSIGNING = frozenset({WritePurpose.ASSIGN, WritePurpose.UNASSIGN})
_LINKING = frozenset({WritePurpose.LINK, WritePurpose.UNLINK})
_UPDATING = frozenset({WritePurpose.UPDATE, WritePurpose.REPLACE})
# A listing of more objects than this serves for as long as this, or for as long as taking it took
# where that is longer: part of the small window that remains between the comparison and the write.
# Were it shorter than the taking, each of thousands of items would wait for a listing of its own.
LONG_LISTING = 200
LONG_LISTING_SERVES = timedelta(seconds=10)


class TargetState(StrEnum):
    """The answers a comparison can give; a read that failed is an answer of its own."""

    AS_PREVIEWED = "as_previewed"
    AS_WANTED = "as_wanted"
    MOVED = "moved"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetReading:
    """One look at the tenant: how it stands, and what was seen."""

    state: TargetState
    reading: PolicyReading | None = None
    error: GraphError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOutcome:
    """Where the tenant is not as a request asked, by path; and where no reading shows it."""

    different: tuple[str, ...] = ()
    incomparable: tuple[str, ...] = ()


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

    def forget(self) -> None:
        """Take each listing anew."""
        self._long.clear()

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
) -> TargetReading:
    """Hold the tenant against the preview, just before writing."""
    key = planned.backup_item.contract_key
    if not planned.target_object_id:
        return _compare_absent(client, planned, writes, listings.of(key))
    reading = look(client, key, planned.target_object_id)
    return TargetReading(
        state=_state_of(contract(key), planned, writes, reading),
        reading=reading,
        error=reading.error,
    )


def _state_of(
    kind: Contract, planned: PlanItem, writes: Sequence[PlannedWrite], reading: PolicyReading
) -> TargetState:
    if reading.is_absent:
        is_gone_as_wanted = planned.decision == Decision.DELETE
        return TargetState.AS_WANTED if is_gone_as_wanted else TargetState.MOVED
    if not is_whole(reading):
        return TargetState.UNREADABLE
    if digest_of_reading(kind, reading) == planned.target_digest:
        return TargetState.AS_PREVIEWED
    return (
        TargetState.AS_WANTED if is_as_wanted(kind, planned, writes, reading) else TargetState.MOVED
    )


def _compare_absent(
    client: GraphClient,
    planned: PlanItem,
    writes: Sequence[PlannedWrite],
    seen: CollectionReading,
) -> TargetReading:
    key = planned.backup_item.contract_key
    if seen.error is not None:
        return TargetReading(state=TargetState.UNREADABLE, error=seen.error)
    newcomers = newcomers_of(contract(key), planned, writes[0], seen.objects)
    if not newcomers:
        return TargetReading(state=TargetState.AS_PREVIEWED)
    readings = list(look_at_all(client, key, newcomers).values())
    for reading in readings:
        if is_whole(reading) and is_as_wanted(contract(key), planned, writes, reading):
            return TargetReading(state=TargetState.AS_WANTED, reading=reading)
    unread = next((one for one in readings if not is_whole(one) and not one.is_absent), None)
    if unread is not None:
        return TargetReading(state=TargetState.UNREADABLE, error=unread.error)
    return TargetReading(state=TargetState.MOVED)


def newcomers_of(
    kind: Contract, planned: PlanItem, create: PlannedWrite, listing: Iterable[dict[str, Any]]
) -> list[str]:
    """Ids of objects that carry the wanted name and were not there at the preview.

    Those of another type are not meant: policies of two platforms may share a name.
    """
    wanted = match_key(kind, payload_of_creation(kind, create.path, body_of(create)))
    known = set((planned.absence or {}).get("same_name_ids", ()))
    return [
        seen["id"]
        for seen in listing
        if seen["id"] not in known and _may_be_meant(match_key(kind, seen), wanted)
    ]


def _may_be_meant(seen: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether both keys are the same, where a listing may leave the type out."""
    return seen[1:] == wanted[1:] and seen[0] in ("", wanted[0])


def assigns(write: PlannedWrite) -> bool:
    """Whether the request changes assignments: all of them, or one that comes or goes."""
    return write.purpose in ASSIGNING


def adds(kind: Contract, write: PlannedWrite) -> bool:
    """Whether sending the request twice would leave two of what it writes below the policy."""
    if write.method != "POST" or write.binds:
        return False
    match write.purpose:
        case WritePurpose.LINK:
            return True
        case WritePurpose.ASSIGN:
            return kind.assignment_write is AssignmentWrite.EACH
    part = _part(kind, write)
    return part is not None and (not part.action or bool(part.deleted_key))


def assignments_in(kind: Contract, write: PlannedWrite) -> list[dict[str, Any]]:
    """The assignments a request sets."""
    body = body_of(write)
    if kind.assignment_write is AssignmentWrite.REPLACE:
        assignments: list[dict[str, Any]] = body[kind.assign_key]
        return assignments
    return [body] if body else []


def body_of(write: PlannedWrite) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(write.body or b"{}")
    return body


def digest_of_reading(kind: Contract, reading: PolicyReading) -> str:
    return target_digest(kind, reading.payload or {}, reading.assignments)


def is_as_wanted(
    kind: Contract, planned: PlanItem, writes: Sequence[PlannedWrite], reading: PolicyReading
) -> bool:
    """Whether the whole object is already as the restore wants it, by another write.

    What the plan leaves alone was as wanted at the preview, so there it must not have moved.
    """
    if not writes or any(shortfalls(kind, write, reading) for write in writes):
        return False
    return _has_wanted_assignments(kind, planned, writes, reading) and (
        _say_all_content(kind, writes) or _has_content_of_preview(kind, planned, reading)
    )


def _has_wanted_assignments(
    kind: Contract, planned: PlanItem, writes: Sequence[PlannedWrite], reading: PolicyReading
) -> bool:
    if not any(assigns(write) for write in writes):
        return has_assignments_of_preview(planned, reading)
    if kind.assignment_write is AssignmentWrite.REPLACE:
        return True
    # One by one, the requests say nothing of the assignments that were to stay.
    wanted = normal_assignments(planned.assignments_after or [])
    return normal_assignments(reading.assignments or []) == wanted


def has_assignments_of_preview(planned: PlanItem, reading: PolicyReading) -> bool:
    seen = normal_assignments(reading.assignments or [])
    return seen == (planned.assignments_before or [])


def _has_content_of_preview(kind: Contract, planned: PlanItem, reading: PolicyReading) -> bool:
    digest = target_digest(kind, reading.payload or {}, planned.assignments_before)
    return digest == planned.target_digest


def _say_all_content(kind: Contract, writes: Sequence[PlannedWrite]) -> bool:
    """Creating names everything, and so does an update with all the parts it leaves out."""
    if any(write.binds for write in writes):
        return True
    apart = {part.name for part in kind.parts if part.write is not PartWrite.INLINE}
    update = next((write for write in writes if write.purpose in _UPDATING), None)
    if update is None:
        return False
    apart |= links_of(kind, body_of(update)).keys()
    return apart <= {write.member for write in writes}


def shortfalls(kind: Contract, write: PlannedWrite, reading: PolicyReading) -> tuple[str, ...]:
    """The paths in which the tenant does not hold what this request asked for."""
    return outcome_of(kind, write, reading).different


def outcome_of(kind: Contract, write: PlannedWrite, reading: PolicyReading) -> RequestOutcome:
    """Hold what was read against what this request asked for."""
    if write.purpose is WritePurpose.DELETE:
        return RequestOutcome(different=() if reading.is_absent else (THE_POLICY,))
    if not is_whole(reading) or reading.payload is None:
        return RequestOutcome(different=(THE_POLICY,))
    if assigns(write):
        is_assigned = _is_assigned(kind, write, reading)
        return RequestOutcome(different=() if is_assigned else (ASSIGNMENTS,))
    found = compared(
        wanted_form(kind, _asked_for(kind, write, reading)), normal_form(kind, reading.payload)
    )
    return RequestOutcome(
        different=tuple(one.place for one in found.different),
        incomparable=tuple(one.place for one in found.incomparable),
    )


def incomparable_in(planned: PlanItem, reading: PolicyReading) -> tuple[str, ...]:
    """The paths at which nothing says that the tenant has, or has not, what the backup holds."""
    kind = contract(planned.backup_item.contract_key)
    wanted = wanted_form(kind, planned.backup_item.payload.content)
    live = reading.payload or {}
    found = compared(wanted, normal_form(kind, live))
    return (*(one.place for one in found.incomparable), *unanswered_of(kind, live))


def _is_assigned(kind: Contract, write: PlannedWrite, reading: PolicyReading) -> bool:
    there = reading.assignments or []
    if kind.assignment_write is AssignmentWrite.REPLACE:
        return normal_assignments(assignments_in(kind, write)) == normal_assignments(there)
    if write.method == "DELETE":
        return write.path.rpartition("/")[2] not in {str(one.get("id")) for one in there}
    return normal_assignments([body_of(write)])[0] in normal_assignments(there)


def _asked_for(kind: Contract, write: PlannedWrite, reading: PolicyReading) -> dict[str, Any]:
    """The payload as far as this request speaks of it: the policy, or one of its parts."""
    body: dict[str, Any] = unbound(body_of(write))
    if write.binds:
        return payload_of_creation(kind, write.path, body)
    if write.purpose in _LINKING:
        return _link_after(kind, write, reading)
    part = _part(kind, write)
    if part is None:
        return body
    if part.action:
        return {part.name: body[part.body_key]}
    return {part.name: _entities_after(part, write, reading, body)}


def _link_after(kind: Contract, write: PlannedWrite, reading: PolicyReading) -> dict[str, Any]:
    """The link as it is when this one request was applied."""
    # Graph's own address: the type that declares the link, the link, and of several the object.
    cast, _, *rest = _tail(kind, write).removesuffix(_REFERENCE).split("/")
    body = body_of(write)
    there = (reading.payload or {}).get(write.member)
    if write.method == "PUT":
        after: Any = {"id": linked_by(body)}
    elif write.method == "DELETE":
        after = [one for one in there or [] if str(one["id"]).lower() not in rest] if rest else None
    else:
        linked = linked_by(body)
        after = [*(one for one in there or [] if one["id"].lower() != linked), {"id": linked}]
    return {TYPE: f"#{cast}", write.member: after}


def _entities_after(
    part: Part, write: PlannedWrite, reading: PolicyReading, body: dict[str, Any]
) -> list[dict[str, Any]]:
    """The entities of a part as they are when this one request was applied."""
    there = [dict(one) for one in (reading.payload or {}).get(part.name) or []]
    object_id = write.path.rpartition("/")[2]
    if write.method == "POST":
        rest = [one for one in there if one.get(part.key) != body.get(part.key)]
        return [*rest, body]
    if write.method == "DELETE":
        return [one for one in there if str(one.get("id")) != object_id]
    return [{**one, **body} if str(one.get("id")) == object_id else one for one in there]


def _part(kind: Contract, write: PlannedWrite) -> Part | None:
    """The part of the policy that a request writes."""
    return next((one for one in kind.parts if one.name == write.member), None)


def _tail(kind: Contract, write: PlannedWrite) -> str:
    """What stands behind the policy's own address."""
    rest = write.path.removeprefix(kind.path).strip("/")
    return rest.partition("/")[2]
