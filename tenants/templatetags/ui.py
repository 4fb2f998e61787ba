"""The components of the pages, as tags with signatures.

A misspelt or missing argument fails when the template compiles; a state becomes a badge here alone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, Protocol

from django import template
from django.core.paginator import Page
from django.http import HttpRequest
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.safestring import SafeString

from tenants.moments import FORMAT
from tenants.web.badges import Badge, Tone, as_badge, tone_of_message

register = template.Library()

_TONE_ICONS = {
    Tone.NEUTRAL: "info-circle",
    Tone.INFO: "info-circle",
    Tone.PROGRESS: "arrow-repeat",
    Tone.CAUTION: "exclamation-triangle",
    Tone.DANGER: "exclamation-octagon",
    Tone.POSITIVE: "check-circle",
}
_DIGEST_LENGTH = 12
_DIGESTS = ("sha256:", "audit1:")


class Action(Protocol):
    """One thing a person can do next; `method` is "get" or "post"."""

    @property
    def label(self) -> str: ...
    @property
    def url(self) -> str: ...


class Step(Protocol):
    """A step of several; `state` is done, current or upcoming, `integrity` an enum or None."""

    @property
    def label(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def state(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    label: str
    value: object
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _PageLink:
    label: str
    url: str
    is_current: bool


@register.inclusion_tag("components/badge.html")
def badge(member: Enum | Badge, *, count: int | None = None) -> dict[str, Any]:
    """The state as word, tone and icon together; what it means is on hover and in print."""
    return {"badge": as_badge(member), "count": count}


@register.inclusion_tag("components/state.html")
def state(member: Enum | Badge) -> dict[str, Any]:
    """The state as a badge with its meaning spelt out beside it."""
    return {"badge": as_badge(member)}


@register.simple_block_tag
def panel(  # noqa: PLR0913 -- one argument per part of a panel
    content: SafeString,
    *,
    title: str,
    icon: str = "",
    subtitle: str = "",
    badge: Enum | Badge | None = None,
    flush: bool = False,
    anchor: str = "",
) -> SafeString:
    """A titled section; `flush` lets a table reach the edges."""
    context = {
        "content": content,
        "title": title,
        "icon": icon,
        "subtitle": subtitle,
        "badge": badge,
        "flush": flush,
        "anchor": anchor,
    }
    return render_to_string("components/panel.html", context)


@register.simple_block_tag
def alert(
    content: SafeString, *, tone: str = Tone.INFO, title: str = "", icon: str = ""
) -> SafeString:
    """A notice in the page; only a danger interrupts a screen reader."""
    context = {
        "content": content,
        "tone": Tone(tone),
        "title": title,
        "icon": icon or _TONE_ICONS[Tone(tone)],
        "role": "alert" if Tone(tone) is Tone.DANGER else "",
    }
    return render_to_string("components/alert.html", context)


@register.inclusion_tag("components/toast.html")
def toast(message: Any) -> dict[str, Any]:
    tone = tone_of_message(message.level_tag)
    return {"message": message, "tone": tone, "icon": _TONE_ICONS[tone]}


@register.simple_tag
def moment(value: datetime | None, *, missing: str = "—") -> SafeString:
    """An instant in the reader's zone; the exact one on hover."""
    shown = {"missing": missing} if value is None else _shown(value)
    # Without the line's end of the template: a full stop may follow.
    return SafeString(render_to_string("components/moment.html", shown).strip())


def _shown(value: datetime) -> dict[str, str]:
    local = timezone.localtime(value)
    return {
        "machine": value.isoformat(),
        "shown": format_date(local, FORMAT),
        "exact": f"{format_date(local, 'l j F Y, H:i:s')} {local.tzname()}"
        f" · {value.isoformat(timespec='milliseconds')}",
    }


@register.inclusion_tag("components/digest.html")
def digest(value: str) -> dict[str, Any]:
    """The start of a digest; the whole of it on hover, in print and to a screen reader."""
    algorithm, separator, rest = value.rpartition(":")
    return {
        "algorithm": f"{algorithm}{separator}",
        "short": rest[:_DIGEST_LENGTH],
        "rest": rest[_DIGEST_LENGTH:],
        "value": value,
    }


