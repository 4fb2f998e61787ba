"""What a rule judges: one write, what was sent, and what would be there afterwards."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from tenants.emulator.catalogue import Collection
from tenants.emulator.refusals import Json, RefusedError, bad_request
from tenants.emulator.tenancy import Tenancy

type Rule = Callable[[Write], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    tenancy: Tenancy
    collection: Collection
    type: str
    sent: Json
    # The item as it would be: equal to what was sent when it is created or replaced.
    whole: Json
    is_new: bool = False


def refused(message: str) -> RefusedError:
    """Intune's way of saying no."""
    return bad_request(message, wrapped=True)


def texts_at(value: Any, path: str) -> list[str]:
    """The texts at a dotted path, through objects and lists."""
    found: list[Any] = [value]
    for step in path.split("."):
        found = [one[step] for one in found if isinstance(one, dict) and step in one]
        found = [each for one in found for each in (one if isinstance(one, list) else [one])]
    return [one for one in found if isinstance(one, str)]


def objects_in(value: Any) -> Iterator[Json]:
    """Every object in a value, the value itself included."""
    if isinstance(value, list):
        for one in value:
            yield from objects_in(one)
    elif isinstance(value, dict):
        yield value
        for one in value.values():
            yield from objects_in(one)


def without_case(values: Iterable[str]) -> set[str]:
    return {one.casefold() for one in values}
