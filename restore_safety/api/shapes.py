"""What requests and answers are made of, wherever they occur; and how lists are cut into pages."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import django_filters
from django.db.models import QuerySet
from django.forms import BaseForm
from ninja import Field, Schema
from pydantic import AfterValidator, BeforeValidator, ConfigDict, StringConstraints

from restore_safety.truth.mapping import LONGEST_SOURCE
from restore_safety.truth.words import Word
from tenants.models import Tenant, User

MOST_PER_PAGE = 200
FARTHEST = 1_000_000
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]")
_YEARS = range(1970, 9999)


class InvalidChoiceError(Exception):
    """A choice of the request that its form is right to refuse, field by field."""

    def __init__(self, errors: Sequence[Mapping[str, str]]) -> None:
        super().__init__(str(errors))
        self.errors = errors


def _storable(text: str) -> str:
    """What every database takes: half of a character is none."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("The text holds half of a character.") from None
    return text


def _written_out(moment: object) -> object:
    """A number is no moment, though it could be read as seconds since 1970."""
    if isinstance(moment, str) and not _DATE.match(moment):
        raise ValueError("Write the moment out, like 2026-11-25T09:30:00Z.")
    return moment


def _expressible(at: datetime) -> datetime:
    """At the ends of the calendar, a moment has no equivalent in another zone."""
    if at.year not in _YEARS:
        raise ValueError("The moment is too far away.")
    return at


# Plain names, not `type`: the document would name each by reference, in parameters too.
# No text here holds a NUL, which PostgreSQL does not take.
Text = Annotated[
    str,
    StringConstraints(max_length=200, pattern=r"^[^\x00]*$"),
    AfterValidator(_storable),
]
LongText = Annotated[
    str,
    StringConstraints(max_length=1000, pattern=r"^[^\x00]*$"),
    AfterValidator(_storable),
]
ReferenceText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=LONGEST_SOURCE, pattern=r"^[^\x00]*$"),
    AfterValidator(_storable),
]
SignedText = Annotated[
    str,
    StringConstraints(max_length=4000, pattern=r"^[^\x00]*$"),
    AfterValidator(_storable),
]
Slug = Annotated[str, StringConstraints(max_length=80, pattern=r"^[-a-zA-Z0-9_]+$")]
Moment = Annotated[datetime, BeforeValidator(_written_out), AfterValidator(_expressible)]


class Sent(Schema):
    """A body that is taken whole: what it does not know it refuses."""

    model_config = ConfigDict(extra="forbid")


class Said(Schema):
    """A state in words: the code for scripts, the rest for people."""

    code: str
    label: str
    sentence: str


class TenantName(Schema):
    slug: str
    name: str


class Counted(Schema):
    code: str
    label: str
    count: int


class Page[Row](Schema):
    """A part of a list in its one order."""

    count: int = Field(description="How many there are in all.")
    limit: int
    offset: int
    items: list[Row]


class Window(Schema):
    """Which part of a list is wanted."""

    limit: int = Field(50, ge=1, le=MOST_PER_PAGE, description="How many at most.")
    offset: int = Field(0, ge=0, le=FARTHEST, description="How many to pass over.")


def explained(word: Word) -> Said:
    return Said(code=word.value, label=word.label, sentence=word.sentence)


def tenant_name(tenant: Tenant) -> TenantName:
    return TenantName(slug=tenant.slug, name=tenant.name)


def username_of(person: User | None) -> str | None:
    """The name they sign in with; None where no one is on record."""
    return person.get_username() if person else None


def taken(form: BaseForm, part: str) -> dict[str, Any]:
    """What the page's own form takes of that part of the request, or its refusal, by field."""
    if form.is_valid():
        return form.cleaned_data
    raise InvalidChoiceError(
        [
            {"place": f"{part}.{name}", "sentence": str(message)}
            for name, messages in form.errors.items()
            for message in messages
        ]
    )


def chosen(choices: Window) -> dict[str, Any]:
    """What was chosen, by name; which part of the list is wanted is no choice among its rows."""
    return {
        name: value
        for name, value in choices.model_dump(exclude=set(Window.model_fields)).items()
        if value is not None
    }


def narrowed(
    by: type[django_filters.FilterSet], rows: QuerySet[Any], choices: Window, **context: Any
) -> Any:
    """The rows as the page's own filter narrows them; a choice it does not have is refused."""
    narrowing = by(chosen(choices), queryset=rows, **context)
    taken(narrowing.form, "query")
    return narrowing.qs


def page_of[Line, Shown: Page[Any]](
    shape: type[Shown], rows: QuerySet[Any], window: Window, line: Callable[[Any], Line]
) -> Shown:
    """One part of the rows, each shown by itself."""
    return page_of_all(shape, rows, window, lambda part: [line(row) for row in part])


def page_of_all[Line, Shown: Page[Any]](
    shape: type[Shown],
    rows: QuerySet[Any],
    window: Window,
    lines: Callable[[list[Any]], list[Line]],
) -> Shown:
    """One part of the rows; `lines` is asked once for all of them, so no row queries alone."""
    part = list(rows[window.offset : window.offset + window.limit])
    return shape(count=rows.count(), limit=window.limit, offset=window.offset, items=lines(part))
