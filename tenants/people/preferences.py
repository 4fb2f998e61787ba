"""What a person chooses for themselves."""

from functools import cache
from zoneinfo import available_timezones

from django.db import transaction

from tenants.audit import trail
from tenants.models import User


@cache
def time_zones() -> tuple[str, ...]:
    """Every zone a person can choose; UTC is there even where the system knows no other."""
    return tuple(sorted(available_timezones() | {"UTC"}))


def choose_time_zone(*, actor: User, time_zone: str) -> None:
    """Show this person's pages in the zone from their next request on."""
    if time_zone not in time_zones():
        raise ValueError(f"{time_zone} is not a time zone.")
    with transaction.atomic():
        actor.time_zone = time_zone
        actor.save(update_fields=["time_zone"])
        trail.record(
            action="preferences.changed",
            actor=actor,
            tenant=None,
            subject=f"user:{actor.pk}",
            detail={"time_zone": time_zone},
        )
