"""What becomes of an item under way when a restore is cancelled."""

from collections.abc import Mapping

from operations.models import OperationRun
from restore_safety.models import ItemState, RestoreItem
from restore_safety.truth.attention import ItemFact
from restore_safety.truth.continuing import RemainingState, continuable


def in_flight_sentence(run: OperationRun) -> str:
    """What is still finished before the restore stops, and what is not begun; one query.

    It speaks of a run that a worker has begun: one that is only queued ends at once.
    """
    items = RestoreItem.objects.filter(run__operation_run=run)
    in_flight = items.filter(state=ItemState.IN_FLIGHT).order_by("position")
    name = in_flight.values_list("name", flat=True).first()
    if name is None:
        return "Nothing is being written right now, and nothing more is begun."
    if run.lease_expires_at is None:
        # Paused, or its worker is gone: nothing is sent until a worker takes it up again.
        return (
            f"“{name}” was begun, and nothing is sent while the run waits: what came of it is read "
            "back. Nothing after it is begun."
        )
    return (
        f"“{name}” is being written: it is finished first and read back. Nothing after it is begun."
    )


def remainder_of(facts: Mapping[ItemFact, int]) -> tuple[tuple[str, object], ...]:
    """How many items of a cancelled restore came to what, and how many to nothing."""
    counts = continuable(facts).counts
    return tuple((state.label, str(counts[state])) for state in RemainingState if counts.get(state))
