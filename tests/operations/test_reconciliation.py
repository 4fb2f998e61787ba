"""What the reconciler sends again, what it ends, and what it leaves alone."""

from datetime import timedelta

import pytest
from kombu.exceptions import OperationalError

from operations import lifecycle, reconciliation
from operations.lifecycle import Lease, LeaseLostError
from operations.models import MAX_ATTEMPTS, Notification, RunOutcome, RunStatus
from operations.reconciliation import ReconcileReport
from operations.work_kinds import Leftover
from tests.operations.factories import NOW, OperationRunFactory

SOON = NOW + timedelta(seconds=10)
LATER = NOW + timedelta(minutes=5)


@pytest.fixture
def make(tenant, operator, demo):
    def make(**values):
        return OperationRunFactory(tenant=tenant, initiator=operator, **values)

    return make


def test_a_queued_run_nobody_took_is_sent_again(make, demo):
    run = make(dispatched_at=NOW)

    assert reconciliation.reconcile(now=SOON) == ReconcileReport()
    assert reconciliation.reconcile(now=LATER) == ReconcileReport(dispatched=(run.pk,))
    assert reconciliation.reconcile(now=LATER) == ReconcileReport()
    assert demo.dispatched == [run.pk]


def test_a_run_that_keeps_waiting_is_sent_ever_less_often(make, demo):
    make(dispatched_at=NOW)

    for seconds in range(15, 3600, 15):
        reconciliation.reconcile(now=NOW + timedelta(seconds=seconds))

    assert len(demo.dispatched) < 20


def test_a_run_is_sent_when_the_broker_is_back(make, demo):
    run = make(dispatched_at=None)
    demo.broker_error = OperationalError("down")
    assert reconciliation.reconcile(now=LATER) == ReconcileReport()

    demo.broker_error = None
    report = reconciliation.reconcile(now=LATER + timedelta(seconds=1))

    assert report == ReconcileReport(dispatched=(run.pk,))


def test_broker_that_is_down_is_waited_for_once_in_a_round(make, demo, monkeypatch):
    runs = [make(dispatched_at=None) for _ in range(3)]
    hopeless = make(running=True, attempts=MAX_ATTEMPTS)
    asked = []

    def hang(run):
        asked.append(run.pk)
        raise OperationalError("Timeout reading from socket")

    monkeypatch.setattr(demo, "dispatch", hang)

    assert reconciliation.reconcile(now=LATER) == ReconcileReport(ended=(hopeless.pk,))
    assert len(asked) == 1
    assert {run.dispatched_at for run in runs} == {None}


def test_a_run_whose_worker_vanished_is_sent_to_another(make, demo):
    run = make(running=True)

    assert reconciliation.reconcile(now=SOON) == ReconcileReport()
    assert reconciliation.reconcile(now=LATER) == ReconcileReport(dispatched=(run.pk,))

    assert lifecycle.start(run_id=run.pk, now=LATER) == Lease(run_id=run.pk, token=2)


def test_a_run_is_given_up_after_its_last_attempt(make, demo, operator):
    run = make(running=True, attempts=MAX_ATTEMPTS, summary_counts={"items": 4})

    assert reconciliation.reconcile(now=LATER) == ReconcileReport(ended=(run.pk,))
    assert reconciliation.reconcile(now=LATER) == ReconcileReport()

    run.refresh_from_db()
    assert (run.status, run.outcome) == (RunStatus.COMPLETED, RunOutcome.FAILED)
    assert run.failure_code == "abandoned"
    assert run.failure_message.startswith("The work was started 5 times")
    assert run.summary_counts == {"items": 4}
    assert demo.abandoned == [(run.pk, LATER)]
    assert list(Notification.objects.values_list("user", "run")) == [(operator.pk, run.pk)]
    with pytest.raises(LeaseLostError):
        lifecycle.progress(lease=Lease(run_id=run.pk, token=1), done=1, total=1, now=LATER)


@pytest.mark.parametrize("outcome", [RunOutcome.PARTIALLY_SUCCEEDED, RunOutcome.SUCCEEDED])
def test_a_run_given_up_comes_to_what_its_owner_can_prove(make, demo, outcome):
    run = make(running=True, attempts=MAX_ATTEMPTS)
    demo.left = Leftover(outcome=outcome, counts={"items": 4, "created": 3})

    assert reconciliation.reconcile(now=LATER) == ReconcileReport(ended=(run.pk,))

    run.refresh_from_db()
    assert (run.status, run.outcome) == (RunStatus.COMPLETED, outcome)
    assert run.summary_counts == {"items": 4, "created": 3}
    # However far it got: that no worker brought it to its end is still said.
    assert run.failure_code == "abandoned"
    assert run.failure_message.startswith("The work was started 5 times")


@pytest.mark.parametrize(
    "left", [Leftover(outcome=RunOutcome.PENDING), Leftover(counts={"policies": 1})]
)
def test_a_run_given_up_has_an_outcome_and_known_counts(make, demo, left):
    run = make(running=True, attempts=MAX_ATTEMPTS)
    demo.left = left

    assert reconciliation.reconcile(now=LATER) == ReconcileReport(failed=(run.pk,))

    run.refresh_from_db()
    assert run.status == RunStatus.RUNNING


@pytest.mark.parametrize("state", [{}, {"running": True}])
def test_a_run_of_an_unknown_kind_ends_as_failed(make, demo, state):
    run = make(kind="forgotten", **state)

    assert reconciliation.reconcile(now=LATER) == ReconcileReport(ended=(run.pk,))

    run.refresh_from_db()
    assert (run.outcome, run.failure_code) == (RunOutcome.FAILED, "unknown_kind")
    assert demo.abandoned == []


def test_a_broken_run_keeps_no_other_waiting(make, demo, monkeypatch):
    broken = make(running=True, attempts=MAX_ATTEMPTS)
    waiting = make(dispatched_at=NOW, queued_at=NOW + timedelta(seconds=1))

    def fail(run_id, now):
        raise RuntimeError("the domain's rows are in disorder")

    monkeypatch.setattr(demo, "abandon", fail)

    assert reconciliation.reconcile(now=LATER) == ReconcileReport(
        dispatched=(waiting.pk,), failed=(broken.pk,)
    )
    broken.refresh_from_db()
    assert broken.status == RunStatus.RUNNING
    assert not Notification.objects.exists()


def test_runs_that_ended_are_left_alone(make):
    make(completed=True, attempts=MAX_ATTEMPTS)

    assert reconciliation.reconcile(now=LATER) == ReconcileReport()
