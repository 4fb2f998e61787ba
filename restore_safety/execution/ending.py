"""How a run ends: its items' facts reduced to one answer, written to both records at once."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from operations import lifecycle
from operations.lifecycle import Lease
from operations.models import RunOutcome
from operations.work_kinds import Leftover
from restore_safety.execution import journal, multi_admin_results, not_written
from restore_safety.execution import results as outcomes
from restore_safety.execution.audit_anchor import record_end
from restore_safety.execution.journal import SENT_WITHOUT_ANSWER, Settlement
from restore_safety.execution.multi_admin_approval import filed_write_of
from restore_safety.execution.verify import NOT_READ_BACK
from restore_safety.models import ItemState, RestoreItem, RestoreRun, RestoreWrite, WriteState
from restore_safety.truth.attention import (
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    ResultAttention,
    Verification,
    attention_for,
    counts_of,
)
from tenants.audit import trail

_ALL_THE_BACKUP_HOLDS = frozenset(
    {ReasonCode.WRITTEN, ReasonCode.AS_WANTED, ReasonCode.ASSIGNMENTS_NOT_CAPTURED}
)


def facts_of(run_ids: Iterable[UUID]) -> dict[UUID, dict[ItemFact, int]]:
    """The items' facts of each run, counted, in one query."""
    facts: dict[UUID, dict[ItemFact, int]] = {run_id: {} for run_id in run_ids}
    rows = (
        RestoreItem.objects.filter(run__in=facts)
        .order_by()
        .values_list("run", "outcome", "verification", "reason_code")
        .annotate(count=Count("pk"))
    )
    for run_id, outcome, verification, reason, count in rows:
        fact = ItemFact(
            outcome=ItemOutcome(outcome),
            verification=Verification(verification),
            reason=ReasonCode(reason) if reason else ReasonCode.RUN_INTERRUPTED,
        )
        facts[run_id][fact] = facts[run_id].get(fact, 0) + count
    return facts


def attention_of(run: RestoreRun, facts: Mapping[ItemFact, int]) -> ResultAttention:
    """The one answer about this run, from the one function."""
    status = RestoreStatus(run.status)
    return attention_for(
        facts,
        is_dry_run=run.is_dry_run,
        is_ended=status.is_ended,
        is_waiting=status is RestoreStatus.WAITING,
    )


class JournalUnsettledError(Exception):
    """The journal still holds items without a result, so the run has not come to its end."""


def conclude(*, run: RestoreRun, lease: Lease, now: datetime) -> None:
    """Write the end of the run where pages and monitoring look for it.

    Raises JournalUnsettledError while an item has no result, or has one beside a request of which
    the outcome is unknown.
    """
    is_open = ~Q(state=ItemState.SETTLED)
    is_in_flight = Q(writes__state=WriteState.IN_FLIGHT) & ~Q(outcome=ItemOutcome.OUTCOME_UNKNOWN)
    if run.items.filter(is_open | is_in_flight).exists():
        raise JournalUnsettledError(run.pk)
    facts = facts_of([run.pk])[run.pk]
    result = attention_for(facts, is_dry_run=run.is_dry_run, is_ended=True)
    with transaction.atomic(), trail.written_last():
        _end(run, result.status, now)
        lifecycle.end(
            lease=lease,
            outcome=operation_outcome_of(result, facts),
            counts=_counts_of(run, facts),
            now=now,
        )


def writes_of(run: RestoreRun) -> int:
    """How many requests the tenant took."""
    return RestoreWrite.objects.filter(item__run=run, state=WriteState.APPLIED).count()


def _counts_of(run: RestoreRun, facts: Mapping[ItemFact, int]) -> dict[str, int]:
    return counts_of(facts) | {"writes": writes_of(run)}


def operation_outcome_of(result: ResultAttention, facts: Iterable[ItemFact]) -> RunOutcome:
    """The monitoring outcome: whether the work was done, beside what it leaves to people."""
    match result.status:
        case RestoreStatus.CANCELLED:
            return RunOutcome.CANCELLED
        case RestoreStatus.FAILED:
            return RunOutcome.FAILED
        case RestoreStatus.COMPLETED if not result.follow_up_required or _is_all_done(facts):
            return RunOutcome.SUCCEEDED
        case _:
            return RunOutcome.PARTIALLY_SUCCEEDED


def _is_all_done(facts: Iterable[ItemFact]) -> bool:
    """Whether everything the backup holds is in the tenant and was read back."""
    return all(
        fact.verification is Verification.VERIFIED and fact.reason in _ALL_THE_BACKUP_HOLDS
        for fact in facts
    )


def settle_abandoned(*, run: RestoreRun, now: datetime) -> Leftover:
    """No worker will finish this run: each item ends as what the journal can prove of it.

    Returned is the same result for the run's monitoring record.
    """
    for item in _unsettled(run):
        journal.write_down(
            item=item, settlement=left_behind(item, not_written.interrupted()), now=now
        )
    facts = facts_of([run.pk])[run.pk]
    result = attention_for(facts, is_dry_run=run.is_dry_run, is_ended=True)
    _end(run, result.status, now)
    return Leftover(outcome=operation_outcome_of(result, facts), counts=_counts_of(run, facts))


def left_behind(item: RestoreItem, otherwise: Settlement) -> Settlement:
    """What the journal proves of an item that no worker goes on with.

    Where nothing of it was written, `otherwise` says why; its reason is that of a part too.
    """
    if item.state == ItemState.WAITING:
        return multi_admin_results.stopped(item, otherwise, filed_write_of(item))
    states = {row.state for row in item.writes.all()}
    is_doubtful = any(row.doubts and row.state != WriteState.APPLIED for row in item.writes.all())
    if is_doubtful or states & SENT_WITHOUT_ANSWER:
        return outcomes.unknown()
    if WriteState.APPLIED not in states:
        return otherwise
    if states == {WriteState.APPLIED}:
        return outcomes.written(item.plan_item, NOT_READ_BACK)
    return outcomes.cut_short(otherwise.reason)


def settle_withdrawn(*, run: RestoreRun, now: datetime) -> None:
    """The run was cancelled before any worker began it."""
    for item in _unsettled(run):
        journal.write_down(item=item, settlement=not_written.cancelled(), now=now)
    _end(run, RestoreStatus.CANCELLED, now)


def _unsettled(run: RestoreRun) -> QuerySet[RestoreItem]:
    items = run.items.exclude(state=ItemState.SETTLED)
    return items.select_related("plan_item").prefetch_related("writes__approval")


def _end(run: RestoreRun, status: RestoreStatus, now: datetime) -> None:
    # A claim: a worker that was given up on does not end the run a second time.
    going = RestoreRun.objects.filter(pk=run.pk, ended_at=None)
    if not going.update(status=status, ended_at=now):
        return
    run.status, run.ended_at = status, now
    record_end(run)
