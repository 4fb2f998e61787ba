"""Who is at work, as far as they report, and what a page may promise accordingly."""

from datetime import timedelta

import pytest
from django.db import OperationalError

from operations import processes
from operations.liveness import Liveness
from operations.models import ProcessRole, ServiceProcess
from operations.processes import SILENT_AFTER, Pulse, forget_the_gone, services_at
from tests.operations.factories import NOW, ServiceProcessFactory

LONG_AGO = NOW - SILENT_AFTER - timedelta(seconds=1)
PROMISES = [
    Liveness.UNSENT,
    Liveness.SCHEDULED,
    Liveness.PAUSED,
    Liveness.RESUMING,
    Liveness.STALE,
    Liveness.ABANDONED,
]

pytestmark = pytest.mark.django_db


@pytest.fixture
def both_at_work():
    for role in ProcessRole:
        ServiceProcessFactory(role=role)


def titles():
    return [warning.title for warning in services_at(NOW).warnings]


def test_nothing_is_warned_of_while_both_report(both_at_work):
    services = services_at(NOW)

    assert services.warnings == ()
    assert all(services.next_step(one) == one.next_step for one in Liveness)


@pytest.mark.parametrize("liveness", PROMISES)
def test_nothing_is_promised_that_only_a_silent_recovery_would_do(liveness):
    ServiceProcessFactory(role=ProcessRole.WORKER)
    ServiceProcessFactory(role=ProcessRole.RECOVERY, seen_at=LONG_AGO)

    services = services_at(NOW)

    assert [(one.title, one.since) for one in services.warnings] == [
        ("No recovery process has reported lately", LONG_AGO)
    ]
    assert services.next_step(liveness).startswith("Nothing happens by itself: no recovery")


def test_nothing_is_promised_that_only_a_silent_worker_would_do():
    ServiceProcessFactory(role=ProcessRole.RECOVERY)

    services = services_at(NOW)

    assert [(one.title, one.since) for one in services.warnings] == [
        ("No worker has reported lately", None)
    ]
    assert services.next_step(Liveness.WAITING).startswith("It does not start by itself")
    assert services.next_step(Liveness.LIVE) == Liveness.LIVE.next_step


def test_one_of_several_is_enough(both_at_work):
    ServiceProcessFactory(role=ProcessRole.RECOVERY, seen_at=LONG_AGO)

    assert titles() == []


def test_clock_that_is_off_is_warned_of_while_its_worker_reports(both_at_work):
    ServiceProcessFactory(clock_ahead=timedelta(minutes=3))
    ServiceProcessFactory(clock_ahead=timedelta(seconds=-20))
    ServiceProcessFactory(clock_ahead=timedelta(minutes=-9), seen_at=LONG_AGO)

    assert titles() == ["The clock of a worker is 180 s ahead of the database's"]


def test_what_is_at_work_is_read_in_one_query(both_at_work, django_assert_num_queries):
    ServiceProcessFactory.create_batch(5)

    with django_assert_num_queries(1):
        titles()


def test_worker_reports_from_beside_its_work_again_and_again(monkeypatch):
    monkeypatch.setattr(processes, "connection", Kept())
    monkeypatch.setattr(processes, "own_offset", lambda: timedelta(seconds=7))
    pulse = Pulse(ProcessRole.WORKER)

    pulse.beat()
    first = ServiceProcess.objects.get()
    pulse.beat()
    second = ServiceProcess.objects.get()

    assert (first.role, first.clock_ahead) == (ProcessRole.WORKER, timedelta(seconds=7))
    assert (second.pk, second.started_at) == (first.pk, first.started_at)
    assert second.seen_at > first.seen_at


def test_report_that_fails_is_made_up_for_by_the_next(monkeypatch):
    monkeypatch.setattr(processes, "connection", Kept())
    pulse = Pulse(ProcessRole.WORKER)
    with monkeypatch.context() as away:
        away.setattr(processes, "database_now", fail)
        pulse.beat()
    assert not ServiceProcess.objects.exists()

    pulse.beat()

    assert ServiceProcess.objects.exists()


def test_who_is_long_gone_is_forgotten(both_at_work):
    ServiceProcessFactory(seen_at=NOW - timedelta(days=2))

    forget_the_gone(now=NOW)

    assert set(ServiceProcess.objects.values_list("seen_at", flat=True)) == {NOW}


class Kept:
    """Stands for the connection, which has to outlive the test's transaction."""

    def close(self):
        return None


def fail():
    raise OperationalError("gone")
