import pytest

from tenants.people.preferences import choose_time_zone


def test_chosen_zone_is_kept(member):
    choose_time_zone(actor=member, time_zone="Europe/Berlin")

    member.refresh_from_db()
    assert member.time_zone == "Europe/Berlin"


def test_unknown_zone_is_refused(member):
    with pytest.raises(ValueError, match="Mars/Olympus is not a time zone"):
        choose_time_zone(actor=member, time_zone="Mars/Olympus")

    member.refresh_from_db()
    assert member.time_zone == "UTC"
