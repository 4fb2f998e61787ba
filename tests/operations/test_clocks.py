"""A worker whose own clock is wrong takes nothing over, and recovery goes on without it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from operations import lifecycle, reconciliation
from operations.lifecycle import RunNotStartableError, WorkerClockError
from operations.models import RunStatus
from restore_safety import tasks
from tenants import clock
from tenants.clock import DatabaseClock, database_now
from tests.operations.factories import OperationRunFactory

true_time = timezone.now
WORK = [
    tasks.capture_backup,
    tasks.import_backup,
    tasks.run_checks,
    tasks.run_preview,
    tasks.run_restore,
    tasks.sync_directory,
]


@pytest.fixture
def set_own_clock(monkeypatch):
    """Set this machine's clock ahead or behind; the database keeps the true time."""
    monkeypatch.setattr(clock, "_clock", DatabaseClock(read=true_time))

    def set_own_clock(seconds):
        monkeypatch.setattr(timezone, "now", lambda: true_time() + timedelta(seconds=seconds))

    return set_own_clock


def leased_for(seconds):
    """A run that a worker took up, whose lease still lasts for so long."""
    now = true_time()
    return OperationRunFactory(
        running=True,
        heartbeat_at=now,
        lease_expires_at=now + timedelta(seconds=seconds),
        queued_at=now - timedelta(hours=1),
        dispatched_at=now - timedelta(hours=1),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [25, 180])
@pytest.mark.parametrize("work", WORK, ids=lambda task: task.name.rpartition(".")[2])
def test_worker_that_is_ahead_takes_over_no_live_run(set_own_clock, work, seconds):
    run = leased_for(20)
    set_own_clock(seconds)

    work(run_id=str(run.pk))

    run.refresh_from_db()
    assert (run.lease_token, run.attempts, run.status) == (1, 1, RunStatus.RUNNING)


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [-180, -25, 25, 180])
def test_recovery_goes_on_whatever_its_own_clock_says(demo, set_own_clock, seconds):
    lost, held = leased_for(-1), leased_for(20)
    set_own_clock(seconds)

    report = reconciliation.reconcile(now=database_now())

    assert report.dispatched == (lost.pk,)
    held.refresh_from_db()
    assert held.lease_token == 1


@pytest.mark.django_db
@pytest.mark.parametrize("seconds", [-25, 25])
def test_worker_that_is_a_little_off_takes_over_what_was_lost(demo, set_own_clock, seconds):
    run = leased_for(-1)
    set_own_clock(seconds)

    lease = lifecycle.start(run_id=run.pk, now=database_now())

    assert lease.token == 2
    run.refresh_from_db()
    assert abs(run.heartbeat_at - true_time()) < timedelta(seconds=20)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("seconds", "sentence"),
    [(180, r"180 s ahead of the database's\."), (-180, r"180 s behind the database's\.")],
)
def test_worker_that_is_far_off_is_given_no_work(demo, set_own_clock, seconds, sentence):
    run = OperationRunFactory()
    set_own_clock(seconds)

    with pytest.raises(WorkerClockError, match=sentence) as refused:
        lifecycle.start(run_id=run.pk, now=database_now())

    assert isinstance(refused.value, RunNotStartableError)
    run.refresh_from_db()
    assert (run.status, run.attempts) == (RunStatus.QUEUED, 0)


def test_run_is_queued_at_the_databases_time(operator, tenant, demo, set_own_clock):
    set_own_clock(3600)

    run = lifecycle.queue(actor=operator, tenant=tenant, kind="demo", title="Work", subject="")

    assert abs(run.queued_at - true_time()) < timedelta(minutes=1)


@pytest.mark.django_db
def test_what_a_refused_worker_took_off_the_queue_is_sent_again_in_the_next_round(
    demo, set_own_clock
):
    now = true_time()
    run = OperationRunFactory(queued_at=now - timedelta(hours=1), dispatched_at=now)
    assert reconciliation.reconcile(now=now).dispatched == ()
    set_own_clock(180)

    with pytest.raises(WorkerClockError):
        lifecycle.start(run_id=run.pk, now=database_now())

    run.refresh_from_db()
    assert run.is_sent
    assert reconciliation.reconcile(now=database_now()).dispatched == (run.pk,)
