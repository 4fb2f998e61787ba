"""Sending one request: ask whether it may leave, store the intent, send, and settle a silence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Never

from operations.lifecycle import Lease
from restore_safety.execution import authorization, journal
from restore_safety.execution import results as outcomes
from restore_safety.execution.multi_admin_approval import (
    NOT_APPROVED,
    Approvals,
    approval_of,
    code_of,
    status_of,
)
from restore_safety.execution.pauses import RunPausedError, is_long_wait, is_service_out, pause_for
from restore_safety.execution.plan import bind_created
from restore_safety.execution.reconcile import (
    Aftermath,
    AftermathReader,
    Finding,
    absence_proves_at,
    is_as_before,
    is_partly_applied,
    may_come_late,
)
from restore_safety.execution.target_state import (
    TargetReading,
    TargetState,
    assignments_in,
    assigns,
    is_whole,
)
from restore_safety.models import (
    RestoreItem,
    RestoreRun,
    RestoreWrite,
    WriteState,
)
from restore_safety.policies.reading import PolicyReading, TargetReader
from restore_safety.truth.attention import ReasonCode
from tenants.audit import trail
from tenants.graph.contracts import contract
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.fence import PlannedWrite, WriteFence
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
class RequestSender:
    """Sends the requests of one run under one lease, through one fence."""

    run: RestoreRun
    lease: Lease
    client: GraphWriter
    fence: WriteFence
    approvals: Approvals
    aftermaths: AftermathReader
    compare: Callable[[RestoreItem], TargetReading]
    look: Callable[[RestoreItem], PolicyReading]
    clock: Callable[[], datetime]

    def send(
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
                if self.is_applied(item, row, write, error):
                    return
            else:
                self._take(item, row, write, answer)
                return

    def _is_carried_out(self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite) -> bool:
        """Whether the tenant carried the write out already, with the approval it was filed for.

        Raises ItemPutOffError while no one has decided, RequestRefusedError where it was turned
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
                if has_waited or waited_for_turn or is_partly_applied(item):
                    self._confirm_still_wanted(item, write)
                    # Comparing may have taken its time.
                    self._confirm_allowed()
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
        """After a wait others may have changed what is to be written."""
        if not is_partly_applied(item):
            self._confirm_as_previewed(item)
            return
        reading = self.look(item)
        if not is_whole(reading) and not reading.is_absent:
            self._refuse_unread(reading.error)
        if not is_as_before(contract(item.contract_key), item, write, reading):
            raise RequestRefusedError(ReasonCode.TARGET_MOVED)

    def _confirm_as_previewed(self, item: RestoreItem) -> None:
        sighting = self.compare(item)
        match sighting.state:
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
        if authorization.is_cancelled(self.lease):
            raise RequestRefusedError(ReasonCode.RUN_CANCELLED)
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

    def is_applied(
        self,
        item: RestoreItem,
        row: RestoreWrite,
        write: PlannedWrite,
        error: GraphError | None,
    ) -> bool:
        """Whether a request was applied although no success came back; False: it may be sent again.

        Without an error it is one that an earlier turn left without an answer. Raises
        RequestRefusedError when it was not taken for good, ItemPutOffError when only time
        shows it, UnknownOutcomeError when nothing does.
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
