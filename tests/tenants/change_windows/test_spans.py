"""When windows hold: truth tables, and properties over zones, days and clock changes."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from tenants.models.recurrence import (
    LONGEST_DURATION,
    Span,
    Weekly,
    Window,
    WindowEffect,
    closure_at,
    exists,
    in_words,
    readings,
)
from tenants.templatetags.ui import moment

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
).map(ZoneInfo)
MOMENTS = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001 -- the zone is given beside it
    max_value=datetime(2028, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
WEEKLY = st.builds(
    Weekly,
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.times(),
    duration=st.timedeltas(min_value=timedelta(minutes=15), max_value=LONGEST_DURATION),
)
EFFECTS = st.sampled_from(WindowEffect)
WINDOWS = st.builds(
    Window, key=st.integers(1, 9), effect=EFFECTS, zone=ZONES, reason=st.just("why"), when=WEEKLY
)


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def once(start, end, *, effect=WindowEffect.FREEZE, key=1):
    when = Span(start=at(start), end=at(end))
    return Window(key=key, effect=effect, zone=BERLIN, reason="Quarter end", when=when)


def weekly(*days, start="02:00", hours=1.0, effect=WindowEffect.FREEZE, zone=BERLIN):
    when = Weekly(
        weekdays=frozenset(days), start=time.fromisoformat(start), duration=timedelta(hours=hours)
    )
    return Window(key=7, effect=effect, zone=zone, reason="Every week", when=when)


@pytest.mark.parametrize(
    ("moment", "is_closed"),
    [
        ("2026-11-30T09:59:59", False),
        ("2026-11-30T10:00:00", True),
        ("2026-11-30T11:59:59", True),
        ("2026-11-30T12:00:00", False),
    ],
)
def test_start_is_inside_and_end_is_not(moment, is_closed):
    closure = closure_at([once("2026-11-30T10:00", "2026-11-30T12:00")], at(moment))

    assert (closure is not None) is is_closed


def test_no_window_closes_nothing():
    assert closure_at([], at("2026-11-30T10:00")) is None


FREEZE = once("2026-11-30T10:00", "2026-11-30T12:00")
ALLOWED = once("2026-11-30T11:00", "2026-11-30T14:00", effect=WindowEffect.MAINTENANCE, key=2)


@pytest.mark.parametrize(
    ("moment", "keys"),
    [
        ("2026-11-30T09:00", {2}),
        ("2026-11-30T10:30", {1, 2}),
        ("2026-11-30T11:30", {1}),
        ("2026-11-30T13:00", None),
        ("2026-11-30T15:00", {2}),
    ],
)
def test_freeze_beats_a_maintenance_window(moment, keys):
    closure = closure_at([FREEZE, ALLOWED], at(moment))

    assert (set(closure.keys) if closure else None) == keys


def test_closure_says_until_when_writing_is_allowed_again():
    closure = closure_at([FREEZE, ALLOWED], at("2026-11-30T09:00"))

    assert closure.until == at("2026-11-30T12:00")
    assert "outside the maintenance windows until 30 Nov 2026, 13:00 Europe/Berlin" in (
        closure.sentence
    )


def test_freezes_that_follow_one_another_end_with_the_last():
    second = once("2026-11-30T12:00", "2026-11-30T18:00", key=3)

    closure = closure_at([FREEZE, second], at("2026-11-30T10:00"))

    assert closure.until == at("2026-11-30T18:00")
    assert closure.sentence.endswith(": Quarter end.")


def test_freeze_without_an_end_in_sight_promises_none():
    closure = closure_at([weekly(*range(7), start="00:00", hours=25)], at("2026-11-30T10:00"))

    assert closure.until is None
    assert closure.sentence == "A freeze holds: Every week."


# On 2026-03-29 clocks in Berlin go from 02:00 to 03:00, on 2026-10-25 from 03:00 back to 02:00.


@pytest.mark.parametrize(
    ("moment", "is_closed"),
    [
        ("2026-03-29T00:29", False),
        ("2026-03-29T00:30", True),
        ("2026-03-29T02:29", True),
        ("2026-03-29T02:30", False),
    ],
)
def test_freeze_at_a_time_the_clocks_skip_covers_both_readings(moment, is_closed):
    closure = closure_at([weekly(6, start="02:30")], at(moment))

    assert (closure is not None) is is_closed


@pytest.mark.parametrize(
    ("moment", "is_closed"),
    [
        ("2026-10-25T00:29", False),
        ("2026-10-25T00:30", True),
        ("2026-10-25T01:30", True),
        ("2026-10-25T02:29", True),
        ("2026-10-25T02:30", False),
    ],
)
def test_freeze_at_a_time_that_occurs_twice_covers_both_readings(moment, is_closed):
    closure = closure_at([weekly(6, start="02:30")], at(moment))

    assert (closure is not None) is is_closed


def test_maintenance_at_a_doubtful_time_covers_only_what_is_certain():
    window = weekly(6, start="02:30", hours=2, effect=WindowEffect.MAINTENANCE)
    minutes = (at("2026-10-25T00:00") + timedelta(minutes=one) for one in range(240))

    allowed = [one for one in minutes if closure_at([window], one) is None]

    assert (allowed[0], allowed[-1]) == (at("2026-10-25T01:30"), at("2026-10-25T02:29"))


@given(ZONES, st.datetimes(datetime(2024, 1, 1), datetime(2028, 1, 1)))  # noqa: DTZ001
def test_readings_are_one_moment_unless_the_clocks_change(zone, local):
    earlier, later = readings(local, zone)

    assert earlier <= later
    if exists(local, zone):
        shown = {one.astimezone(zone).replace(tzinfo=None) for one in (earlier, later)}
        assert local in shown
    else:
        assert earlier < later


@given(WINDOWS, MOMENTS, st.floats(0, 1, exclude_max=True))
def test_weekly_freeze_covers_its_duration_from_each_reading(window, moment, share):
    when = window.when
    day = moment.astimezone(window.zone).date()
    freeze = Window(
        key=1, effect=WindowEffect.FREEZE, zone=window.zone, reason="", when=window.when
    )
    inside = when.duration * share
    for reading in readings(datetime.combine(day, when.start), window.zone):
        if day.weekday() in when.weekdays:
            assert closure_at([freeze], reading + inside) is not None


@given(WINDOWS, MOMENTS)
def test_maintenance_is_never_wider_than_a_freeze_at_the_same_times(window, moment):
    both = {
        effect: Window(key=1, effect=effect, zone=window.zone, reason="", when=window.when)
        for effect in WindowEffect
    }
    is_allowed = closure_at([both[WindowEffect.MAINTENANCE]], moment) is None
    is_frozen = closure_at([both[WindowEffect.FREEZE]], moment) is not None

    assert not is_allowed or is_frozen


@given(st.lists(WINDOWS, max_size=3), MOMENTS)
def test_another_freeze_never_opens_anything(windows, moment):
    added = Window(
        key=10,
        effect=WindowEffect.FREEZE,
        zone=BERLIN,
        reason="more",
        when=Span(start=moment - timedelta(hours=1), end=moment + timedelta(hours=1)),
    )

    closure = closure_at([*windows, added], moment)

    assert closure is not None
    assert closure.is_freeze
    assert 10 in closure.keys


@given(st.lists(WINDOWS, min_size=1, max_size=2), MOMENTS)
def test_writing_is_allowed_at_the_end_that_is_told_and_not_before(windows, moment):
    closure = closure_at(windows, moment)

    if closure and closure.until:
        assert closure_at(windows, closure.until) is None
        assert closure_at(windows, closure.until - timedelta(microseconds=1)) is not None


def test_times_of_windows_read_like_all_other_times():
    at = datetime(2026, 12, 1, 8, 5, tzinfo=UTC)
    with timezone.override("Europe/Berlin"):
        page = moment(at)

    assert in_words(at, ZoneInfo("Europe/Berlin")) == "1 Dec 2026, 09:05 Europe/Berlin"
    assert ">1 Dec 2026, 09:05<" in page
