"""Whether restores into a tenant need another person's approval, and for how long that counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import transaction

from tenants.access.service import require
from tenants.audit import trail
from tenants.change_windows.safeguards import confirm_named
from tenants.models import Tenant, User
from tenants.models.capabilities import Capability
from tenants.reauthentication import is_recent

SHORTEST = timedelta(hours=1)
LONGEST = timedelta(days=14)
SWITCHED_OFF = "no approval needed"


class ProofNeededError(Exception):
    """Lowering the safeguard is for who proved recently that it is them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FourEyes:
    """Whether approval is needed, and for how long requests and approvals count."""

    needed: bool
    lifetime: timedelta

    @classmethod
    def of(cls, tenant: Tenant) -> Self:
        return cls(needed=tenant.needs_approval, lifetime=tenant.approval_lifetime)

    def is_lower_than(self, other: Self) -> bool:
        """Whether this lets through more than the other does."""
        return other.needed and (not self.needed or self.lifetime > other.lifetime)


def set_four_eyes(  # noqa: PLR0913 -- who sets it to what, proven how, and as of when
    *,
    actor: User,
    tenant: Tenant,
    setting: FourEyes,
    authenticated_at: datetime | None,
    now: datetime,
    typed_name: str = "",
) -> bool:
    """Set it; False when it stood so.

    Raising holds at once. Lowering takes a recent proof, or ProofNeededError; switching it off the
    tenant's name as well, or NameNotTypedError.
    """
    require(actor, Capability.MANAGE_CONNECTION, tenant)
    if not SHORTEST <= setting.lifetime <= LONGEST:
        raise ValueError("An approval counts for between an hour and 14 days.")
    with transaction.atomic(), trail.written_last():
        current = Tenant.objects.select_for_update().get(pk=tenant.pk)
        before = FourEyes.of(current)
        if setting == before:
            return False
        is_lower = setting.is_lower_than(before)
        if is_lower and not is_recent(authenticated_at, now=now):
            raise ProofNeededError(
                "Four eyes is lowered by who proved in the last "
                f"{settings.REAUTHENTICATION_MINUTES} minutes that it is them."
            )
        if before.needed and not setting.needed:
            confirm_named(current, typed_name)
        current.needs_approval, current.approval_lifetime = setting.needed, setting.lifetime
        current.save(update_fields=["needs_approval", "approval_lifetime"])
        words = {"before": in_words(before), "after": in_words(setting)}
        if is_lower:
            _record("four_eyes.lowered", actor, current, words)
        else:
            _record("four_eyes.raised", actor, current, words)
    tenant.needs_approval, tenant.approval_lifetime = setting.needed, setting.lifetime
    return True


def opened_by_switching_off(tenant: Tenant) -> str:
    """What switching it off lets through, in one sentence."""
    return (
        f"Every restore into {tenant.name}, also one that waits for approval, can then be queued "
        "without another person."
    )


def in_words(setting: FourEyes) -> str:
    """The setting as the trail says it."""
    if not setting.needed:
        return SWITCHED_OFF
    hours = int(setting.lifetime.total_seconds()) // 3600
    return f"approval needed, counting for {hours} h"


def _record(action: str, actor: User, tenant: Tenant, words: dict[str, str]) -> None:
    trail.record(
        action=action, actor=actor, tenant=tenant, subject=f"tenant:{tenant.pk}", detail=words
    )
