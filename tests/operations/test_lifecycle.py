"""Each change of state: that it happens, who is refused, and that a second caller loses."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from kombu.exceptions import OperationalError

from operations import lifecycle
from operations.lifecycle import (
    Heartbeat,
    InvalidCountsError,
    Lease,
    LeaseLostError,
    RunNotCancellableError,
    RunNotStartableError,
)
from operations.models import Notification, OperationRun, RunOutcome, RunStatus
from tenants.access.service import AccessDeniedError
from tenants.models import AuditEvent
from tests.operations.factories import NOW, OperationRunFactory

LATER = NOW + timedelta(seconds=30)
AFTER_THE_LEASE = NOW + timedelta(minutes=5)


def state_of(run):
    run.refresh_from_db()
    return run.status, run.outcome


@pytest.fixture
def queued(tenant, operator, demo):
    return OperationRunFactory(tenant=tenant, initiator=operator)


@pytest.fixture
def running(tenant, operator, demo):
    return OperationRunFactory(tenant=tenant, initiator=operator, running=True)


@pytest.fixture
def lease(running):
    return Lease(run_id=running.pk, token=running.lease_token)


def queue(actor, tenant, **changes):
    wanted = {"kind": "demo", "title": "Demo work", "subject": "demo:1"} | changes
    return lifecycle.queue(actor=actor, tenant=tenant, **wanted)


def test_queue_records_the_run_and_audits_it(operator, tenant, demo):
    run = queue(operator, tenant)

    assert list(OperationRun.objects.all()) == [run]
    assert (run.kind, run.title, run.subject) == ("demo", "Demo work", "demo:1")
    assert (run.tenant, run.initiator) == (tenant, operator)
    assert state_of(run) == (RunStatus.QUEUED, RunOutcome.PENDING)
    event = AuditEvent.objects.get(action="operation.queued")
    assert (event.actor, event.tenant) == (operator, tenant)
    assert event.subject == f"operation_run:{run.pk}"
    assert event.detail == {"kind": "demo", "subject": "demo:1"}


def test_queue_dispatches_on_commit(operator, tenant, demo, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        run = queue(operator, tenant)
        assert demo.dispatched == []

    assert demo.dispatched == [run.pk]
    run.refresh_from_db()
    assert run.dispatched_at is not None


def test_queue_leaves_nothing_behind_when_the_caller_rolls_back(
    operator, tenant, demo, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        queue(operator, tenant)
        transaction.set_rollback(True)

    assert demo.dispatched == []
    assert not OperationRun.objects.exists()


@pytest.mark.parametrize("error", [OperationalError("broker is down"), ConnectionRefusedError()])
def test_queue_survives_a_broker_that_is_down(
    operator, tenant, demo, error, django_capture_on_commit_callbacks
):
    demo.broker_error = error

    with django_capture_on_commit_callbacks(execute=True):
        run = queue(operator, tenant)

    assert state_of(run) == (RunStatus.QUEUED, RunOutcome.PENDING)
    assert run.dispatched_at is None


def test_queue_shortens_a_title_that_is_too_long(operator, tenant, demo):
    run = queue(operator, tenant, title="x" * 500)

    assert run.title == "x" * 200


def test_queue_is_refused_to_who_does_not_see_the_tenant(outsider, tenant, demo):
    with pytest.raises(AccessDeniedError):
        queue(outsider, tenant)

    assert not OperationRun.objects.exists()


def test_dispatch_by_two_callers_sends_once(queued, demo):
    same = OperationRun.objects.get(pk=queued.pk)

    sent = [lifecycle.dispatch(run=run, now=LATER) for run in (queued, same)]

    assert sent == [True, False]
    assert demo.dispatched == [queued.pk]


def test_dispatch_of_an_unknown_kind_sends_nothing(tenant, demo):
    run = OperationRunFactory(tenant=tenant, kind="forgotten")

    assert lifecycle.dispatch(run=run, now=NOW) is False


def test_start_hands_out_the_lease(queued):
    lease = lifecycle.start(run_id=queued.pk, now=LATER)

    assert lease == Lease(run_id=queued.pk, token=1)
    assert state_of(queued) == (RunStatus.RUNNING, RunOutcome.PENDING)
    assert (queued.started_at, queued.heartbeat_at) == (LATER, LATER)
    assert queued.lease_expires_at == LATER + timedelta(seconds=60)
    assert queued.attempts == 1


def test_start_refuses_the_second_caller(queued):
    lifecycle.start(run_id=queued.pk, now=NOW)

    with pytest.raises(RunNotStartableError):
        lifecycle.start(run_id=queued.pk, now=LATER)


def test_start_takes_over_when_the_lease_ran_out(running):
    lease = lifecycle.start(run_id=running.pk, now=AFTER_THE_LEASE)

    assert lease == Lease(run_id=running.pk, token=2)
    running.refresh_from_db()
    assert (running.started_at, running.attempts) == (NOW, 2)


@pytest.mark.usefixtures("demo")
def test_start_refuses_a_run_that_ended_and_one_that_does_not_exist(tenant):
    ended = OperationRunFactory(tenant=tenant, completed=True)

    for run_id in (ended.pk, uuid4()):
        with pytest.raises(RunNotStartableError):
            lifecycle.start(run_id=run_id, now=AFTER_THE_LEASE)


def test_progress_reports_and_renews(running, lease, django_assert_num_queries):
    with django_assert_num_queries(1):
        lifecycle.progress(
            lease=lease, done=3, total=10, note="Reading", counts={"items": 10}, now=LATER
        )

    running.refresh_from_db()
    assert (running.progress_done, running.progress_total) == (3, 10)
    assert (running.progress_note, running.summary_counts) == ("Reading", {"items": 10})
    assert running.lease_expires_at == LATER + timedelta(seconds=60)


def test_a_worker_that_was_fenced_out_may_do_nothing_more(running, lease):
    lifecycle.start(run_id=running.pk, now=AFTER_THE_LEASE)

    with pytest.raises(LeaseLostError):
        lifecycle.progress(lease=lease, done=1, total=1, now=AFTER_THE_LEASE)
    with pytest.raises(LeaseLostError):
        lifecycle.renew(lease=lease, now=AFTER_THE_LEASE)
    with pytest.raises(LeaseLostError):
        lifecycle.end(lease=lease, outcome=RunOutcome.SUCCEEDED, counts={}, now=AFTER_THE_LEASE)
    assert state_of(running) == (RunStatus.RUNNING, RunOutcome.PENDING)


def test_renew_holds_on_to_the_run(running, lease):
    lifecycle.renew(lease=lease, now=LATER)

    running.refresh_from_db()
    assert (running.heartbeat_at, running.lease_expires_at) == (
        LATER,
        LATER + timedelta(seconds=60),
    )


def test_heartbeat_reports_the_first_the_last_and_what_is_due(running, lease):
    times = iter([NOW + timedelta(seconds=s) for s in (0, 1, 3, 3.5)])
    heartbeat = Heartbeat(lease, lambda: next(times))
    seen = []

    for done in (1, 2, 3, 4):
        heartbeat.beat(done, 4, "Writing")
        running.refresh_from_db()
        seen.append(running.progress_done)

    assert seen == [1, 1, 3, 4]


def test_end_completes_the_run_and_tells_the_initiator(running, lease, operator):
    lifecycle.end(
        lease=lease,
        outcome=RunOutcome.PARTIALLY_SUCCEEDED,
        counts={"items": 2, "failed": 1},
        now=LATER,
        failure_code="some_failed",
        failure_message="One item was not written.",
    )

    assert state_of(running) == (RunStatus.COMPLETED, RunOutcome.PARTIALLY_SUCCEEDED)
    assert running.summary_counts == {"items": 2, "failed": 1}
    assert (running.ended_at, running.lease_expires_at) == (LATER, None)
    assert running.failure_code == "some_failed"
    assert running.failure_message == "One item was not written."
    assert list(Notification.objects.values_list("user", "run", "created_at")) == [
        (operator.pk, running.pk, LATER)
    ]


def test_end_by_the_same_worker_again_changes_nothing(running, lease):
    lifecycle.end(lease=lease, outcome=RunOutcome.SUCCEEDED, counts={}, now=LATER)

    lifecycle.end(lease=lease, outcome=RunOutcome.FAILED, counts={}, now=AFTER_THE_LEASE)

    assert state_of(running) == (RunStatus.COMPLETED, RunOutcome.SUCCEEDED)
    assert running.ended_at == LATER
    assert Notification.objects.count() == 1


def test_end_refuses_a_pending_outcome(running, lease):
    with pytest.raises(ValueError, match="pending"):
        lifecycle.end(lease=lease, outcome=RunOutcome.PENDING, counts={}, now=LATER)


@pytest.mark.parametrize(
    "counts", [{"unheard_of": 1}, {"items": -1}, {"items": 1.0}, {"items": True}, {"items": "1"}]
)
def test_counts_are_whole_numbers_under_known_keys(running, lease, counts):
    with pytest.raises(InvalidCountsError):
        lifecycle.end(lease=lease, outcome=RunOutcome.SUCCEEDED, counts=counts, now=LATER)
    with pytest.raises(InvalidCountsError):
        lifecycle.progress(lease=lease, done=0, total=1, counts=counts, now=LATER)

    assert state_of(running) == (RunStatus.RUNNING, RunOutcome.PENDING)


def test_cancelling_a_queued_run_ends_it_at_once(queued, operator, demo):
    lifecycle.request_cancel(actor=operator, run=queued, now=LATER)

    assert state_of(queued) == (RunStatus.COMPLETED, RunOutcome.CANCELLED)
    assert (queued.cancel_requested_at, queued.ended_at) == (LATER, LATER)
    assert demo.withdrawn == [(queued.pk, LATER)]
    assert Notification.objects.filter(run=queued).count() == 1
    assert AuditEvent.objects.get(action="operation.cancel_requested").actor == operator
    with pytest.raises(RunNotStartableError):
        lifecycle.start(run_id=queued.pk, now=AFTER_THE_LEASE)


def test_cancelling_a_running_run_asks_the_worker(running, lease, operator, demo):
    assert lifecycle.is_cancel_requested(lease=lease) is False

    lifecycle.request_cancel(actor=operator, run=running, now=LATER)
    lifecycle.request_cancel(actor=operator, run=running, now=AFTER_THE_LEASE)

    assert lifecycle.is_cancel_requested(lease=lease) is True
    assert state_of(running) == (RunStatus.RUNNING, RunOutcome.PENDING)
    assert running.cancel_requested_at == LATER
    assert demo.withdrawn == []


def test_cancelling_a_run_that_ended_is_refused(tenant, operator, demo):
    run = OperationRunFactory(tenant=tenant, initiator=operator, completed=True)

    with pytest.raises(RunNotCancellableError):
        lifecycle.request_cancel(actor=operator, run=run, now=AFTER_THE_LEASE)

    assert state_of(run) == (RunStatus.COMPLETED, RunOutcome.SUCCEEDED)
    assert not AuditEvent.objects.filter(action="operation.cancel_requested").exists()


def test_cancelling_is_for_the_initiator_and_managers(queued, auditor, manager):
    with pytest.raises(AccessDeniedError):
        lifecycle.request_cancel(actor=auditor, run=queued, now=LATER)
    assert state_of(queued) == (RunStatus.QUEUED, RunOutcome.PENDING)

    lifecycle.request_cancel(actor=manager, run=queued, now=LATER)

    assert state_of(queued) == (RunStatus.COMPLETED, RunOutcome.CANCELLED)


def test_cancelling_is_refused_to_an_initiator_who_lost_the_tenant(tenant, outsider, demo):
    run = OperationRunFactory(tenant=tenant, initiator=outsider)

    with pytest.raises(AccessDeniedError):
        lifecycle.request_cancel(actor=outsider, run=run, now=LATER)

    assert state_of(run) == (RunStatus.QUEUED, RunOutcome.PENDING)
