"""The engine: claims a queued restore and takes it, item by item, to an end that is true.

Nothing is written that is not on the plan (the fence sees to that), nothing is written to a target
that moved, and nothing in flight is ever sent again before the target has been read back.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import Error as DatabaseUnusableError

from operations import lifecycle
from operations.lifecycle import Heartbeat, Lease, LeaseLostError, RunNotStartableError
from operations.working import lease_renewal, sleep_with_lease
from restore_safety.execution import journal, multi_admin_approval, not_written, scheduled
from restore_safety.execution import results as outcomes
from restore_safety.execution.deletion import confirm_only_an_undo_deletes
from restore_safety.execution.duplicates import duplicates_of, last_look_at
from restore_safety.execution.ending import conclude, left_behind
from restore_safety.execution.freshness import Freshness
from restore_safety.execution.journal import Settlement
from restore_safety.execution.pauses import RunPausedError, has_patience, pause_for
from restore_safety.execution.plan import PlanAlteredError, confirm_unaltered, fence_for
from restore_safety.execution.pre_images import PreImages
from restore_safety.execution.sending import ItemPutOffError
from restore_safety.execution.unchanged import UnchangedItems
from restore_safety.execution.writer import ItemWriter
from restore_safety.models import (
    AS_IT_IS_DECISIONS,
    WRITING_DECISIONS,
    Decision,
    ItemState,
    RestoreItem,
    RestoreRun,
    target_of,
)
from restore_safety.truth.attention import ItemOutcome, ReasonCode, RestoreStatus, Verification
from tenants.clock import database_now
from tenants.connections.service import NotConnectedError, writer_for
from tenants.graph.errors import GraphError
from tenants.graph.fence import WriteFence
from tenants.graph.writer import GraphWriter
from tenants.models.credentials import UnreadableCredentialError

logger = structlog.stdlib.get_logger(__name__)

# What a later reading may still prove: the tenant may have shown an older state.
UNPROVEN = frozenset({Verification.PENDING, Verification.UNREADABLE, Verification.MISMATCH})
# Neither settled nor left to the tenant's approver.
OPEN_STATES = frozenset({ItemState.PLANNED, ItemState.IN_FLIGHT})
# Each time through, what was put off has waited as long as it takes; a few items wait for others.
MOST_PASSES = 6
# A worker waits this long in place; for anything longer the run is put aside.
LONGEST_WAIT_IN_PLACE = timedelta(minutes=3)
LOOKS_FOR_CANCELLATION = timedelta(seconds=5)


class WaitsForApproverError(RunPausedError):
    """Nothing is left to do until the tenant's approver has decided."""


class ConnectedElsewhereError(Exception):
    """The tenant's connection points to another directory than the one that was previewed."""


