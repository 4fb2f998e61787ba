"""What a restore's rows say, held against what the audit trail kept of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from restore_safety.execution.audit_anchor import result_kept_of
from restore_safety.models import RestoreRun
from restore_safety.models.run import SNAPSHOT_KEY
from tenants.audit.verification import is_as_written
from tenants.canonical_json import carried, digest_of
from tenants.models import AuditEvent
from tenants.models.audit_hash import kept_text

QUEUED, ENDED, WORK_ENDED = "restore.queued", "restore.ended", "operation.ended"
# What the monitoring record may have come to where the restore came to this.
OUTCOMES_OF = {
    "completed": ("succeeded", "partially_succeeded"),
    "partial": ("partially_succeeded",),
    "failed": ("failed",),
    "cancelled": ("cancelled",),
}
_NO_QUEUEING = "The audit trail has no event of its queueing."
_NO_END = "The audit trail has no event of its end."


class TrailDisagreesError(Exception):
    """The rows say another thing than the trail; the message is one sentence that says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchors:
    """The events that hold the digests of confirmation and result; None where none does."""

    confirmation: AuditEvent | None
    result: AuditEvent | None

    @property
    def of_confirmation(self) -> str:
        return _anchored_in(
            self.confirmation, "it was queued before the trail kept a digest of this"
        )

    @property
    def of_result(self) -> str:
        return _anchored_in(self.result, "it ended before the trail kept a digest of this")


def anchors_of(run: RestoreRun) -> Anchors:
    """Which events anchor the run; nothing is compared with them here."""
    return _anchors(_events_of(run))


def confirmed_anchors_of(run: RestoreRun) -> Anchors:
    """The anchors of a run that has ended; TrailDisagreesError where its rows say another thing."""
    events = _events_of(run)
    anchors = _anchors(events)
    if QUEUED not in {event.action for event in events}:
        raise TrailDisagreesError(_NO_QUEUEING)
    if anchors.confirmation and not anchors.result:
        raise TrailDisagreesError(_NO_END)
    for event in events:
        if not is_as_written(event):
            raise TrailDisagreesError(f"{_named(event)} is not what was written.")
        for what, is_the_same in _compared(run, event):
            if not is_the_same:
                raise TrailDisagreesError(
                    f"Its stored {what} is not what the audit trail holds of it "
                    f"({_named(event).lower()})."
                )
    return anchors


def _events_of(run: RestoreRun) -> list[AuditEvent]:
    own, work = f"restore_run:{run.pk}", f"operation_run:{run.operation_run_id}"
    events = AuditEvent.objects.in_tenant(run.tenant).filter(
        action__in=(QUEUED, ENDED, WORK_ENDED), subject__in=(own, work)
    )
    return list(events.order_by("chain_id", "sequence"))


def _anchors(events: list[AuditEvent]) -> Anchors:
    queued = [one for one in events if one.action == QUEUED and "snapshot" in one.detail]
    ended = [one for one in events if one.action == ENDED]
    return Anchors(confirmation=queued[-1] if queued else None, result=ended[-1] if ended else None)


def _compared(run: RestoreRun, event: AuditEvent) -> Iterator[tuple[str, bool]]:
    match event.action:
        case "restore.queued":
            return _queueing(run, event)
        case "restore.ended":
            return _end(run, event.detail)
        case _:
            return iter([("status", event.detail.get("outcome") in OUTCOMES_OF[run.status])])


def _queueing(run: RestoreRun, event: AuditEvent) -> Iterator[tuple[str, bool]]:
    kept, snapshot = event.detail, run.metadata.get(SNAPSHOT_KEY)
    yield "requester", event.actor_id == run.requested_by_id
    yield "reason", kept.get("reason") == kept_text(run.reason)
    yield "kind", kept.get("is_dry_run") is run.is_dry_run
    yield "fingerprint", kept.get("fingerprint") == run.fingerprint
    yield "plan hash", kept.get("plan_hash") == run.plan_hash
    if "snapshot" in kept:
        yield "snapshot", kept["snapshot"] == digest_of(carried(snapshot))
        queued_at = datetime.fromisoformat(snapshot["queued_at"])
        yield "time of queueing", queued_at == run.created_at
    elif snapshot:
        said = (snapshot.get("actor_id"), snapshot.get("reason"), snapshot.get("is_dry_run"))
        yield "snapshot", said == (str(event.actor_id), run.reason, run.is_dry_run)


def _end(run: RestoreRun, kept: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    names = {
        "status": "status",
        "ended_at": "time of its end",
        "pre_restore_set": "pre-restore backup",
        "items": "number of items",
        "outcomes": "count of outcomes",
        "writes": "count of writes",
        "items_digest": "item facts",
    }
    stored = result_kept_of(run)
    for name, what in names.items():
        yield what, kept.get(name) == stored[name]


def _named(event: AuditEvent) -> str:
    return f"Record {event.sequence} of the chain {event.chain_id}"


def _anchored_in(event: AuditEvent | None, why_not: str) -> str:
    if event is None:
        return f"Not anchored: {why_not}."
    return f"Anchored in record {event.sequence} of the chain {event.chain_id}."
