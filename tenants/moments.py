"""How an instant is written for people: alike on every page, and in every sentence."""

from datetime import datetime, tzinfo
from functools import cache
from zoneinfo import available_timezones

from django.utils.dateformat import format as format_date

FORMAT = "j M Y, H:i"


def in_words(at: datetime, zone: tzinfo) -> str:
    """The local time in the zone, without the zone's name."""
    return str(format_date(at.astimezone(zone), FORMAT))


@cache
def time_zones() -> tuple[str, ...]:
    """Every zone a person can choose; UTC is there even where the system knows no other."""
    return tuple(sorted(available_timezones() | {"UTC"}))
