"""Deletions, which only the undo of a restore makes: refused elsewhere, and held back in need."""

from collections.abc import Iterable

from restore_safety.execution.plan import PlanAlteredError, planned_writes
from restore_safety.models import Decision, PlanItem, RestoreItem, RestoreRun
from restore_safety.truth.attention import ItemOutcome

# What refers to a policy no longer does after these.
_TAKEN_BACK = frozenset({ItemOutcome.UPDATED, ItemOutcome.DELETED, ItemOutcome.UNCHANGED})


def confirm_only_an_undo_deletes(*, run: RestoreRun, items: Iterable[RestoreItem]) -> None:
    """Raise PlanAlteredError where the plan deletes what no undo of this run may delete.

    A deletion is of a policy that the undone restore created, and of nothing else.
    """
    for item in items:
        for write in planned_writes(item.plan_item):
            if write.deletes_policy and not _may_be_deleted(run, item, write.path):
                raise PlanAlteredError(str(run.preview_id))


def still_referring(*, run: RestoreRun, planned: PlanItem) -> RestoreItem | None:
    """An item whose policy refers to the one to be deleted, and was not taken back."""
    if planned.decision != Decision.DELETE or not planned.deleted_after:
        return None
    referring = run.items.filter(backup_item__in=planned.deleted_after)
    return referring.exclude(outcome__in=_TAKEN_BACK).order_by("position").first()


def _may_be_deleted(run: RestoreRun, item: RestoreItem, path: str) -> bool:
    planned = item.plan_item
    return (
        run.draft.undoes_id is not None
        and planned.decision == Decision.DELETE
        and planned.backup_item.is_created
        and bool(planned.target_object_id)
        and path.rpartition("/")[2] == planned.target_object_id == planned.backup_item.object_id
    )
