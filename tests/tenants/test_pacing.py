import time
from datetime import timedelta

import pytest
from django.utils import timezone

from tenants.graph.clouds import Cloud, endpoints
from tenants.graph.contracts import CONDITIONAL_ACCESS, INTUNE
from tenants.models import ProviderPace
from tenants.pacing import DatabasePacer
from tests.factories import ProviderConnectionFactory


@pytest.fixture
def paced(tenant):
    """A connection to a real cloud, whose writes are paced; nothing is sent."""
    return ProviderConnectionFactory(tenant=tenant, cloud="global")


def free_at(connection, workload=INTUNE):
    return ProviderPace.objects.get(connection=connection, workload=workload).next_free_at


def test_first_write_goes_at_once_and_uses_up_its_turn(paced):
    before = timezone.now()

    DatabasePacer(paced).wait_turn(CONDITIONAL_ACCESS)

    assert timezone.now() - before < timedelta(seconds=1)
    assert free_at(paced, CONDITIONAL_ACCESS) >= before + timedelta(seconds=1)


def test_workers_share_one_pace(paced):
    apart = timedelta(seconds=endpoints(Cloud.GLOBAL).seconds_between_writes(INTUNE))
    before = timezone.now()

    for _ in range(3):
        DatabasePacer(paced).wait_turn(INTUNE)

    assert timezone.now() >= before + 2 * apart
    assert free_at(paced) >= before + 3 * apart


def test_emulator_is_not_paced(connection):
    pacer = DatabasePacer(connection)

    pacer.wait_turn(INTUNE)
    before = free_at(connection)
    pacer.wait_turn(INTUNE)

    assert free_at(connection) <= timezone.now()
    assert free_at(connection) >= before


def test_holding_off_moves_the_next_turn_but_never_back(connection):
    pacer = DatabasePacer(connection)
    before = timezone.now()

    pacer.hold_off(INTUNE, 90)
    later = free_at(connection)
    pacer.hold_off(INTUNE, 5)

    assert later >= before + timedelta(seconds=90)
    assert free_at(connection) == later


def test_write_waits_until_it_may_go(connection):
    pacer = DatabasePacer(connection)
    pacer.hold_off(INTUNE, 0.2)

    started = time.monotonic()
    pacer.wait_turn(INTUNE)

    assert time.monotonic() - started >= 0.15


def test_workloads_do_not_hold_each_other(connection):
    pacer = DatabasePacer(connection)
    pacer.hold_off(INTUNE, 90)

    started = time.monotonic()
    pacer.wait_turn(CONDITIONAL_ACCESS)

    assert time.monotonic() - started < 5
