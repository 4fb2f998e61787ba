"""Writing one item: compare, store the intent, send, read back; and finding out after a silence."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from http import HTTPStatus

from operations.lifecycle import Lease
from restore_safety.backups.reading import PolicyReading, TargetReader
from restore_safety.models import (
    REPLACING_DECISIONS,
    Decision,
    RestoreItem,
    RestoreRun,
    RestoreWrite,
    WriteState,
)
from restore_safety.truth.attention import ReasonCode
from tenants import audit
from tenants.graph.contracts import AssignmentWrite, Contract, contract
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.fence import PLACEHOLDER, PlannedWrite, WriteFence
from tenants.graph.references import ReferenceKind, references_of
from tenants.graph.writer import GraphWriter, WriteAnswer
from tenants.models import AuditOutcome

from . import allowed, journal, outcomes
from .journal import SENT_WITHOUT_ANSWER, Settlement
from .plan import bind_created, planned_writes
from .removal import still_referring
from .target import (
    Listings,
    Sighting,
    Standing,
    adds,
    assignments_in,
    assigns,
    compare,
    digest_of_reading,
    has_assignments_of_preview,
    is_whole,
    look,
    look_at_all,
    newcomers_of,
    outcome_of,
    shortfalls,
)
from .verdict import Verdict, verdict_on

PLACEHOLDERS = re.compile(re.escape(PLACEHOLDER) + "([0-9a-f-]{36})")
# Graph may not show a new object for some seconds; these pauses add up to what is waited in place.
READ_BACK_WAITS = (0.0, 0.5, 1.5, 3.0)
# After this long an object that no full listing shows was not created. Far more than Graph takes:
# what is taken for absent is created once more.
ABSENCE_PROVES_AFTER = timedelta(minutes=2)
WAITED_BEYOND = timedelta(seconds=1)


class Aftermath(StrEnum):
    """What reading back says about a request that got no clear answer."""

    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    UNKNOWN = "unknown"


class UnknownOutcomeError(Exception):
    """Nobody can say whether a request was applied."""

    def __init__(self, cause: GraphError | None) -> None:
        super().__init__()
        self.cause = cause


class RequestRefusedError(Exception):
    """A request was refused, held back, or is proven not to have been applied."""

    def __init__(self, reason: ReasonCode, cause: GraphError | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.cause = cause


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
    listings: Listings = field(init=False)

    def __post_init__(self) -> None:
        self.listings = Listings(self.client, clock=self.clock)

    def planned(self, item: RestoreItem) -> tuple[PlannedWrite, ...]:
        """The item's requests, with the ids of what this run has created in their places."""
        return tuple(self.fence.as_known(write) for write in planned_writes(item.plan_item))

    def compare(self, item: RestoreItem) -> Sighting:
        """Hold the tenant against what the preview saw of this item."""
        return compare(self.client, item.plan_item, self.planned(item), listings=self.listings)

    def write(self, item: RestoreItem) -> Settlement:
        """Write an item nobody has begun, if the tenant still is as the preview saw it."""
        if settlement := self._held_back(item):
            return settlement
        sighting = self.compare(item)
        match sighting.standing:
            case Standing.AS_WANTED:
                self._adopt(item, sighting)
                return outcomes.as_wanted(item.plan_item, sighting.reading)
            case Standing.MOVED:
                return outcomes.moved()
            case Standing.UNREADABLE:
                return outcomes.not_read(sighting.error)
            case Standing.AS_PREVIEWED:
                journal.note_compared(lease=self.lease, item=item, now=self.clock())
        if self._lacks_pre_image(item):
            return outcomes.no_pre_image()
        return self._send_all(item)

    def resume(self, item: RestoreItem) -> Settlement:
        """Go on with an item that was begun: first find out what became of it."""
        for row, write in self._open_rows(item):
            is_sent = row.state in SENT_WITHOUT_ANSWER
            aftermath = self._aftermath(item, row, write)
            if aftermath is Aftermath.UNKNOWN and is_sent:
                return outcomes.unknown()
            if aftermath is Aftermath.UNKNOWN:
                return self._ended_early(item, RequestRefusedError(ReasonCode.TARGET_MOVED))
            if aftermath is Aftermath.NOT_APPLIED or not is_sent:
                break
            self._note_applied(item, row)
        return self._send_all(item)

    def read_back(self, item: RestoreItem) -> Settlement:
        """Hold a written item once more against what was sent; nothing is written."""
        return self._written(item, waits=(0.0,))

    def _adopt(self, item: RestoreItem, sighting: Sighting) -> None:
        """What somebody else created as wanted stands for the item, for whatever refers to it."""
        if item.target_object_id or sighting.reading is None:
            return
        found = sighting.reading.object_id
        journal.note_found(lease=self.lease, item=item, object_id=found, now=self.clock())
        bind_created(self.fence, item)

    def _lacks_pre_image(self, item: RestoreItem) -> bool:
        is_replaced = item.plan_item.decision in REPLACING_DECISIONS
        return is_replaced and (item.contract_key, item.target_object_id) not in self.kept

    def _held_back(self, item: RestoreItem) -> Settlement | None:
        """The end of an item that waits for another one which was not written."""
        if missing := self._unwritten_dependency(item):
            return outcomes.dependency_failed(missing)
        if referring := still_referring(run=self.run, planned=item.plan_item):
            return outcomes.still_referred_to(referring)
        return None

    def _unwritten_dependency(self, item: RestoreItem) -> str:
        """The name of an item this one refers to, when the tenant does not have it yet."""
        own = str(item.backup_item_id)
        for write in planned_writes(item.plan_item):
            for key in PLACEHOLDERS.findall(f"{write.path} {(write.body or b'').decode()}"):
                if key != own and not self.fence.is_bound(key):
                    return self.run.items.get(backup_item=key).name
        return ""

    def _rows(self, item: RestoreItem) -> Iterator[tuple[RestoreWrite, PlannedWrite]]:
        """Each request with its row; resolved one by one, as one may give the next its object."""
        by_id = {write.operation_id: write for write in planned_writes(item.plan_item)}
        for row in sorted(item.writes.all(), key=lambda row: row.position):
            yield row, self.fence.as_known(by_id[row.operation_id])

    def _open_rows(self, item: RestoreItem) -> Iterator[tuple[RestoreWrite, PlannedWrite]]:
        return (pair for pair in self._rows(item) if pair[0].state != WriteState.APPLIED)

    def _send_all(self, item: RestoreItem) -> Settlement:
        """Send what is still open, in order; the first that is not taken ends the item."""
        try:
            for row, write in self._open_rows(item):
                self._send(item, row, write)
        except UnknownOutcomeError as error:
            return outcomes.unknown(error.cause)
        except RequestRefusedError as error:
            return self._ended_early(item, error)
        return self._written(item, waits=READ_BACK_WAITS)

    def _ended_early(self, item: RestoreItem, error: RequestRefusedError) -> Settlement:
        if not _is_begun(item):
            return outcomes.refused(error.reason, error.cause)
        verdict = self._verdict(item, READ_BACK_WAITS)
        return outcomes.cut_short(error.reason, error.cause, verdict=verdict)

    def _send(self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite) -> None:
        """Send one request; a silence is followed by reading back, and once more by sending."""
        for is_last in (False, True):
            try:
                answer = self.client.send(write, before_exchange=self._leaving(item, row, write))
            except GraphError as error:
                if self._is_applied_after(item, row, write, error):
                    return
                if is_last or not error.is_ambiguous:
                    raise RequestRefusedError(self._reason_of(item, write, error), error) from error
            else:
                self._take(item, row, write, answer)
                return

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
        self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite
    ) -> Callable[[bool], None]:
        """What is asked and stored right before each exchange, a throttled one sent again too."""
        before = row.intent_at

        def leaving(has_waited: bool) -> None:  # noqa: FBT001 -- as the client calls it
            try:
                self._confirm_allowed()
                if has_waited:
                    self._confirm_still_wanted(item, write)
            except RequestRefusedError:
                if row.intent_at != before:
                    journal.note_held_back(lease=self.lease, write=row, now=self.clock())
                raise
            journal.intend(lease=self.lease, item=item, write=row, now=self.clock())

        return leaving

    def _confirm_still_wanted(self, item: RestoreItem, write: PlannedWrite) -> None:
        """After a wait: others may have cancelled the run, or changed what is to be written."""
        if allowed.is_cancelled(self.lease):
            raise RequestRefusedError(ReasonCode.RUN_CANCELLED)
        if not _is_begun(item):
            sighting = self.compare(item)
            _refuse_unread(sighting.error)
            if sighting.standing is not Standing.AS_PREVIEWED:
                raise RequestRefusedError(ReasonCode.TARGET_MOVED)
            journal.note_compared(lease=self.lease, item=item, now=self.clock())
            return
        reading = look(self.client, item.contract_key, item.target_object_id)
        _refuse_unread(reading.error)
        if not _is_as_before(contract(item.contract_key), item, write, reading):
            raise RequestRefusedError(ReasonCode.TARGET_MOVED)

    def _confirm_allowed(self) -> None:
        if reason := allowed.refusal_of(self.run, at=self.clock()):
            raise RequestRefusedError(reason)

    def _take(
        self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite, answer: WriteAnswer
    ) -> None:
        if write.binds and not answer.object_id:
            # It was taken, but what came of it can only be found by looking for it.
            if self._aftermath(item, row, write) is not Aftermath.APPLIED:
                raise UnknownOutcomeError(None)
            self._note_applied(item, row)
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

    def _is_applied_after(
        self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite, error: GraphError
    ) -> bool:
        """Whether the request was applied in spite of the error; what is found out is stored.

        Raises UnknownOutcomeError when reading back cannot tell.
        """
        if error.kind is ErrorKind.FENCE:
            self._report_incident(item, write)
        aftermath = Aftermath.NOT_APPLIED
        if error.is_ambiguous:
            aftermath = self._aftermath(item, row, write)
        elif write.method == "DELETE" and error.kind is ErrorKind.NOT_FOUND:
            # It was to go, and it is not there.
            aftermath = Aftermath.APPLIED
        if aftermath is Aftermath.APPLIED:
            self._note_applied(item, row)
            return True
        is_known = aftermath is Aftermath.NOT_APPLIED
        journal.note_error(
            lease=self.lease,
            write=row,
            state=WriteState.REFUSED if is_known else WriteState.UNKNOWN,
            error=error,
            now=self.clock(),
        )
        if not is_known:
            raise UnknownOutcomeError(error)
        return False

    def _aftermath(self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite) -> Aftermath:
        """Read the target back until it shows what became of a request, or the waits are over."""
        aftermath = Aftermath.UNKNOWN
        for wait in self._waits(row, write):
            self.sleep(wait)
            aftermath = self._read_aftermath(item, row, write)
            if aftermath is not Aftermath.UNKNOWN:
                break
        return aftermath

    def _waits(self, row: RestoreWrite, write: PlannedWrite) -> Iterator[float]:
        """The last one is long: only after it is what is not shown proven absent."""
        yield from READ_BACK_WAITS
        is_new = bool(write.binds) or adds(contract(row.item.contract_key), write)
        if is_new and row.intent_at:
            proven_at = row.intent_at + ABSENCE_PROVES_AFTER + WAITED_BEYOND
            yield max(0.0, (proven_at - self.clock()).total_seconds())

    def _read_aftermath(
        self, item: RestoreItem, row: RestoreWrite, write: PlannedWrite
    ) -> Aftermath:
        kind = contract(item.contract_key)
        if write.binds and not item.target_object_id:
            return self._aftermath_of_creation(kind, item, row, write)
        reading = look(self.client, item.contract_key, item.target_object_id)
        if reading.is_absent and item.plan_item.decision == Decision.DELETE:
            return Aftermath.APPLIED
        if not is_whole(reading):
            return Aftermath.UNKNOWN
        found = outcome_of(kind, write, reading)
        is_as_before = _is_as_before(kind, item, write, reading)
        if not found.different:
            # Where only what cannot be compared would tell, nothing tells.
            is_hidden = bool(found.incomparable) and is_as_before and not _is_begun(item)
            return Aftermath.UNKNOWN if is_hidden else Aftermath.APPLIED
        if is_as_before and not (adds(kind, write) and not self._is_long_ago(row)):
            return Aftermath.NOT_APPLIED
        # Not shown yet; or neither as it was nor as wanted: somebody else wrote in between.
        return Aftermath.UNKNOWN

    def _aftermath_of_creation(
        self, kind: Contract, item: RestoreItem, row: RestoreWrite, write: PlannedWrite
    ) -> Aftermath:
        seen = TargetReader(self.client).collection(kind)
        if seen.error is not None:
            return Aftermath.UNKNOWN
        newcomers = newcomers_of(kind, item.plan_item, write, seen.objects)
        readings = look_at_all(self.client, item.contract_key, newcomers)
        mine = [
            object_id
            for object_id, reading in readings.items()
            if not shortfalls(kind, write, reading)
        ]
        if len(mine) == 1:
            item.target_object_id = mine[0]
            return Aftermath.APPLIED
        if not newcomers and self._is_long_ago(row):
            return Aftermath.NOT_APPLIED
        return Aftermath.UNKNOWN

    def _is_long_ago(self, row: RestoreWrite) -> bool:
        began = row.intent_at
        return began is not None and self.clock() - began >= ABSENCE_PROVES_AFTER

    def _note_applied(self, item: RestoreItem, row: RestoreWrite) -> None:
        """Found by reading back: there is no answer whose status could be kept."""
        journal.note_applied(
            lease=self.lease,
            item=item,
            write=row,
            object_id=item.target_object_id,
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
        audit.record(
            action="restore.write_refused_by_fence",
            actor=self.run.requested_by,
            tenant=self.run.tenant,
            subject=f"restore_run:{self.run.pk}",
            outcome=AuditOutcome.DENIED,
            detail={"item": item.pk, "operation": write.operation_id, "method": write.method},
        )


def _refuse_unread(error: GraphError | None) -> None:
    """What cannot be looked at again is not written: the request itself was never sent."""
    if error is not None:
        raise RequestRefusedError(outcomes.REASONS[error.kind], error)


def _is_begun(item: RestoreItem) -> bool:
    return any(row.state == WriteState.APPLIED for row in item.writes.all())


def _is_as_before(
    kind: Contract, item: RestoreItem, write: PlannedWrite, reading: PolicyReading
) -> bool:
    """Whether what the request would change still is as it was before it.

    Of what follows an update the state before is not on record: an action sets it as a whole, so
    that setting it once more changes nothing; of what is added one by one, see `adds`.
    """
    if not _is_begun(item):
        return digest_of_reading(kind, reading) == item.plan_item.target_digest
    if assigns(write) and kind.assignment_write is AssignmentWrite.REPLACE:
        return has_assignments_of_preview(item.plan_item, reading)
    return True
