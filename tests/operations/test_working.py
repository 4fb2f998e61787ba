"""A worker that has to wait: it keeps its run, and stops as soon as the run is another's."""

from datetime import timedelta

import pytest
from django.db import InterfaceError, OperationalError

from operations import lifecycle
from operations.lifecycle import Lease, LeaseLostError, RunNotStartableError
from operations.models import OperationRun, RunOutcome, RunStatus
from operations.working import carried_out, lease_renewal, sleep_with_lease
from tests.operations.factories import NOW, OperationRunFactory


class Wait:
    """Time that passes only while somebody sleeps; a second worker tries to get in meanwhile."""

    def __init__(self, run_id):
        self.run_id = run_id
        self.now = NOW
        self.takeovers = 0

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.now += timedelta(seconds=seconds)
        try:
            lifecycle.start(run_id=self.run_id, now=self.now)
        except RunNotStartableError:
            return
        self.takeovers += 1


@pytest.fixture
def held(tenant, operator, demo):
    run = OperationRunFactory(tenant=tenant, initiator=operator, running=True)
    return Lease(run_id=run.pk, token=run.lease_token)


@pytest.mark.parametrize("lease_seconds", [1, 3, 5, 60])
def test_a_waiting_worker_keeps_its_run_however_short_the_lease(held, settings, lease_seconds):
    settings.OPERATION_LEASE_SECONDS = lease_seconds
    world = Wait(held.run_id)

    sleep_with_lease(held, clock=world.clock, sleep=world.sleep)(130.0)

    assert world.takeovers == 0
    assert world.now >= NOW + timedelta(seconds=130)
    assert OperationRun.objects.get().attempts == 1


def test_who_lost_the_run_does_not_get_past_a_wait_for_nothing(held):
    OperationRun.objects.update(lease_token=held.token + 1)

    with pytest.raises(LeaseLostError):
        sleep_with_lease(held, clock=lambda: NOW, sleep=lambda _: None)(0.0)


@pytest.mark.parametrize("lease_seconds", [4, 60])
def test_a_worker_keeps_its_run_through_steps_of_unknown_length(held, settings, lease_seconds):
    settings.OPERATION_LEASE_SECONDS = lease_seconds
    world = Wait(held.run_id)
    hold = lease_renewal(held, clock=world.clock)

    for share in (0.24, 0.74, 0.4, 0.7, 0.2, 0.2, 0.2, 0.2, 0.2, 0.74):
        hold()
        world.sleep(lease_seconds * share)

    assert world.takeovers == 0


def test_short_steps_are_not_each_written_down(held, django_assert_num_queries):
    hold = lease_renewal(held, clock=lambda: NOW)

    with django_assert_num_queries(1):
        for _ in range(100):
            hold()


def test_who_lost_the_run_hears_it_before_the_next_step(held):
    world = Wait(held.run_id)
    hold = lease_renewal(held, clock=world.clock)
    hold()
    world.now += timedelta(seconds=61)
    lifecycle.start(run_id=held.run_id, now=world.now)

    with pytest.raises(LeaseLostError):
        hold()


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_work_that_lost_the_database_is_left_to_be_taken_up(held, error):
    settled = []

    with carried_out(held, unexpected="It stopped.", settle=settled.append):
        raise error

    run = OperationRun.objects.get()
    assert (run.status, run.outcome) == (RunStatus.RUNNING, RunOutcome.PENDING)
    assert settled == []
    after_the_lease = NOW + timedelta(minutes=5)
    assert lifecycle.start(run_id=run.pk, now=after_the_lease).token == held.token + 1


def test_work_that_failed_for_a_reason_nobody_foresaw_ends(held):
    settled = []

    with carried_out(held, unexpected="It stopped.", settle=settled.append):
        raise RuntimeError("a bug")

    run = OperationRun.objects.get()
    assert (run.status, run.outcome) == (RunStatus.COMPLETED, RunOutcome.FAILED)
    assert (run.failure_code, settled) == ("unexpected_error", ["It stopped."])
