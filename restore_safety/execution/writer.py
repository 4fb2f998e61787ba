"""Writing one item: compare, store the intent, send, read back; and finding out after a silence."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Never
from uuid import UUID

from operations.lifecycle import Lease
from restore_safety.execution import authorization, journal, multi_admin_results
from restore_safety.execution import results as outcomes
from restore_safety.execution.deletion import still_referring
from restore_safety.execution.journal import SENT_WITHOUT_ANSWER, Settlement
from restore_safety.execution.multi_admin_approval import (
    NOT_APPROVED,
    Approvals,
    approval_of,
    code_of,
    filed_write_of,
    status_of,
)
from restore_safety.execution.pauses import RunPausedError, is_long_wait, is_service_out, pause_for
from restore_safety.execution.plan import bind_created, planned_writes
from restore_safety.execution.reconcile import (
    READ_BACK_WAITS,
    Aftermath,
    AftermathReader,
    Finding,
    absence_proves_at,
    is_as_before,
    is_begun,
    may_come_late,
)
from restore_safety.execution.target_state import (
    Listings,
    TargetReading,
    TargetState,
    assignments_in,
    assigns,
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
from restore_safety.policies.reading import TargetReader
from restore_safety.truth.attention import ReasonCode
from tenants.audit import trail
from tenants.graph.contracts import contract
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.fence import PlannedWrite, WriteFence, placeholder_keys
from tenants.graph.filing import ApprovalStatus
from tenants.graph.references import ReferenceKind, references_of
from tenants.graph.writer import GraphWriter, WriteAnswer
from tenants.models import AuditOutcome

# A request that was proven not to be applied is sent once more, and not a third time.
MOST_DOUBTS = 2


class ItemPutOffError(Exception):
    """Nothing can be said of the item yet; it is taken up again later in the run.

    `until` is when, or None where it waits for another item.
    """

    def __init__(self, until: datetime | None) -> None:
        super().__init__(until)
        self.until = until


class UnknownOutcomeError(Exception):
    """It cannot be established whether a request was applied."""

    def __init__(self, cause: GraphError | None, found: Finding) -> None:
        super().__init__()
        self.cause = cause
        self.found = found


class RequestRefusedError(Exception):
    """A request was refused, held back, or is proven not to have been applied."""

    def __init__(
        self, reason: ReasonCode, cause: GraphError | None = None, *, is_unread: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cause = cause
        # It never left, because the tenant could not be looked at first.
        self.is_unread = is_unread


class AlreadyAsWantedError(Exception):
    """After a wait the tenant holds what was about to be written."""

    def __init__(self, sighting: TargetReading) -> None:
        super().__init__()
        self.sighting = sighting


@dataclass(slots=True, kw_only=True)
class ItemWriter:
    """Writes items of one run under one lease, through one fence."""

    run: RestoreRun
    lease: Lease
    client: GraphWriter
    fence: WriteFence
    # The targets (type and id) of which the state before this run is kept.
    kept: frozenset[tuple[str, str]]
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    approvals: Approvals = field(init=False)
    listings: Listings = field(init=False)
    aftermaths: AftermathReader = field(init=False)

    def __post_init__(self) -> None:
        self.approvals = Approvals(
            run=self.run, lease=self.lease, client=self.client, clock=self.clock
        )
        self.listings = Listings(self.client, clock=self.clock)
        self.aftermaths = AftermathReader(client=self.client, clock=self.clock, sleep=self.sleep)

    def planned(self, item: RestoreItem) -> tuple[PlannedWrite, ...]:
        """The item's requests, with the ids of what this run has created in their places."""
        return tuple(self.fence.as_known(write) for write in planned_writes(item.plan_item))

    def compare(self, item: RestoreItem) -> TargetReading:
        """Hold the tenant against what the preview saw of this item."""
        return compare(self.client, item.plan_item, self.planned(item), listings=self.listings)

    def write(self, item: RestoreItem) -> Settlement:
        """Write an item that is not begun, if the tenant still is as the preview saw it.

        Raises ItemPutOffError where nothing can be said yet, RunPausedError where the run waits.
        """
        if settlement := self._held_back(item):
            return settlement
        sighting = self.compare(item)
        match sighting.standing:
            case TargetState.AS_WANTED:
                self._adopt(item, sighting)
                return outcomes.as_wanted(item.plan_item, sighting.reading)
            case TargetState.MOVED:
                return outcomes.moved()
            case TargetState.UNREADABLE:
                pause_for(sighting.error, run=self.run, now=self.clock())
                return outcomes.not_read(sighting.error)
            case TargetState.AS_PREVIEWED:
                journal.note_compared(lease=self.lease, item=item, now=self.clock())
        if self._lacks_pre_image(item):
            return outcomes.no_pre_image()
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
        return self._written(item, waits=(0.0,))

    def _adopt(self, item: RestoreItem, sighting: TargetReading) -> None:
        """What somebody else created as wanted stands for the item, for whatever refers to it.

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
            return outcomes.dependency_failed(missing.name)
        return outcomes.still_referred_to(referring.name) if referring else None

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
                if is_sent and self._is_applied(item, row, write, None):
                    continue
                self._send(item, row, write, has_waited=is_resumed)
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
        if not is_begun(item):
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
        verdict = self._verdict(item, READ_BACK_WAITS) if is_begun(item) else None
        return multi_admin_results.ended(error.reason, error.cause, filed, verdict=verdict)

    def _is_carried_out(self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite) -> bool:
        """Whether the tenant carried the write out already, with the approval it was filed for.

        Raises ItemPutOffError while nobody has decided, RequestRefusedError where it was turned
        down, UnknownOutcomeError where it was carried out and is not to be seen.
        """
        status = status_of(row)
        if status is ApprovalStatus.NEEDS_APPROVAL and row.state == WriteState.FILED:
            raise ItemPutOffError(None)
        if status in NOT_APPROVED:
            raise RequestRefusedError(NOT_APPROVED[status])
        if status is not ApprovalStatus.COMPLETED:
            return False
        found = self.aftermaths.of(item, row, write)
        if found.aftermath is not Aftermath.APPLIED:
            raise UnknownOutcomeError(None, found)
        self._note_found(item, row, found)
        return True

    def _is_decided_otherwise(self, row: RestoreWrite, error: GraphError) -> bool:
        """Whether a refused write with its code was refused for what became of its request."""
        if approval_of(row) is None or error.is_ambiguous:
            return False
        self.approvals.read_again(row)
        return not code_of(row)

    def _send(
        self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite, *, has_waited: bool
    ) -> None:
        """Send one request; a silence is followed by reading back, and once more by sending."""
        while not self._is_carried_out(item, row, write):
            leaving = self._leaving(item, row, write, has_waited=has_waited or row.doubts > 0)
            code = code_of(row)
            try:
                answer = self.client.send(write, before_exchange=leaving, approval_code=code)
            except AlreadyAsWantedError as error:
                if not row.doubts:
                    raise
                # Applied late, by the exchange that got no answer.
                self._note_found(item, row, _found_in(error.sighting))
                return
            except GraphError as error:
                if is_long_wait(error) or is_service_out(error):
                    self._leave_for_later(item, row, error)
                needs_approval = error.kind is ErrorKind.APPROVAL_REQUIRED
                if needs_approval and self.approvals.file(item, row, write, error):
                    raise ItemPutOffError(None) from error
                if code and self._is_decided_otherwise(row, error):
                    continue
                if self._is_applied(item, row, write, error):
                    return
            else:
                self._take(item, row, write, answer)
                return

    def _leave_for_later(self, item: RestoreItem, row: RestoreWrite, error: GraphError) -> None:
        """Let the run wait for its turn to send; what was cancelled does not wait for it."""
        self._put_off(item, row)
        if authorization.is_cancelled(self.lease):
            raise RequestRefusedError(ReasonCode.RUN_CANCELLED) from error
        pause_for(error, run=self.run, now=self.clock())

    def _put_off(self, item: RestoreItem, row: RestoreWrite) -> None:
        filed = approval_of(row)
        if filed is not None and filed.is_open:
            self.approvals.keep_waiting(item, filed)
            return
        journal.put_off(lease=self.lease, item=item, write=row, now=self.clock())

    def _reason_of(self, item: RestoreItem, write: PlannedWrite, error: GraphError) -> ReasonCode:
        """Graph says of a group that is gone only that the assignment is not valid."""
        if error.status == HTTPStatus.BAD_REQUEST and assigns(write):
            kind = contract(item.contract_key)
            named = references_of(kind, {}, assignments_in(kind, write))
            groups = [one.id for one in named if one.kind is ReferenceKind.GROUP]
            if TargetReader(self.client).groups(groups).missing:
                return ReasonCode.GROUP_MISSING
        return outcomes.REASONS[error.kind]

    def _leaving(
        self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite, *, has_waited: bool
    ) -> Callable[[bool], None]:
        """What is asked and stored right before each exchange, a throttled one sent again too."""
        before = row.intent_at

        def leaving(waited_for_turn: bool) -> None:  # noqa: FBT001 -- as the client calls it
            try:
                self._confirm_allowed()
                # The first request of an item was compared just now; each later one is as well.
                if has_waited or waited_for_turn or is_begun(item):
                    self._confirm_still_wanted(item, write)
            except RunPausedError:
                self._put_off(item, row)
                raise
            except (RequestRefusedError, AlreadyAsWantedError):
                if row.intent_at != before:
                    journal.note_held_back(lease=self.lease, write=row, now=self.clock())
                raise
            journal.intend(lease=self.lease, item=item, write=row, now=self.clock())

        return leaving

    def _confirm_still_wanted(self, item: RestoreItem, write: PlannedWrite) -> None:
        """After a wait: others may have cancelled the run, or changed what is to be written."""
        if authorization.is_cancelled(self.lease):
            raise RequestRefusedError(ReasonCode.RUN_CANCELLED)
        if not is_begun(item):
            self._confirm_as_previewed(item)
            return
        reading = look(self.client, item.contract_key, item.target_object_id)
        if not is_whole(reading) and not reading.is_absent:
            self._refuse_unread(reading.error)
        if not is_as_before(contract(item.contract_key), item, write, reading):
            raise RequestRefusedError(ReasonCode.TARGET_MOVED)

    def _confirm_as_previewed(self, item: RestoreItem) -> None:
        sighting = self.compare(item)
        match sighting.standing:
            case TargetState.AS_WANTED:
                raise AlreadyAsWantedError(sighting)
            case TargetState.UNREADABLE:
                self._refuse_unread(sighting.error)
            case TargetState.MOVED:
                raise RequestRefusedError(ReasonCode.TARGET_MOVED)
            case TargetState.AS_PREVIEWED:
                journal.note_compared(lease=self.lease, item=item, now=self.clock())

    def _refuse_unread(self, error: GraphError | None) -> Never:
        """What cannot be looked at again is not written."""
        pause_for(error, run=self.run, now=self.clock())
        raise RequestRefusedError(outcomes.reason_of_reading(error), error, is_unread=True)

    def _confirm_allowed(self) -> None:
        if reason := authorization.refusal_of(self.run, at=self.clock()):
            raise RequestRefusedError(reason)

    def _take(
        self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite, answer: WriteAnswer
    ) -> None:
        if write.binds and not answer.object_id:
            # It was taken, but what came of it can only be found by looking for it.
            journal.note_doubt(lease=self.lease, write=row, error=None, now=self.clock())
            found = self.aftermaths.of(item, row, write)
            if found.aftermath is not Aftermath.APPLIED:
                raise UnknownOutcomeError(None, found)
            self._note_found(item, row, found)
            return
        journal.note_applied(
            lease=self.lease,
            item=item,
            write=row,
            object_id=answer.object_id if write.binds else "",
            status_code=answer.status,
            request_id=answer.request_id,
            now=self.clock(),
        )
        bind_created(self.fence, item)

    def _is_applied(
        self,
        item: RestoreItem,
        row: RestoreWrite,
        write: PlannedWrite,
        error: GraphError | None,
    ) -> bool:
        """Whether a request was applied although no success came back; False: it may be sent again.

        Without an error it is one that an earlier turn left without an answer. Raises
        RequestRefusedError when it was not taken for good, ItemPutOffError when only time can
        tell, UnknownOutcomeError when nothing can.
        """
        if error is not None and not error.is_ambiguous:
            return self._is_gone_already(item, row, write, error)
        if error is not None or row.state == WriteState.IN_FLIGHT:
            journal.note_doubt(lease=self.lease, write=row, error=error, now=self.clock())
        found = self.aftermaths.of(item, row, write)
        match found.aftermath:
            case Aftermath.APPLIED:
                self._note_found(item, row, found)
                return True
            case Aftermath.NOT_APPLIED if row.doubts < MOST_DOUBTS:
                return False
            case Aftermath.NOT_APPLIED if may_come_late(row, self.clock()):
                raise ItemPutOffError(absence_proves_at(row))
            case Aftermath.NOT_APPLIED:
                cause = error or _never_applied(row)
                journal.note_refused(lease=self.lease, write=row, error=cause, now=self.clock())
                raise RequestRefusedError(outcomes.REASONS[cause.kind], cause)
            case Aftermath.NOT_SHOWN:
                raise ItemPutOffError(absence_proves_at(row))
            case _:
                raise UnknownOutcomeError(error, found)

    def _is_gone_already(
        self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite, error: GraphError
    ) -> bool:
        """Whether a refused request asked for what is so anyway; any other refusal is raised."""
        if error.kind is ErrorKind.FENCE:
            self._report_incident(item, write)
        if write.method == "DELETE" and error.kind is ErrorKind.NOT_FOUND:
            self._note_found(item, row, Finding(aftermath=Aftermath.APPLIED))
            return True
        journal.note_refused(lease=self.lease, write=row, error=error, now=self.clock())
        raise RequestRefusedError(self._reason_of(item, write, error), error)

    def _note_found(self, item: RestoreItem, row: RestoreWrite, found: Finding) -> None:
        """Found by reading back: there is no answer whose status could be kept."""
        journal.note_applied(
            lease=self.lease,
            item=item,
            write=row,
            object_id=found.object_id or item.target_object_id,
            status_code=None,
            request_id=row.request_id,
            now=self.clock(),
        )
        self.fence.spend(row.operation_id)
        bind_created(self.fence, item)

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

    def _report_incident(self, item: RestoreItem, write: PlannedWrite) -> None:
        trail.record(
            action="restore.write_refused_by_fence",
            actor=self.run.requested_by,
            tenant=self.run.tenant,
            subject=f"restore_run:{self.run.pk}",
            outcome=AuditOutcome.DENIED,
            detail={"item": item.pk, "operation": write.operation_id, "method": write.method},
        )


def _found_in(sighting: TargetReading) -> Finding:
    reading = sighting.reading
    return Finding(aftermath=Aftermath.APPLIED, object_id=reading.object_id if reading else "")


def _never_applied(row: RestoreWrite) -> GraphError:
    return GraphError(
        "It was sent twice, and the tenant shows that it was never applied.",
        kind=ErrorKind.UNAVAILABLE if row.status_code else ErrorKind.UNREACHABLE,
        status=row.status_code,
        request_id=row.request_id,
    )
