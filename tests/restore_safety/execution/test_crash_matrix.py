"""Twenty items, and a worker that dies at each step there is: nothing twice, nothing lost.

A step is a change of the database, or the moment before or after an exchange with the tenant. All
of them are tried where EVERY_STEP is set, as `make crash-matrix` does; otherwise one in so many.
"""

import os
from collections import Counter

import httpx
import pytest
from django.db import connection

from bench.torture.oracle import standings_of
from restore_safety.models import WriteState
from restore_safety.truth.attention import RestoreStatus
from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    FILTERS,
    SCRIPTS,
    Clock,
    catalog,
    compliance,
    device_filter,
    facts,
    id_of,
    script,
    to_group,
)
from tests.restore_safety.execution.test_crashes import (
    LEASE,
    ChangePoint,
    Killed,
    die,
    undone,
)

PARTS, STRIDE = (8, 1) if os.environ.get("EVERY_STEP") else (1, 90)
CREATED = ("created", "verified", "written")
UPDATED = ("updated", "verified", "written")
NEW = [f"New {number}" for number in range(4)]
OLD = [f"Old {number}" for number in range(4)]


class Step(ChangePoint):
    """Also counts the moments before and after an exchange."""

    def exchange(self, send):
        def exchanged(transport, request):
            self.count()
            answer = send(transport, request)
            answer.read()
            self.count()
            return answer

        return exchanged

    def count(self):
        self.seen += 1
        if self.seen == self.number:
            self.act()


@pytest.fixture
def twenty(scene):
    """Creates, updates and assignments of three types, and a filter that some refer to."""
    scene.fill(
        *((CATALOG, catalog(name, value=2)) for name in OLD),
        *((COMPLIANCE, compliance(f"Rules {name}", hours=99)) for name in OLD),
    )
    backup = (
        (FILTERS, device_filter()),
        *((CATALOG, catalog(name)) for name in (*OLD, *NEW)),
        *((COMPLIANCE, compliance(f"Rules {name}")) for name in (*OLD, *NEW)),
        *((SCRIPTS, script(f"Script {number}")) for number in range(3)),
    )
    assert len(backup) == 20
    assignments = {
        **{id_of(name): [to_group(filter_id=id_of("Corporate"))] for name in (*OLD, *NEW)},
        **{id_of(f"Rules {name}"): [to_group()] for name in (*OLD, *NEW)},
    }
    return scene.queued(*backup, assignments=assignments.items())


def expected_facts():
    return {
        "Corporate": CREATED,
        **dict.fromkeys((*OLD, *(f"Rules {name}" for name in OLD)), UPDATED),
        **dict.fromkeys((*NEW, *(f"Rules {name}" for name in NEW)), CREATED),
        **{f"Script {number}": CREATED for number in range(3)},
    }


def work_until_killed(scene, run, step, clock, monkeypatch):
    """Whether the worker died before it was done."""
    send = httpx.HTTPTransport.handle_request
    with monkeypatch.context() as patched, connection.execute_wrapper(step):
        # The client sends through this; the test's own control of the emulator asks nothing here.
        patched.setattr(httpx.HTTPTransport, "handle_request", step.exchange(send))
        try:
            scene.work(run, clock=clock)
        except Killed:
            return True
    return False


def worked_to_the_end(scene, run, clock):
    """The next worker; a run that is put aside is taken up again when its time has come."""
    for _ in range(10):
        run = scene.work(run, clock=clock)
        if run.ended_at is not None:
            return run
        clock.ahead += LEASE
    return run


def truth_of(scene):
    return standings_of(scene.control.dump_tenant(scene.guid))


@pytest.mark.parametrize("part", range(PARTS))
def test_a_worker_may_die_at_each_step_of_twenty_items(scene, twenty, monkeypatch, part):
    scene.refill()
    with undone():
        undisturbed = worked_to_the_end(scene, twenty, Clock())
        assert facts(undisturbed) == expected_facts()
    truth = truth_of(scene)
    number, was_killed, tried = 1 + part * STRIDE, True, 0

    while was_killed:
        scene.refill()
        with undone():
            clock = Clock()
            step = Step(number, die)
            was_killed = work_until_killed(scene, twenty, step, clock, monkeypatch)
            clock.ahead += LEASE
            run = worked_to_the_end(scene, twenty, clock)
            reported = facts(run)
            states = Counter(run.items.values_list("writes__state", flat=True))
            status = run.status
        stands = truth_of(scene)
        assert {key: len(held) for key, held in stands.items()} == dict.fromkeys(truth, 1), number
        assert stands == truth, number
        assert reported == expected_facts(), number
        assert set(states) == {WriteState.APPLIED}, number
        assert status == RestoreStatus.COMPLETED, number
        number += PARTS * STRIDE
        tried += 1

    assert number > 300
    assert tried > 1
