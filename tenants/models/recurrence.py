"""When a change window holds: pure functions of windows and a moment.

A freeze always wins over a maintenance window. Where a tenant has maintenance windows at all,
nothing is written outside of them.

A weekly window begins at a local time of its zone. On the days the clocks change, that time may
occur twice or not at all; it then has two readings. A freeze covers both of them, from the earlier
one until its duration after the later one: it is never shorter than what was asked for. A
maintenance window covers only what both readings have in common: it is never longer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from tenants import moments

LONGEST_DURATION = timedelta(days=7)
# How far ahead the next opening is looked for, and how many changes are gone through for it.
_HORIZON = timedelta(days=400)
_MOST_CHANGES = 200


class WindowEffect(StrEnum):
    """What a change window does to the writes of restores."""

    FREEZE = "freeze"
    MAINTENANCE = "maintenance"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def sentence(self) -> str:
        return _SENTENCES[self]


_LABELS = {WindowEffect.FREEZE: "Freeze", WindowEffect.MAINTENANCE: "Maintenance window"}
_SENTENCES = {
    WindowEffect.FREEZE: "No restore writes to the tenant while it lasts.",
    WindowEffect.MAINTENANCE: "Restores write to the tenant only inside such windows.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time: its start is part of it, its end is not."""

    start: datetime
    end: datetime

    def covers(self, at: datetime) -> bool:
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """On these weekdays (Monday is 0), from a local time on, for this long."""

    weekdays: frozenset[int]
    start: time
    duration: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """One window: a stretch of its own, or one that comes back each week."""

    key: int
    effect: WindowEffect
    zone: ZoneInfo
    reason: str
    when: Span | Weekly

    def spans(self, *, since: datetime, until: datetime) -> Iterator[Span]:
        """Every stretch that touches the time from `since` to `until`, in order of its start."""
        if isinstance(self.when, Span):
            stretches: Iterator[Span] = iter((self.when,))
        else:
            stretches = self._weekly(self.when, since=since, until=until)
        return (one for one in stretches if one.end > since and one.start <= until)

    def _weekly(self, when: Weekly, *, since: datetime, until: datetime) -> Iterator[Span]:
        first = (since.astimezone(self.zone) - when.duration - timedelta(days=2)).date()
        last = (until.astimezone(self.zone) + timedelta(days=1)).date()
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            if day.weekday() in when.weekdays:
                span = self._on(day, when)
                if span.start < span.end:
                    yield span

    def _on(self, day: date, when: Weekly) -> Span:
        earlier, later = readings(datetime.combine(day, when.start), self.zone)
        if self.effect is WindowEffect.FREEZE:
            return Span(start=earlier, end=later + when.duration)
        return Span(start=later, end=earlier + when.duration)

    def span_at(self, at: datetime) -> Span | None:
        """The stretch that covers the moment; of several, the one that ends last."""
        covering = (one for one in self.spans(since=at, until=at) if one.covers(at))
        return max(covering, key=lambda one: one.end, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Why nothing may be written at a moment: the windows that say so, and until when.

    `until` is None where no opening is in sight.
    """

    keys: frozenset[int]
    reasons: tuple[str, ...]
    is_freeze: bool
    until: datetime | None
    zone: ZoneInfo

    @property
    def sentence(self) -> str:
        what = "A freeze holds" if self.is_freeze else "It is outside the maintenance windows"
        end = f" until {in_words(self.until, self.zone)}" if self.until else ""
        why = f": {'; '.join(self.reasons)}" if self.reasons else ""
        return f"{what}{end}{why}".rstrip(".") + "."


def readings(local: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The earlier and the later instant a local time may stand for; mostly they are the same."""
    both = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return min(both), max(both)


def exists(local: datetime, zone: ZoneInfo) -> bool:
    """Whether a clock in the zone ever shows this local time."""
    back = local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return back.replace(tzinfo=None) == local


def in_words(at: datetime, zone: ZoneInfo) -> str:
    return f"{moments.in_words(at, zone)} {zone.key}"


def closure_at(windows: Sequence[Window], at: datetime) -> Closure | None:
    """Why nothing may be written at the moment; None where writing is allowed."""
    closing = _closing(windows, at)
    if not closing:
        return None
    freezes = [one for one in closing if one.effect is WindowEffect.FREEZE]
    return Closure(
        keys=frozenset(one.key for one in closing),
        reasons=tuple(dict.fromkeys(one.reason for one in freezes)),
        is_freeze=bool(freezes),
        until=_opening_after(windows, at),
        zone=closing[0].zone,
    )


def _closing(windows: Sequence[Window], at: datetime) -> list[Window]:
    """The freezes that hold, and all maintenance windows where there are some and none is open."""
    closing = [
        one for one in windows if one.effect is WindowEffect.FREEZE and one.span_at(at) is not None
    ]
    maintenance = [one for one in windows if one.effect is WindowEffect.MAINTENANCE]
    if all(one.span_at(at) is None for one in maintenance):
        closing += maintenance
    return closing


def _opening_after(windows: Sequence[Window], at: datetime) -> datetime | None:
    """The first moment after a closed one at which writing is allowed again."""
    moment = at
    for _ in range(_MOST_CHANGES):
        following = _next_change(windows, moment, farthest=at + _HORIZON)
        if following is None:
            return None
        moment = following
        if not _closing(windows, moment):
            return moment
    return None


def _next_change(
    windows: Sequence[Window], after: datetime, *, farthest: datetime
) -> datetime | None:
    """The next moment at which a window begins or ends."""
    ahead = after + timedelta(days=8)
    edges = (
        edge
        for one in windows
        for span in one.spans(since=after, until=_reach(one, ahead, farthest))
        for edge in (span.start, span.end)
    )
    return min((edge for edge in edges if edge > after), default=None)


def _reach(window: Window, ahead: datetime, farthest: datetime) -> datetime:
    return farthest if isinstance(window.when, Span) else min(ahead, farthest)
