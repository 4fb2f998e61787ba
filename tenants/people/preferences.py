"""What a person chooses for themselves."""

from django.db import transaction

from tenants.audit import trail
from tenants.models import User
from tenants.moments import time_zones


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
