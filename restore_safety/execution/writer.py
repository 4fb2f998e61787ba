"""Writing one item: compare it, send its requests in order, and read it back."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from operations.lifecycle import Lease
from restore_safety.execution import journal, multi_admin_results, not_written
from restore_safety.execution import results as outcomes
from restore_safety.execution.deletion import still_referring
from restore_safety.execution.freshness import Freshness
from restore_safety.execution.journal import SENT_WITHOUT_ANSWER, Settlement
from restore_safety.execution.multi_admin_approval import (
    Approvals,
    filed_write_of,
)
from restore_safety.execution.pauses import outage_pause, pause_for
from restore_safety.execution.plan import bind_created, planned_writes
from restore_safety.execution.reconcile import (
    READ_BACK_WAITS,
    AftermathReader,
    is_partly_applied,
    may_come_late,
)
from restore_safety.execution.sending import (
    AlreadyAsWantedError,
    ItemPutOffError,
    RequestRefusedError,
    RequestSender,
    UnknownOutcomeError,
)
from restore_safety.execution.target_state import (
    Listings,
    TargetReading,
    TargetState,
    compare,
    is_whole,
    look,
)
from restore_safety.execution.verify import Verdict, verdict_on
from restore_safety.models import (
    REPLACING_DECISIONS,
    ItemState,
    RestoreItem,
    RestoreRun,
    RestoreWrite,
    WriteApproval,
    WriteState,
)
from restore_safety.policies.reading import PolicyReading
from restore_safety.truth.attention import ReasonCode
from tenants.graph.contracts import contract
from tenants.graph.errors import ErrorKind
from tenants.graph.fence import PlannedWrite, WriteFence, placeholder_keys
from tenants.graph.filing import ApprovalStatus
from tenants.graph.writer import GraphWriter

# A service that has a worker wait during each of so many readings is not ready to be written to.
MOST_READINGS = 3


@dataclass(slots=True, kw_only=True)
class ItemWriter:
    """Writes items of one run under one lease, through one fence."""

    run: RestoreRun
    lease: Lease
    client: GraphWriter
    fence: WriteFence
    # The targets (type and id) of which the state before this run is kept.
    kept: frozenset[tuple[str, str]]
    freshness: Freshness
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    approvals: Approvals = field(init=False)
    listings: Listings = field(init=False)
    sender: RequestSender = field(init=False)

    def __post_init__(self) -> None:
        self.approvals = Approvals(
            run=self.run, lease=self.lease, client=self.client, clock=self.clock
        )
        self.listings = Listings(self.client, clock=self.clock)
        self.sender = RequestSender(
            run=self.run,
            lease=self.lease,
            client=self.client,
            fence=self.fence,
            approvals=self.approvals,
            aftermaths=AftermathReader(client=self.client, clock=self.clock, sleep=self.sleep),
            compare=self.compare,
            look=self.look,
            clock=self.clock,
        )

    def planned(self, item: RestoreItem) -> tuple[PlannedWrite, ...]:
        """The item's requests, with the ids of what this run has created in their places."""
        return tuple(self.fence.as_known(write) for write in planned_writes(item.plan_item))

    def compare(self, item: RestoreItem) -> TargetReading:
        """Hold the tenant against what the preview saw of this item.

        Raises RunPausedError where no reading is of one moment.
        """
        planned = self.planned(item)
        return self._of_one_moment(
            lambda: compare(self.client, item.plan_item, planned, listings=self.listings),
            lambda seen: seen.state is not TargetState.UNREADABLE,
        )

    def look(self, item: RestoreItem) -> PolicyReading:
        """Read the item's object; raises as `compare` does."""
        return self._of_one_moment(
            lambda: look(self.client, item.contract_key, item.target_object_id), is_whole
        )

    def _of_one_moment[Seen](
        self, read: Callable[[], Seen], is_read: Callable[[Seen], bool]
    ) -> Seen:
        """Read anew what may have changed while a part of it was waited for."""
        for _ in range(MOST_READINGS):
            with self.freshness.watched():
                seen = read()
            if not (is_read(seen) and self.freshness.is_lost):
                return seen
            self.listings.forget()
        raise outage_pause(ErrorKind.THROTTLED, run=self.run, now=self.clock())

    def rehearse(self, item: RestoreItem) -> Settlement:
        """Everything a real restore would do with this item, up to the write."""
        sighting = self.compare(item)
        match sighting.state:
            case TargetState.AS_PREVIEWED:
                return not_written.rehearsed(item.plan_item)
            case TargetState.AS_WANTED:
                return outcomes.as_wanted(item.plan_item, sighting.reading)
            case TargetState.MOVED | TargetState.UNREADABLE:
                return self._not_as_previewed(sighting)

    def write(self, item: RestoreItem) -> Settlement:
        """Write an item that is not begun, if the tenant still is as the preview saw it.

        Raises ItemPutOffError where nothing can be said yet, RunPausedError where the run waits.
        """
        if settlement := self._held_back(item):
            return settlement
        sighting = self.compare(item)
        match sighting.state:
            case TargetState.AS_WANTED:
                self._adopt(item, sighting)
                return outcomes.as_wanted(item.plan_item, sighting.reading)
            case TargetState.MOVED | TargetState.UNREADABLE:
                return self._not_as_previewed(sighting)
            case TargetState.AS_PREVIEWED:
                journal.note_compared(lease=self.lease, item=item, now=self.clock())
        if self._lacks_pre_image(item):
            return not_written.no_pre_image()
        return self._send_all(item)

    def resume(self, item: RestoreItem) -> Settlement:
        """Go on with an item that was begun: first find out what became of it.

        Raises as `write` does.
        """
        return self._send_all(item, is_resumed=True)

    def left_filed(self, item: RestoreItem) -> Settlement:
        """The run is cancelled while the item waits for the tenant's approver."""
        return self._ended_early(item, RequestRefusedError(ReasonCode.RUN_CANCELLED))

    def read_back(self, item: RestoreItem) -> Settlement:
        """Hold a written item once more against what was sent; nothing is written."""
        if any(row.state != WriteState.APPLIED for row in item.writes.all()):
            return outcomes.part_read_again(item, self._verdict(item, (0.0,)))
        return self._written(item, waits=(0.0,))

    def _not_as_previewed(self, sighting: TargetReading) -> Settlement:
        """The end of an item that changed since the preview, or that could not be read."""
        if sighting.state is TargetState.MOVED:
            return not_written.moved()
        pause_for(sighting.error, run=self.run, now=self.clock())
        return outcomes.not_read(sighting.error)

    def _adopt(self, item: RestoreItem, sighting: TargetReading) -> None:
        """Use what another write created as wanted for the item, and for whatever refers to it.

        Stored together with the result: on record alone, it would bind the next worker to an
        object that may be gone by then.
        """
        if item.target_object_id or sighting.reading is None:
            return
        item.target_object_id = sighting.reading.object_id
        bind_created(self.fence, item)

    def _lacks_pre_image(self, item: RestoreItem) -> bool:
        is_replaced = item.plan_item.decision in REPLACING_DECISIONS
        return is_replaced and (item.contract_key, item.target_object_id) not in self.kept

    def is_held_back(self, item: RestoreItem) -> bool:
        """Whether an item that this one refers to, or that refers to it, is not done."""
        try:
            return self._held_back(item) is not None
        except ItemPutOffError:
            return True

    def _held_back(self, item: RestoreItem) -> Settlement | None:
        """The end of an item that waits for another one which was not written."""
        missing = self._unwritten_dependency(item)
        referring = still_referring(run=self.run, planned=item.plan_item)
        if any(one is not None and one.state != ItemState.SETTLED for one in (missing, referring)):
            raise ItemPutOffError(None)
        if missing:
            return not_written.dependency_failed(missing.name)
        return not_written.still_referred_to(referring.name) if referring else None

    def _unwritten_dependency(self, item: RestoreItem) -> RestoreItem | None:
        """An item this one refers to, when the tenant does not have it yet."""
        own = str(item.backup_item_id)
        for write in planned_writes(item.plan_item):
            for key in placeholder_keys(f"{write.path} {(write.body or b'').decode()}"):
                if key != own and not self.fence.is_bound(key):
                    return self.run.items.get(backup_item=UUID(key))
        return None

    def _rows(self, item: RestoreItem) -> Iterator[tuple[RestoreWrite, PlannedWrite]]:
        """Each request with its row; resolved one by one, as one may give the next its object."""
        by_id = {write.operation_id: write for write in planned_writes(item.plan_item)}
        for row in sorted(item.writes.all(), key=lambda row: row.position):
            yield row, self.fence.as_known(by_id[row.operation_id])

    def _open_rows(self, item: RestoreItem) -> Iterator[tuple[RestoreWrite, PlannedWrite]]:
        return (pair for pair in self._rows(item) if pair[0].state != WriteState.APPLIED)

    def _send_all(self, item: RestoreItem, *, is_resumed: bool = False) -> Settlement:
        """Send what is still open, in order; the first that is not taken ends the item."""
        try:
            for row, write in self._open_rows(item):
                is_sent = row.state in SENT_WITHOUT_ANSWER
                if is_sent and self.sender.is_applied(item, row, write, None):
                    continue
                self.sender.send(item, row, write, has_waited=is_resumed)
        except AlreadyAsWantedError as error:
            self._adopt(item, error.sighting)
            settlement = outcomes.as_wanted(item.plan_item, error.sighting.reading)
            return multi_admin_results.with_request(settlement, filed_write_of(item))
        except UnknownOutcomeError as error:
            filed = filed_write_of(item)
            if filed is not None and filed.status_member is ApprovalStatus.COMPLETED:
                return multi_admin_results.carried_out_elsewhere(filed)
            return outcomes.unknown(error.cause, found=error.found)
        except RequestRefusedError as error:
            return self._ended_early(item, error)
        return self._written(item, waits=READ_BACK_WAITS)

    def _ended_early(self, item: RestoreItem, error: RequestRefusedError) -> Settlement:
        if any(may_come_late(row, self.clock()) for row in item.writes.all()):
            return outcomes.unknown(error.cause)
        filed = filed_write_of(item)
        if filed is not None:
            return self._ended_once_filed(item, filed, error)
        if not is_partly_applied(item):
            if error.is_unread:
                return outcomes.not_read(error.cause)
            return outcomes.refused(error.reason, error.cause)
        verdict = self._verdict(item, READ_BACK_WAITS)
        return outcomes.cut_short(error.reason, error.cause, verdict=verdict)

    def _ended_once_filed(
        self, item: RestoreItem, filed: WriteApproval, error: RequestRefusedError
    ) -> Settlement:
        if error.is_unread and filed.is_open:
            # Nothing is lost by looking again later: the approval stands until it expires.
            self.approvals.keep_waiting(item, filed)
            raise ItemPutOffError(None)
        verdict = self._verdict(item, READ_BACK_WAITS) if is_partly_applied(item) else None
        return multi_admin_results.ended(error.reason, error.cause, filed, verdict=verdict)

    def _written(self, item: RestoreItem, *, waits: tuple[float, ...]) -> Settlement:
        return outcomes.written(item.plan_item, self._verdict(item, waits))

    def _verdict(self, item: RestoreItem, waits: tuple[float, ...]) -> Verdict:
        """Read the item back and hold it against every request that was taken."""
        kind = contract(item.contract_key)
        taken = [write for row, write in self._rows(item) if row.state == WriteState.APPLIED]
        verdict = Verdict()
        for wait in waits:
            self.sleep(wait)
            reading = look(self.client, item.contract_key, item.target_object_id)
            verdict = verdict_on(kind, taken, reading)
            if verdict.is_final:
                break
        return verdict
