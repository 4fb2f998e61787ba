from tenants.moments import time_zones


def test_time_zones_are_sorted_and_know_utc():
    zones = time_zones()

    assert list(zones) == sorted(set(zones))
    assert "UTC" in zones
