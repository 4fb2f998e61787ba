"""The stored plan as execution consumes it: nothing here decides, it only reads rows."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

from restore_safety.models import CapturedEvidence, PlanItem, RestoreItem, WriteState
from restore_safety.policies.plan import plan_hash
from tenants.graph.contracts import contract
from tenants.graph.fence import PlannedWrite, WriteFence, WritePurpose

# The bodies of the requests come with the rows, so only few stand in memory at once.
_CHUNK = 200


class PlanAlteredError(Exception):
    """The stored plan no longer has the hash that was confirmed."""


def planned_writes(item: PlanItem) -> tuple[PlannedWrite, ...]:
    """The requests of one item, byte for byte as they were previewed."""
    return tuple(
        PlannedWrite(
            operation_id=write["id"],
            purpose=WritePurpose(write["purpose"]),
            member=_member(item, write),
            method=write["method"],
            version=write["version"],
            path=write["path"],
            body=None if write["body"] is None else write["body"].encode(),
            binds=write["binds"] or None,
        )
        for write in item.writes
    )


def confirm_unaltered(*, preview: CapturedEvidence, confirmed_hash: str) -> None:
    """Return only when the rows still add up to the hash that people confirmed."""
    rows = preview.plan.order_by("position").iterator(chunk_size=_CHUNK)
    try:
        # Closed here, or PostgreSQL's cursor outlives the transaction that is then rolled back.
        with closing(rows):  # type: ignore[type-var]  # Django answers with a generator
            stored = plan_hash(rows)
    except (AttributeError, KeyError, TypeError) as error:
        # Rows that are not even shaped like a plan add up to none.
        raise PlanAlteredError(str(preview.pk)) from error
    if stored != confirmed_hash:
        raise PlanAlteredError(str(preview.pk))


def fence_for(
    items: Sequence[RestoreItem], *, is_dry_run: bool, may_delete_policies: bool = False
) -> WriteFence:
    """A fence around what is still to be written; a dry run gets one without a single gate."""
    if is_dry_run:
        return WriteFence(())
    plan = tuple(write for item in items for write in planned_writes(item.plan_item))
    fence = WriteFence(plan, may_delete_policies=may_delete_policies)
    for item in items:
        for row in item.writes.all():
            if row.state == WriteState.APPLIED:
                fence.spend(row.operation_id)
        bind_created(fence, item)
    return fence


def bind_created(fence: WriteFence, item: RestoreItem) -> None:
    """Let what refers to this item's new object use its id, once it has one."""
    creates = any(write["binds"] for write in item.plan_item.writes)
    if creates and item.target_object_id:
        fence.bind(str(item.backup_item_id), item.target_object_id)


def _member(item: PlanItem, write: Mapping[str, Any]) -> str:
    """The part or link that a request writes; plans of before say it by the address alone."""
    if "member" in write:
        return str(write["member"])
    kind = contract(item.backup_item.contract_key)
    below = str(write["path"]).removeprefix(kind.path).strip("/").split("/")[1:]
    match WritePurpose(write["purpose"]):
        case WritePurpose.LINK | WritePurpose.UNLINK:
            return below[1]
        case WritePurpose.SET_PART | WritePurpose.REMOVE_PART | WritePurpose.SCHEDULE:
            return next(one.name for one in kind.parts if below[0] in (one.action, one.name))
        case _:
            return ""
