"""The time that leases rest on: the database's, never ahead of it, whatever the machine says."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tenants import clock
from tenants.clock import KEPT_SECONDS, TOLERANCE, DatabaseClock, is_off, sentence_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class World:
    """A database, a machine whose clock may be wrong, and answers that take their time."""

    def __init__(self):
        self.passed = 0.0
        self.answer_takes = 0.0
        self.machine_is_ahead = timedelta()
        self.asked = 0

    @property
    def true_time(self):
        return NOON + timedelta(seconds=self.passed)

    def read(self):
        self.asked += 1
        told = self.true_time
        self.passed += self.answer_takes
        return told


@pytest.fixture
def world(monkeypatch):
    world = World()
    monkeypatch.setattr(timezone, "now", lambda: world.true_time + world.machine_is_ahead)
    return world


@pytest.fixture
def database_clock(world):
    return DatabaseClock(read=world.read, monotonic=lambda: world.passed)


@pytest.mark.parametrize("minutes", [-3, 3])
def test_time_is_the_databases_whatever_the_machine_says(world, database_clock, minutes):
    world.machine_is_ahead = timedelta(minutes=minutes)

    assert database_clock.now() == NOON
    world.passed += KEPT_SECONDS / 2
    assert database_clock.now() == world.true_time


def test_database_is_asked_again_after_a_while_and_not_before(world, database_clock):
    database_clock.now()
    world.passed += KEPT_SECONDS - 0.01
    database_clock.now()
    assert world.asked == 1

    world.passed += 0.01
    database_clock.now()
    assert world.asked == 2


def test_slow_answer_makes_the_time_lag_and_never_lead(world, database_clock):
    world.answer_takes = 4

    assert database_clock.now() == NOON
    assert world.true_time == NOON + timedelta(seconds=4)
    world.passed += 5
    assert database_clock.now() == world.true_time - timedelta(seconds=4)


@pytest.mark.parametrize("seconds", [-180, -31, 31, 180])
def test_clock_that_is_off_is_noticed(world, database_clock, seconds):
    world.machine_is_ahead = timedelta(seconds=seconds)

    assert database_clock.offset() == world.machine_is_ahead
    assert is_off(database_clock.offset())


def test_clock_that_is_set_meanwhile_is_noticed(world, database_clock):
    database_clock.now()
    world.machine_is_ahead = timedelta(minutes=3)

    assert database_clock.offset() == timedelta(minutes=3)


@pytest.mark.parametrize("ahead", [timedelta(), TOLERANCE, -TOLERANCE])
def test_small_offset_is_tolerated(ahead):
    assert not is_off(ahead)


def test_slow_answer_is_not_taken_for_a_wrong_clock(world, database_clock):
    world.answer_takes = 40

    assert database_clock.offset() == timedelta()


def test_without_a_clock_in_the_database_the_machines_counts(world):
    alone = DatabaseClock(read=lambda: None)
    world.machine_is_ahead = timedelta(minutes=3)

    assert alone.now() == world.true_time + timedelta(minutes=3)
    assert alone.offset() == timedelta()


def test_offset_is_said_in_words():
    assert sentence_of(timedelta(seconds=181)) == "181 s ahead of the database's"
    assert sentence_of(timedelta(seconds=-60)) == "60 s behind the database's"


@pytest.mark.django_db
def test_database_tells_this_moment_and_not_when_the_transaction_began():
    first, second = clock.database_time(), clock.database_time()

    if connection.vendor == "postgresql":
        assert first < second
        assert first.utcoffset() == timedelta()
    else:
        assert first is second is None