def work(
    *,
    run_id: str,
    clock: Callable[[], datetime] = database_now,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Carry out the restore behind this operation run; whoever does not get the lease leaves.

    When the database fails, the turn is given up: what is in memory may be ahead of the rows, so
    that the run is taken up again from them once the lease has run out.
    """
    try:
        lease = lifecycle.start(run_id=UUID(run_id), now=clock())
        run = RestoreRun.objects.select_related(
            "tenant",
            "preview",
            "operation_run",
            "requested_by",
            "pre_restore_set",
            "draft__tenant",
            "draft__backup_set",
            "approval__requested_by",
        ).get(operation_run=lease.run_id)
        if scheduled.is_to_be_proven(run) and not scheduled.begin(
            run=run, lease=lease, now=clock()
        ):
            return
        # A claim: a worker that slept through a takeover must not revive a run that has ended.
        RestoreRun.objects.filter(pk=run.pk, status=RestoreStatus.QUEUED).update(
            status=RestoreStatus.RUNNING
        )
        _Restore(run=run, lease=lease, clock=clock, sleep=sleep).carry_out()
    except RunNotStartableError:
        return
    except LeaseLostError:
        # Another worker took over; it reads back what this one left in flight.
        logger.warning("restore_lease_lost", run_id=run_id)
    except DatabaseUnusableError as error:
        logger.warning("restore_turn_given_up", run_id=run_id, error=type(error).__name__)


@dataclass(slots=True, kw_only=True)
class _Restore:
    """One worker's turn at one run."""

    run: RestoreRun
    lease: Lease
    clock: Callable[[], datetime]
    sleep: Callable[[float], None]
    freshness: Freshness = field(init=False, default_factory=Freshness)
    client: GraphWriter = field(init=False)
    writer: ItemWriter = field(init=False)
    heartbeat: Heartbeat = field(init=False)
    wait: Callable[[float], None] = field(init=False)
    unchanged: UnchangedItems = field(init=False)
    # Until when the items that were put off wait; None where one waits for another item.
    put_off: dict[int, datetime | None] = field(init=False, default_factory=dict)

    def carry_out(self) -> None:
        self.heartbeat = Heartbeat(self.lease, clock=self.clock)
        self.wait = sleep_with_lease(self.lease, clock=self.clock, sleep=self.sleep)
        items = self._items()
        try:
            confirm_unaltered(preview=self.run.preview, confirmed_hash=self.run.plan_hash)
            confirm_only_an_undo_deletes(run=self.run, items=items)
            fence = fence_for(
                items,
                is_dry_run=self.run.is_dry_run,
                may_delete_policies=self.run.draft.undoes_id is not None,
            )
            client = writer_for(
                self.run.tenant,
                fence,
                sleep=self.freshness.sleep(self.wait),
                before_request=self.freshness.before_request(
                    lease_renewal(self.lease, clock=self.clock)
                ),
                justification=multi_admin_approval.reason_of(self.run),
            )
            self._confirm_same_directory()
        except PlanAlteredError:
            self._stop(items, not_written.plan_altered())
        except ConnectedElsewhereError:
            self._stop(items, not_written.connected_elsewhere())
        except (NotConnectedError, UnreadableCredentialError):
            self._stop(items, not_written.not_connected())
        else:
            with client:
                try:
                    self._go_through(items, client, fence)
                except WaitsForApproverError as pause:
                    self._wait_for_approver(pause)
                    return
                except RunPausedError as pause:
                    if has_patience(self.run, until=pause.until):
                        self._pause(pause)
                        return
                    self._stop(items, not_written.waited_too_long(pause.reason))
        conclude(run=self.run, lease=self.lease, now=self.clock())

    def _pause(self, pause: RunPausedError) -> None:
        now = self.clock()
        lifecycle.pause(lease=self.lease, until=pause.until, note=pause.note, now=now)

    def _wait_for_approver(self, pause: WaitsForApproverError) -> None:
        multi_admin_approval.put_aside(
            run=self.run, lease=self.lease, until=pause.until, note=pause.note, now=self.clock()
        )

    def _confirm_same_directory(self) -> None:
        """Asked once the client exists: it stays with the connection it was made from."""
        if not target_of(self.run.tenant).is_target_of(self.run.preview.scope):
            raise ConnectedElsewhereError(str(self.run.pk))

    def _items(self) -> list[RestoreItem]:
        return list(
            self.run.items.select_related("plan_item__backup_item__payload")
            .prefetch_related("writes__approval")
            .order_by("position")
        )

    def _go_through(self, items: list[RestoreItem], client: GraphWriter, fence: WriteFence) -> None:
        self.client = client
        self._come_back(items)
        pre_images = PreImages(
            run=self.run,
            lease=self.lease,
            client=client,
            heartbeat=self.heartbeat,
            clock=self.clock,
        )
        pre_images.keep(items)
        self.writer = ItemWriter(
            run=self.run,
            lease=self.lease,
            client=client,
            fence=fence,
            kept=pre_images.kept(),
            freshness=self.freshness,
            clock=self.clock,
            sleep=self.wait,
        )
        self.unchanged = UnchangedItems(run=self.run, client=client, clock=self.clock)
        self._pass_through(items)
        self._pass_through_put_off(items)
        self.heartbeat.beat(len(items), len(items), "Reading back")
        self._look_again(items)
        # What was sent once more may be in doubt once more.
        self._pass_through_put_off(items)
        self._take_up_dependents(items)
        self._look_for_duplicates(items)
        self._leave_to_approver(items)

    def _come_back(self, items: list[RestoreItem]) -> None:
        """See what the tenant's approver decided, and hold the lock again only to go on."""
        requests = multi_admin_approval.Approvals(
            run=self.run, lease=self.lease, client=self.client, clock=self.clock
        )
        requests.read_all(items)
        if self.run.status != RestoreStatus.WAITING or self._is_cancelled():
            return
        if not multi_admin_approval.has_news(items):
            self._leave_to_approver(items)
        if not multi_admin_approval.take_lock(self.run):
            note = "The tenant's approver decided; another restore has to end first."
            raise WaitsForApproverError(self.clock() + multi_admin_approval.SHORTEST_PAUSE, note)

    def _leave_to_approver(self, items: list[RestoreItem]) -> None:
        """Let the run wait where requests are filed; everything else has been carried out."""
        if any(item.state == ItemState.WAITING for item in items):
            until = multi_admin_approval.next_look(items, now=self.clock())
            raise WaitsForApproverError(until, multi_admin_approval.note_on(items))

    def _pass_through(self, items: list[RestoreItem]) -> None:
        for done, item in enumerate(items):
            self.heartbeat.beat(done, len(items), item.name)
            if item.state == ItemState.SETTLED:
                continue
            if item.state == ItemState.PLANNED and self._is_cancelled():
                self._settle(item, not_written.cancelled())
                continue
            self._settle_unless_put_off(item, self._carry_out_item)

    def _pass_through_put_off(self, items: list[RestoreItem]) -> None:
        """What was put off waits together, once for all, and then is gone through again."""
        for _ in range(MOST_PASSES):
            waiting = [item for item in items if self._is_put_off(item, items)]
            if not waiting or self._is_cancelled():
                break
            moments = [at for item in waiting if (at := self.put_off.get(item.pk)) is not None]
            self._wait_until(
                max(moments, default=self.clock()),
                note="It waits until Microsoft Graph shows what became of a request that got no "
                "answer.",
            )
            # With them goes what waits for them, in the order of the plan.
            self._pass_through([one for one in items if one.state in OPEN_STATES])
        why = not_written.cancelled() if self._is_cancelled() else not_written.interrupted()
        for item in items:
            if self._is_put_off(item, items):
                self._settle(item, left_behind(item, why))

    def _is_put_off(self, item: RestoreItem, items: list[RestoreItem]) -> bool:
        """Whether the item is to be gone through again in this turn.

        What waits for the tenant's approver is not, nor what waits for such an item.
        """
        if item.state not in OPEN_STATES:
            return False
        is_behind = self.put_off.get(item.pk) is None and item.state == ItemState.PLANNED
        return not (is_behind and any(one.state == ItemState.WAITING for one in items))

    def _wait_until(self, moment: datetime, *, note: str) -> None:
        """Wait in place, or without a worker where it takes longer; a cancellation ends it."""
        if moment - self.clock() > LONGEST_WAIT_IN_PLACE:
            raise RunPausedError(moment, note)
        while (left := moment - self.clock()) > timedelta() and not self._is_cancelled():
            self.wait(min(left, LOOKS_FOR_CANCELLATION).total_seconds())

    def _look_again(self, items: list[RestoreItem]) -> None:
        """By now the tenant may show what it did not show right after the write."""
        for item in items:
            if item.outcome == ItemOutcome.OUTCOME_UNKNOWN and not self._is_cancelled():
                self._settle_unless_put_off(item, self.writer.resume)
            elif item.verification in UNPROVEN and item.outcome in (
                ItemOutcome.CREATED,
                ItemOutcome.UPDATED,
                ItemOutcome.DELETED,
                ItemOutcome.PARTIAL,
            ):
                self._settle_unless_put_off(item, self.writer.read_back)

    def _take_up_dependents(self, items: list[RestoreItem]) -> None:
        """Write what was held back by an item that turned out, looked for again, to be written."""
        while not self._is_cancelled():
            freed = [one for one in items if self._is_freed(one)]
            if not freed:
                return
            for item in freed:
                journal.reopen(lease=self.lease, item=item, now=self.clock())
            self._pass_through(freed)
            self._pass_through_put_off(items)
            self._look_again(freed)
            self._pass_through_put_off(items)

    def _is_freed(self, item: RestoreItem) -> bool:
        was_held_back = item.reason_code == ReasonCode.DEPENDENCY_FAILED
        return was_held_back and not self.writer.is_held_back(item)

    def _look_for_duplicates(self, items: list[RestoreItem]) -> None:
        """Once nothing that was sent can be applied any more; a cancelled run looks right away."""
        until = last_look_at(items)
        if until is None:
            return
        if self.clock() < until and not self._is_cancelled():
            note = "It waits to look once more for what Microsoft Graph may have applied late."
            raise RunPausedError(until, note)
        for duplicates in duplicates_of(self.client, items, self.writer.planned):
            if not self._is_cancelled():
                pause_for(duplicates.error, run=self.run, now=self.clock())
            self._settle(
                duplicates.item, outcomes.with_duplicates(duplicates.item, duplicates.object_ids)
            )

    def _is_cancelled(self) -> bool:
        return lifecycle.is_cancel_requested(lease=self.lease)

    def _settle_unless_put_off(
        self, item: RestoreItem, act: Callable[[RestoreItem], Settlement]
    ) -> None:
        try:
            settlement = self._attempt(item, act)
        except ItemPutOffError as error:
            self.put_off[item.pk] = error.until
        else:
            self._settle(item, settlement)

    def _attempt(self, item: RestoreItem, act: Callable[[RestoreItem], Settlement]) -> Settlement:
        try:
            return act(item)
        except (LeaseLostError, ItemPutOffError, RunPausedError, DatabaseUnusableError):
            # None of them is a result of the item.
            raise
        except GraphError as error:
            return outcomes.unknown(error) if _may_be_sent(item) else outcomes.not_read(error)
        except Exception as error:  # noqa: BLE001 -- whatever it was, the item has to end
            # One item's surprise must neither hide behind the others nor stop them; its message
            # may quote a policy, so the log gets its type alone.
            logger.error(  # noqa: TRY400 -- a traceback's message could hold a payload
                "restore_item_unexpected",
                item_id=item.pk,
                run_id=str(self.run.pk),
                error=type(error).__name__,
            )
            return outcomes.unknown() if _may_be_sent(item) else not_written.unexpected()

    def _carry_out_item(self, item: RestoreItem) -> Settlement:
        if item.state == ItemState.WAITING and self._is_cancelled():
            return self.writer.left_filed(item)
        if item.state in (ItemState.IN_FLIGHT, ItemState.WAITING):
            return self.writer.resume(item)
        decision = Decision(item.plan_item.decision)
        if decision in AS_IT_IS_DECISIONS:
            return self.unchanged.confirm(item)
        if decision not in WRITING_DECISIONS:
            return outcomes.not_planned(item.plan_item)
        if self.run.is_dry_run:
            return self.writer.rehearse(item)
        return self.writer.write(item)

    def _stop(self, items: list[RestoreItem], settlement: Settlement) -> None:
        """Nothing can begin: say so for every item, except what an earlier worker left open."""
        for item in items:
            if item.state != ItemState.SETTLED:
                self._settle(item, left_behind(item, settlement))

    def _settle(self, item: RestoreItem, settlement: Settlement) -> None:
        journal.settle(lease=self.lease, item=item, settlement=settlement, now=self.clock())


def _may_be_sent(item: RestoreItem) -> bool:
    """Whether a request of the item may have left."""
    return any(row.intent_at is not None for row in item.writes.all())
