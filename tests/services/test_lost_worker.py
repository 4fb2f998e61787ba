"""A worker that dies in the middle of a restore, and the one that finishes what it began."""

import os
import time
from collections import Counter

import pytest

from operations.models import Notification
from restore_safety.demo.directory import CONTOSO
from restore_safety.demo.walk import confirm, prepare
from restore_safety.models import ItemState, RestoreRun
from tenants.models import AuditEvent

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(
        os.environ.get("RESTORE_SAFETY_SERVICES") != "1",
        reason="needs PostgreSQL and Redis: run make services-test",
    ),
]
SLOW_WRITES = [
    {"match": {"method": "POST", "path": "deviceManagement"}, "effect": {"latency_ms": 400}}
]


# Longer than it takes to prove that an object without an answer was not created.
def wait_until(claim, seconds=240):
    deadline = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def under_way(drifted, browser, start_worker):
    """A restore that its first worker has begun, and what was asked of the tenant before it."""
    worker = start_worker()
    page = prepare(browser, drifted.request, lambda: None)
    seen = drifted.last_request()
    drifted.control.set_faults(SLOW_WRITES)
    confirm(browser, page, drifted.request)
    return worker, RestoreRun.objects.get(), seen


def kill_once(worker, run, *, settled, attempt=1):
    """Kill the worker with a request on its way, once so many items are settled."""
    wait_until(lambda: starts(run) >= attempt)
    in_flight = run.items.filter(state=ItemState.IN_FLIGHT)
    done = run.items.filter(state=ItemState.SETTLED)
    wait_until(lambda: done.count() >= settled and in_flight.exists())
    worker.kill()
    assert in_flight.exists()


def starts(run):
    """How often a worker took the run up; its attempts count from the last result of an item."""
    subject = f"operation_run:{run.operation_run_id}"
    return AuditEvent.objects.filter(action="operation.started", subject=subject).count()


def assert_finished(drifted, run, seen):
    wait_until(lambda: RestoreRun.objects.get().ended_at is not None)
    run.refresh_from_db()
    assert Counter(run.items.values_list("outcome", "verification")) == {
        ("created", "verified"): 3,
        ("updated", "verified"): 5,
        ("partial", "verified"): 1,
        ("unchanged", "verified"): 53,
        ("unchanged", "not_comparable"): 2,
        ("assignments_left", "verified"): 2,
    }
    created = run.preview.plan.filter(decision="create").count()
    bare = [path for method, path in drifted.writes(after=seen) if is_creation(method, path)]
    assert len(bare) == created
    assert duplicates(drifted) == {}
    assert Notification.objects.filter(run=run.operation_run_id).count() == 1


def test_second_worker_finishes_what_a_killed_one_began(drifted, under_way, start_worker):
    worker, run, seen = under_way

    kill_once(worker, run, settled=2)
    drifted.control.clear_faults()
    start_worker()

    assert_finished(drifted, run, seen)
    # Under load a living worker may lose its lease too; it must still create nothing twice.
    assert starts(run) > 1


def test_workers_killed_one_after_the_other_lose_nothing(drifted, under_way, start_worker):
    worker, run, seen = under_way

    for attempt, settled in enumerate((0, 4, 12), 1):
        kill_once(worker, run, settled=settled, attempt=attempt)
        worker = start_worker()

    assert_finished(drifted, run, seen)
    assert starts(run) > 3


def is_creation(method, path):
    return method == "POST" and not path.endswith(("/assign", "/scheduleActionsForRules"))


def duplicates(drifted):
    """Names that more than one policy of a type has."""
    objects = drifted.control.dump_tenant(CONTOSO.id)["objects"]
    names = Counter(
        (path, body.get("name") or body.get("displayName"))
        for path, bodies in objects.items()
        for body in bodies
    )
    return {name: count for name, count in names.items() if count > 1}
