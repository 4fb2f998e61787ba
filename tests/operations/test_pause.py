"""A run that is put aside holds no worker, and is taken up again when its time has come."""

from datetime import timedelta

import pytest
from django.utils import timezone

from operations import lifecycle, reconciliation
from operations.lifecycle import LeaseLostError, RunNotStartableError
from operations.models import MAX_ATTEMPTS, RunOutcome, RunStatus
from tenants.models import AuditEvent
from tests.operations.factories import NOW, OperationRunFactory

UNTIL = NOW + timedelta(hours=1)
SOON = NOW + timedelta(minutes=30)


@pytest.fixture
def run(tenant, operator, demo):
    return OperationRunFactory(
        tenant=tenant, initiator=operator, dispatched_at=NOW, attempts=MAX_ATTEMPTS - 1
    )


@pytest.fixture
def paused(run):
    lease = lifecycle.start(run_id=run.pk, now=NOW)
    lifecycle.pause(lease=lease, until=UNTIL, note="Graph asked for an hour.", now=NOW)
    run.refresh_from_db()
    return run


def test_it_says_until_when_and_why(paused):
    assert (paused.status, paused.waits_until) == (RunStatus.RUNNING, UNTIL)
    assert paused.wait_note == "Graph asked for an hour."
    assert paused.is_paused


def test_nobody_takes_it_before_its_time(paused, demo):
    assert reconciliation.reconcile(now=SOON).dispatched == ()
    with pytest.raises(RunNotStartableError):
        lifecycle.start(run_id=paused.pk, now=SOON)


def test_it_is_taken_up_when_its_time_has_come(paused, demo):
    assert reconciliation.reconcile(now=UNTIL).dispatched == (paused.pk,)

    lifecycle.start(run_id=paused.pk, now=UNTIL)

    paused.refresh_from_db()
    assert (paused.waits_until, paused.wait_note, paused.attempts) == (None, "", 1)


def test_who_paused_holds_nothing_afterwards(run):
    lease = lifecycle.start(run_id=run.pk, now=NOW)
    lifecycle.pause(lease=lease, until=UNTIL, note="", now=NOW)

    with pytest.raises(LeaseLostError):
        lifecycle.renew(lease=lease, now=NOW)
    with pytest.raises(LeaseLostError):
        lifecycle.pause(lease=lease, until=UNTIL, note="", now=NOW)


def test_a_cancellation_wakes_it_at_once(
    paused, operator, demo, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        has_ended = lifecycle.request_cancel(actor=operator, run=paused, now=SOON)

    assert has_ended is False
    assert demo.dispatched == [paused.pk]
    lease = lifecycle.start(run_id=paused.pk, now=SOON)
    assert lifecycle.is_cancel_requested(lease=lease)


def test_a_run_that_is_being_cancelled_is_not_put_aside(run, operator, demo):
    lease = lifecycle.start(run_id=run.pk, now=NOW)
    lifecycle.request_cancel(actor=operator, run=run, now=NOW)

    lifecycle.pause(lease=lease, until=UNTIL, note="", now=NOW)

    assert reconciliation.reconcile(now=NOW + timedelta(minutes=1)).dispatched == (run.pk,)


def test_work_set_for_later_is_not_sent_before(tenant, operator, demo):
    in_an_hour = timezone.now() + timedelta(hours=1)
    run = lifecycle.queue(
        actor=operator,
        tenant=tenant,
        kind="demo",
        title="Later",
        subject="",
        waits_until=in_an_hour,
    )

    before, due = in_an_hour - timedelta(minutes=5), in_an_hour
    assert reconciliation.reconcile(now=before).dispatched == ()
    assert reconciliation.reconcile(now=due).dispatched == (run.pk,)


def test_work_set_for_later_can_be_withdrawn(tenant, operator, demo):
    run = lifecycle.queue(
        actor=operator, tenant=tenant, kind="demo", title="Later", subject="", waits_until=UNTIL
    )

    assert lifecycle.request_cancel(actor=operator, run=run, now=SOON) is True

    run.refresh_from_db()
    assert run.outcome == RunOutcome.CANCELLED


def paused_for(run, *notes):
    """Start the run and put it aside once for each note; None where it comes further instead."""
    for number, note in enumerate(notes):
        now = NOW + timedelta(hours=number)
        lease = lifecycle.start(run_id=run.pk, now=now)
        if note is None:
            lifecycle.come_further(lease=lease, now=now)
        lifecycle.pause(lease=lease, until=now, note=note or notes[0], now=now)


@pytest.mark.parametrize(
    ("notes", "audited"),
    [
        (["Approval"], 1),
        (["Approval"] * 4, 1),
        (["Approval", "Approval", "Outage", "Outage", "Approval"], 3),
        (["Approval", "Approval", None], 2),
    ],
)
def test_a_wait_is_audited_once_for_each_reason(run, notes, audited):
    paused_for(run, *notes)

    assert AuditEvent.objects.filter(action="operation.paused").count() == audited


def test_a_run_that_comes_further_starts_its_attempts_anew(run):
    lease = lifecycle.start(run_id=run.pk, now=NOW)
    lifecycle.come_further(lease=lease, now=NOW)

    run.refresh_from_db()
    assert (run.attempts, run.lease_expires_at > NOW) == (1, True)


def test_who_lost_the_run_does_not_bring_it_further(run):
    lease = lifecycle.start(run_id=run.pk, now=NOW)
    lifecycle.pause(lease=lease, until=UNTIL, note="", now=NOW)

    with pytest.raises(LeaseLostError):
        lifecycle.come_further(lease=lease, now=NOW)
