"""A database that fails in the middle of a run: the record never says what did not happen."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from operations.models import OperationRun
from restore_safety.execution import ending, engine
from restore_safety.execution.ending import JournalUnsettledError
from restore_safety.models import ItemState, RestoreItem, RestoreWrite
from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    Clock,
    catalog,
    compliance,
    facts,
    id_of,
    to_group,
)
from tests.restore_safety.execution.test_crashes import ChangePoint

PARTS = 3
REQUESTS = 4
CREATED = ("created", "verified", "written")
UPDATED = ("updated", "verified", "written")


def fail():
    raise OperationalError("the connection is gone")


def turn_without_database(run, number, clock):
    """A worker's turn whose numbered change of the database fails; whether it came to that."""
    point = ChangePoint(number, fail)
    with connection.execute_wrapper(point):
        engine.work(run_id=str(run.operation_run_id), clock=clock, sleep=clock.sleep)
    # Nothing failed in the database itself: the transaction of the test goes on.
    connection.needs_rollback = False
    return point.seen >= number


@pytest.fixture
def three(scene):
    scene.fill((COMPLIANCE, compliance("Rules", passwordRequired=False)))
    return scene.queued(
        (COMPLIANCE, compliance("Rules")),
        (CATALOG, catalog("Firewall")),
        (CATALOG, catalog("Other")),
        assignments={id_of("Firewall"): [to_group()]}.items(),
    )


@pytest.mark.parametrize("part", range(PARTS))
def test_a_turn_that_lost_the_database_is_given_up_and_the_run_goes_on(scene, three, part):
    number, has_failed = part + 1, True
    while has_failed:
        scene.refill()
        with transaction.atomic():
            clock = Clock()
            has_failed = turn_without_database(three, number, clock)
            clock.ahead += timedelta(minutes=5)
            run = scene.work(three, clock=clock)

            assert facts(run) == {"Rules": UPDATED, "Firewall": CREATED, "Other": CREATED}
            assert len(scene.applied()) == REQUESTS
            assert len(scene.live(CATALOG)) == 2
            assert not RestoreWrite.objects.exclude(state="applied").exists()
            transaction.set_rollback(True)
        number += PARTS

    assert number > 25


def test_a_database_error_is_never_the_result_of_an_item(scene, three):
    assert turn_without_database(three, 12, Clock())

    assert OperationRun.objects.get(pk=three.operation_run_id).is_live
    assert not RestoreItem.objects.filter(reason_code="unexpected").exists()


def test_a_run_does_not_end_over_a_request_in_flight(scene, three):
    run = scene.work(three)
    RestoreWrite.objects.filter(item__name="Other").update(state="in_flight")

    with pytest.raises(JournalUnsettledError):
        ending.conclude(run=run, lease=None, now=scene.clock())

    RestoreWrite.objects.update(state="applied")
    RestoreItem.objects.filter(name="Other").update(state=ItemState.IN_FLIGHT)
    with pytest.raises(JournalUnsettledError):
        ending.conclude(run=run, lease=None, now=scene.clock())
