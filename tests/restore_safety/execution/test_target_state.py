"""Listings that prove absences: fresh, and yet not taken anew for each of thousands."""

from datetime import UTC, datetime, timedelta

import pytest

from restore_safety.execution.target_state import LONG_LISTING, LONG_LISTING_SERVES, Listings

CATALOG = "configurationPolicies"


class SlowTenant:
    """Lists so many policies, and each listing takes its time."""

    def __init__(self, count, *, takes):
        self.now = datetime(2026, 11, 20, tzinfo=UTC)
        self.listed = 0
        self._count = count
        self._takes = takes

    def pages(self, path, **asked):
        self.listed += 1
        self.now += self._takes
        objects = [{"id": str(number)} for number in range(self._count)]
        # In two pages: one alone of as many as were asked for would not prove the list whole.
        return [{"value": objects[:100]}, {"value": objects[100:]}]


@pytest.mark.parametrize(
    ("count", "takes", "later", "listed"),
    [
        (LONG_LISTING, timedelta(), timedelta(), 2),
        (LONG_LISTING + 1, timedelta(), timedelta(), 1),
        (LONG_LISTING + 1, timedelta(), LONG_LISTING_SERVES, 2),
        (LONG_LISTING + 1, timedelta(seconds=50), LONG_LISTING_SERVES, 1),
        (LONG_LISTING + 1, timedelta(seconds=50), timedelta(seconds=50), 2),
    ],
)
def test_a_long_listing_serves_for_some_seconds_or_as_long_as_it_took(count, takes, later, listed):
    tenant = SlowTenant(count, takes=takes)
    listings = Listings(tenant, clock=lambda: tenant.now)

    first = listings.of(CATALOG)
    tenant.now += later
    second = listings.of(CATALOG)

    assert (tenant.listed, second) == (listed, first)
