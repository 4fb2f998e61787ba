"""Objects that a run may have created twice: looked for at its end, and once more some time later.

A creation is sent a second time only after its absence is proven. Should the service apply the
first request even later, two objects stand there, and the run says so.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from restore_safety.execution.reconcile import WAITED_BEYOND, is_made_since
from restore_safety.execution.target_state import is_whole, look_at_all, newcomers_of, shortfalls
from restore_safety.models import RestoreItem, RestoreWrite, WriteState
from restore_safety.policies.reading import TargetReader
from restore_safety.truth.attention import ItemOutcome
from tenants.graph.client import GraphClient
from tenants.graph.contracts import contract
from tenants.graph.errors import GraphError
from tenants.graph.fence import PlannedWrite


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """Objects beside an item's own that the same request may have made.

    Without ids there may be some: the tenant could not be read.
    """

    item: RestoreItem
    object_ids: tuple[str, ...] = ()
    error: GraphError | None = None


def duplicates_of(
    client: GraphClient,
    items: Iterable[RestoreItem],
    planned: Callable[[RestoreItem], tuple[PlannedWrite, ...]],
) -> Iterator[Duplicates]:
    """The items of which the tenant holds, or may hold, another object like what they created."""
    reader = TargetReader(client)
    for item in items:
        row = _resent_creation(item)
        if row is None:
            continue
        kind = contract(item.contract_key)
        create = next(write for write in planned(item) if write.binds)
        listing = reader.collection(kind)
        if listing.error is not None:
            yield Duplicates(item=item, error=listing.error)
            continue
        others = [
            one
            for one in newcomers_of(kind, item.plan_item, create, listing.objects)
            if one != item.target_object_id
        ]
        readings = look_at_all(client, item.contract_key, others)
        found = [
            object_id
            for object_id, reading in readings.items()
            if is_made_since(row.doubted_at, reading.payload or {})
            and not shortfalls(kind, create, reading)
        ]
        unread = [one for one in readings.values() if not (is_whole(one) or one.is_absent)]
        if found or unread:
            error = next((one.error for one in unread if not found), None)
            yield Duplicates(item=item, object_ids=tuple(found), error=error)


def last_look_at(items: Iterable[RestoreItem]) -> datetime | None:
    """Return when nothing that was sent can be applied any more; None where nothing is in doubt.

    In doubt is what was created by a second request, and what came to an unknown outcome.
    """
    rows = [_resent_creation(item) or _unknown_write(item) for item in items]
    began = [row.doubted_at for row in rows if row is not None and row.doubted_at is not None]
    if not began:
        return None
    within = timedelta(seconds=settings.REQUEST_APPLIED_WITHIN_SECONDS)
    return max(began) + within + WAITED_BEYOND


def _resent_creation(item: RestoreItem) -> RestoreWrite | None:
    """The request that created the item's object, where it was not the first one that was sent."""
    creates = {write["id"] for write in item.plan_item.writes if write["binds"]}
    for row in item.writes.all():
        is_resent = row.doubted_at is not None and row.intent_at != row.doubted_at
        if row.operation_id in creates and row.state == WriteState.APPLIED and is_resent:
            return row
    return None


def _unknown_write(item: RestoreItem) -> RestoreWrite | None:
    if item.outcome != ItemOutcome.OUTCOME_UNKNOWN:
        return None
    return next(
        (row for row in item.writes.all() if row.doubts and row.state != WriteState.APPLIED), None
    )