@register.inclusion_tag("components/next_action.html")
def next_action(action: Action | None) -> dict[str, Any]:
    """The one primary action of the screen."""
    return {"action": action, "is_post": getattr(action, "method", "get") == "post"}


@register.inclusion_tag("components/disabled_action.html")
def disabled_action(*, label: str, reason: str, icon: str = "") -> dict[str, Any]:
    """An action that cannot be taken now, with the reason beside it."""
    return {"label": label, "reason": reason, "icon": icon}


@register.inclusion_tag("components/empty.html")
def empty(
    *, title: str, text: str = "", icon: str = "inbox", action: Action | None = None
) -> dict[str, Any]:
    return {"icon": icon, "title": title, "text": text, "action": action}


@register.inclusion_tag("components/change.html")
def change(change: Any) -> dict[str, Any]:
    """What changed, before → after; named by its `label`, or by its `path`."""
    return {"change": change}


@register.inclusion_tag("components/progress_bar.html")
def progress_bar(*, done: int, total: int | None, label: str) -> dict[str, Any]:
    """Work done of the whole; without a whole the bar only says that work goes on."""
    return {"done": done, "total": total or 0, "label": label}


@register.inclusion_tag("components/stat.html")
def stat(  # noqa: PLR0913 -- one argument per part of the metric
    *,
    label: str,
    value: object,
    tone: str = Tone.NEUTRAL,
    icon: str = "",
    note: str = "",
    url: str = "",
) -> dict[str, Any]:
    return {
        "label": label,
        "value": value,
        "tone": Tone(tone),
        "icon": icon,
        "note": note,
        "url": url,
    }


@register.inclusion_tag("components/facts.html")
def facts(rows: Iterable[tuple[str, object]]) -> dict[str, Any]:
    """A list of (label, value): a state is drawn as its badge, an instant as a moment."""
    return {"facts": [_Fact(label=label, value=value, kind=_kind(value)) for label, value in rows]}


@register.inclusion_tag("components/steps.html")
def steps(steps: Sequence[Step], *, label: str = "Steps") -> dict[str, Any]:
    position = next((n for n, step in enumerate(steps, 1) if step.state == "current"), 0)
    return {"steps": steps, "label": label, "position": position}


@register.inclusion_tag("components/crumb.html")
def crumb(label: str, url: str = "") -> dict[str, Any]:
    """One step of the way here; the last one has no address."""
    return {"label": label, "url": url}


@register.inclusion_tag("components/pager.html", takes_context=True)
def pager(
    context: Context, page: Page[Any], *, parameter: str = "page", fragment: str = ""
) -> dict[str, Any]:
    """The way through a list's pages; every other choice in the address is kept.

    `fragment` is the anchor of the list, where it does not stand at the top of its page.
    """
    request = context["request"]
    place = f"#{fragment}" if fragment else ""

    def link(number: int | str) -> _PageLink:
        known = isinstance(number, int)
        return _PageLink(
            label=str(number),
            url=f"{_page_url(request, parameter, number)}{place}" if known else "",
            is_current=number == page.number,
        )

    paginator = page.paginator
    numbers = paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)
    return {
        "page": page,
        "links": [link(number) for number in numbers],
        "previous": link(page.previous_page_number()) if page.has_previous() else None,
        "next": link(page.next_page_number()) if page.has_next() else None,
    }


def _kind(value: object) -> str:
    if isinstance(value, Enum | Badge):
        return "badge"
    if isinstance(value, datetime):
        return "moment"
    if isinstance(value, bool):
        return "claim"
    if isinstance(value, str) and value.startswith(_DIGESTS):
        return "digest"
    return "missing" if value is None or value == "" else "text"


def _page_url(request: HttpRequest, parameter: str, number: int | str) -> str:
    query = request.GET.copy()
    query[parameter] = str(number)
    return f"?{query.urlencode()}"
