"""Workers and a recovery whose machines' clocks are wrong, beside a restore that is under way."""

import os
from collections import Counter

import pytest

from operations.models import RunStatus
from restore_safety.demo.walk import confirm, prepare
from restore_safety.models import ItemState, RestoreRun
from tests.services.conftest import Recovery, Worker
from tests.services.test_lost_worker import SLOW_WRITES, duplicates, wait_until

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(
        os.environ.get("RESTORE_SAFETY_SERVICES") != "1",
        reason="needs PostgreSQL and Redis: run make services-test",
    ),
]


def has_ended():
    return RestoreRun.objects.get().ended_at is not None


def test_processes_that_are_ahead_leave_a_live_restore_alone(drifted, browser, start):
    start(Worker)
    page = prepare(browser, drifted.request, lambda: None)
    drifted.control.set_faults(SLOW_WRITES)
    confirm(browser, page, drifted.request)
    run = RestoreRun.objects.get()
    wait_until(lambda: run.items.filter(state=ItemState.IN_FLIGHT).exists())

    # Within what is tolerated, so that it is given work, and further ahead than a lease lasts.
    start(Worker, clock_ahead=25)
    start(Recovery, clock_ahead=180)
    wait_until(has_ended)

    run.refresh_from_db()
    assert run.operation_run.attempts == 1
    assert Counter(run.items.values_list("outcome", flat=True))["unknown"] == 0
    assert duplicates(drifted) == {}


def test_worker_that_is_far_off_takes_nothing_and_another_takes_it_all(drifted, browser, start):
    right = start(Worker)
    page = prepare(browser, drifted.request, lambda: None)
    right.kill()
    wrong = start(Worker, clock_ahead=-180)
    confirm(browser, page, drifted.request)

    wait_until(lambda: "worker_clock_off" in wrong.said())
    operation = RestoreRun.objects.get().operation_run
    assert (operation.status, operation.attempts) == (RunStatus.QUEUED, 0)

    wrong.kill()
    start(Recovery, clock_ahead=-180)
    start(Worker)
    wait_until(has_ended)
    assert RestoreRun.objects.get().operation_run.attempts == 1
    assert duplicates(drifted) == {}
