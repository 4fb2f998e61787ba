"""Adding and removing change windows, and asking them whether a tenant takes writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from tenants.access.service import require
from tenants.audit import trail
from tenants.change_windows.safeguards import confirm_named
from tenants.models import ChangeWindow, Tenant, User
from tenants.models.capabilities import Capability
from tenants.models.change_window import WEEKDAYS
from tenants.models.recurrence import LONGEST_DURATION, Closure, Window, WindowEffect, closure_at
from tenants.moments import in_words

MOST_WINDOWS = 50


class WindowRefusedError(Exception):
    """The window cannot be added or removed; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowEntry:
    """What a manager entered: a stretch of time, or weekdays with a start and a duration."""

    effect: WindowEffect
    zone: ZoneInfo
    reason: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    weekdays: frozenset[int] = frozenset()
    start_time: time | None = None
    duration: timedelta | None = None


def windows_of(tenant: Tenant, *, at: datetime) -> tuple[Window, ...]:
    """The tenant's windows that may still matter at the moment, in one query."""
    rows = ChangeWindow.objects.in_tenant(tenant).not_removed().not_over_at(at)
    return tuple(row.to_window() for row in rows[:MOST_WINDOWS])


def closure_of(tenant: Tenant, *, at: datetime) -> Closure | None:
    """Why nothing may be written to the tenant at the moment; None where it is allowed."""
    return closure_at(windows_of(tenant, at=at), at)


def add_window(*, actor: User, tenant: Tenant, entry: WindowEntry, now: datetime) -> ChangeWindow:
    """Add a window, in force at once; WindowRefusedError when it can never hold or is too much."""
    require(actor, Capability.MANAGE_CONNECTION, tenant)
    if reason := _obstacle_to(entry, now=now):
        raise WindowRefusedError(reason)
    with transaction.atomic(), trail.written_last():
        # Holds the tenant: of two who add at once, the second counts the first one's window.
        Tenant.objects.select_for_update().get(pk=tenant.pk)
        kept = ChangeWindow.objects.in_tenant(tenant).not_removed().not_over_at(now)
        if kept.count() >= MOST_WINDOWS:
            raise WindowRefusedError(f"A tenant has at most {MOST_WINDOWS} windows. Remove one.")
        window = ChangeWindow.objects.create(
            tenant=tenant,
            effect=entry.effect,
            time_zone=entry.zone.key,
            reason=entry.reason.strip(),
            starts_at=entry.starts_at,
            ends_at=entry.ends_at,
            weekdays=sum(1 << number for number in entry.weekdays),
            start_time=entry.start_time,
            duration=entry.duration,
            created_by=actor,
            created_at=now,
        )
        _record("change_window.added", actor, window)
    return window


def remove_window(
    *, actor: User, window: ChangeWindow, now: datetime, typed_name: str = ""
) -> bool:
    """Remove the window; False when it was removed already.

    One that keeps writes away at the moment takes the tenant's name, or NameNotTypedError.
    """
    require(actor, Capability.MANAGE_CONNECTION, window.tenant)
    with transaction.atomic(), trail.written_last():
        tenant = Tenant.objects.select_for_update().get(pk=window.tenant_id)
        removal = removal_of(window, now=now)
        claimed = ChangeWindow.objects.not_removed().filter(pk=window.pk)
        if not claimed.update(removed_at=now, removed_by=actor):
            return False
        if removal.needs_name:
            # Raised inside the transaction: nothing of it stays.
            confirm_named(tenant, typed_name)
        states = {"before": in_short(removal.before), "after": in_short(removal.after)}
        _record("change_window.removed", actor, window, states)
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What removing a window changes at the moment: why nothing is written before, and after."""

    is_running_freeze: bool
    before: Closure | None
    after: Closure | None

    @property
    def needs_name(self) -> bool:
        """Whether the window keeps writes away now."""
        return self.is_running_freeze or (self.before is not None and self.after is None)

    @property
    def sentence(self) -> str:
        """What it opens, in one sentence."""
        if self.after is None:
            return "Restores can then write to this tenant at once."
        return f"Writes stay forbidden all the same for now: {self.after.sentence}"


def removal_of(window: ChangeWindow, *, now: datetime) -> Removal:
    """What the tenant's windows say now, with this one and without it."""
    windows = windows_of(window.tenant, at=now)
    others = tuple(one for one in windows if one.key != window.pk)
    is_running = window.removed_at is None and window.to_window().span_at(now) is not None
    return Removal(
        is_running_freeze=is_running and window.effect_member is WindowEffect.FREEZE,
        before=closure_at(windows, now),
        after=closure_at(others, now),
    )


def in_short(closure: Closure | None) -> str:
    """Whether the windows allowed writes, as the trail says it."""
    return f"writes forbidden: {closure.sentence}" if closure else "writes allowed"


def _obstacle_to(entry: WindowEntry, *, now: datetime) -> str:
    if not entry.reason.strip():
        return "Say why the window is there."
    if entry.starts_at is not None and entry.ends_at is not None:
        if entry.ends_at <= entry.starts_at:
            return "The window ends before it begins."
        return "The window is over already." if entry.ends_at <= now else ""
    if not entry.weekdays or entry.start_time is None or entry.duration is None:
        return "Enter a beginning and an end, or weekdays with a start and a duration."
    if not timedelta(0) < entry.duration <= LONGEST_DURATION:
        return f"A weekly window lasts at most {LONGEST_DURATION.days} days."
    return ""


def _record(
    action: str, actor: User, window: ChangeWindow, states: Mapping[str, str] | None = None
) -> None:
    trail.record(
        action=action,
        actor=actor,
        tenant=window.tenant,
        subject=f"change_window:{window.pk}",
        detail={
            "effect": window.effect,
            "reason": window.reason,
            "time_zone": window.time_zone,
            "when": when_in_words(window),
            **(states or {}),
        },
    )


def when_in_words(window: ChangeWindow) -> str:
    """When the window holds, in the local time of its zone."""
    if window.starts_at is not None and window.ends_at is not None:
        zone = ZoneInfo(window.time_zone)
        return f"{in_words(window.starts_at, zone)} to {in_words(window.ends_at, zone)}"
    if window.start_time is None or window.duration is None:
        return ""
    days = _days_in_words(window)
    minutes = int(window.duration.total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h" if hours else "", f"{rest} min" if rest else ""]
    return f"{days} from {window.start_time:%H:%M}, for {' '.join(filter(None, parts))}"


def _days_in_words(window: ChangeWindow) -> str:
    days = sorted(window.weekday_numbers)
    return "Every day" if len(days) == len(WEEKDAYS) else ", ".join(WEEKDAYS[day] for day in days)
