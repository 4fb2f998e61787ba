"""What a manager enters of a change window, and of whether restores need approval."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Submit
from django import forms
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from tenants.change_windows.service import WindowEntry
from tenants.models.change_window import REASON_LENGTH, WEEKDAYS
from tenants.models.recurrence import LONGEST_DURATION, WindowEffect, exists, readings
from tenants.moments import time_zones

_ONCE, _WEEKLY = "once", "weekly"
_LONGEST_HOURS = int(LONGEST_DURATION.total_seconds()) // 3600
_LOCAL = "%Y-%m-%dT%H:%M"


class LocalTimeField(forms.DateTimeField):
    """A local time without a zone, as a browser's own field sends it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_LOCAL)

    def __init__(self, **options: Any) -> None:
        super().__init__(input_formats=[_LOCAL, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"], **options)

    def to_python(self, value: Any) -> datetime | None:
        read: datetime | None = super().to_python(value)
        return read.replace(tzinfo=None) if read else None


class TimeZoneSelect(forms.Select):
    """A list of all time zones. A template for each of the 600 would be most of a page's time."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        chosen = self.format_value(value)
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            (
                (zone, SafeString(" selected") if zone in chosen else "", label)
                for zone, label in _labelled_zones()
            ),
        )
        attributes = self.build_attrs(self.attrs, {"name": name} | (attrs or {}))
        return format_html("<select{}>\n{}\n</select>", flatatt(attributes), options)


class TimeZoneField(forms.ChoiceField):
    """An IANA time zone, one of those a person can choose."""

    widget = TimeZoneSelect

    def __init__(self, **options: Any) -> None:
        # Asked for when needed: every form copies its fields, and would copy a list of 600 each.
        super().__init__(choices=_labelled_zones, **options)


@cache
def _labelled_zones() -> tuple[tuple[str, str], ...]:
    return tuple((zone, zone.replace("_", " ")) for zone in time_zones())


class ChangeWindowForm(forms.Form):
    """One window: once from a moment to another, or weekly from a local time for a while."""

    effect = forms.TypedChoiceField(
        label="What it does",
        choices=[(one.value, f"{one.label}: {one.sentence}") for one in WindowEffect],
        coerce=WindowEffect,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        max_length=REASON_LENGTH, help_text="Shown to everybody whose restore it stops."
    )
    time_zone = TimeZoneField(
        label="Time zone",
        help_text="Every time below is a local time of this zone.",
    )
    repeats = forms.ChoiceField(
        label="When",
        choices=[(_ONCE, "Once"), (_WEEKLY, "Every week")],
        widget=forms.RadioSelect,
    )
    starts = LocalTimeField(label="From", required=False)
    ends = LocalTimeField(label="To", required=False)
    weekdays = forms.TypedMultipleChoiceField(
        required=False,
        choices=list(enumerate(WEEKDAYS)),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    start_time = forms.TimeField(
        label="Start",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )
    hours = forms.DecimalField(
        label="Duration in hours",
        required=False,
        min_value=0.25,
        max_value=_LONGEST_HOURS,
        max_digits=6,
        decimal_places=2,
        help_text=f"At most {_LONGEST_HOURS}.",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        zone: str,
        entered: Mapping[str, Any] | None = None,
    ) -> None:
        initial = {"effect": WindowEffect.FREEZE, "time_zone": zone, "repeats": _ONCE}
        super().__init__(data, initial=initial | dict(entered or {}))
        self.helper = FormHelper()
        self.helper.layout = Layout(
            Fieldset("The window", "effect", "reason", "time_zone", "repeats"),
            Fieldset("Once", "starts", "ends"),
            Fieldset("Every week", "weekdays", "start_time", "hours"),
        )
        self.helper.add_input(Submit("add", "Add window"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        is_once = cleaned.get("repeats") == _ONCE
        needed = ("starts", "ends") if is_once else ("weekdays", "start_time", "hours")
        for name in needed:
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, "This is needed.")
        if is_once and not self.errors and cleaned["ends"] <= cleaned["starts"]:
            self.add_error("ends", "The window ends before it begins.")
        if is_once and not self.errors and cleaned["effect"] is WindowEffect.MAINTENANCE:
            for name in needed:
                if not exists(cleaned[name], ZoneInfo(cleaned["time_zone"])):
                    self.add_error(name, "The clocks of this zone skip this time.")
        return cleaned

    def entry(self) -> WindowEntry:
        """What was entered, with the instants its local times stand for.

        A time that occurs twice, or not at all, is read so that a freeze is never shorter and a
        maintenance window never longer than it was meant.
        """
        cleaned = self.cleaned_data
        zone = ZoneInfo(cleaned["time_zone"])
        common: dict[str, Any] = {
            "effect": cleaned["effect"],
            "zone": zone,
            "reason": cleaned["reason"],
        }
        if cleaned["repeats"] == _WEEKLY:
            return WindowEntry(
                **common,
                weekdays=frozenset(cleaned["weekdays"]),
                start_time=cleaned["start_time"],
                duration=timedelta(hours=float(cleaned["hours"])),
            )
        begins, ends = readings(cleaned["starts"], zone), readings(cleaned["ends"], zone)
        is_freeze = cleaned["effect"] is WindowEffect.FREEZE
        return WindowEntry(
            **common,
            starts_at=min(begins) if is_freeze else max(begins),
            ends_at=max(ends) if is_freeze else min(ends),
        )
