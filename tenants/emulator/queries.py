"""OData query options: what a client may ask of a list, and where a page ends."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tenants.emulator import schema
from tenants.emulator.catalogue import Collection
from tenants.emulator.conditions import Predicate, read_condition
from tenants.emulator.refusals import Json, bad_request, no_member

_LIST_OPTIONS = frozenset(
    {"$top", "$skiptoken", "$select", "$filter", "$count", "$expand", "$orderby"}
)
_ITEM_OPTIONS = frozenset({"$select", "$expand"})
_NAMES = frozenset(one.removeprefix("$") for one in _LIST_OPTIONS)
MAX_TOP = 1000


@dataclass(frozen=True, slots=True)
class Expand:
    name: str
    nested: "tuple[Expand, ...]" = ()

    @property
    def shown(self) -> str:
        return f"{self.name}({','.join(one.shown for one in self.nested)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    top: int | None = None
    after: int = 0
    select: tuple[str, ...] = ()
    condition: Predicate | None = None
    order: tuple[tuple[str, bool], ...] = ()
    count: bool = False
    expand: tuple[Expand, ...] = ()

    @property
    def context_suffix(self) -> str:
        inside = ",".join((*self.select, *(one.shown for one in self.expand)))
        return f"({inside})" if inside else ""

    def holds(self, entity: Json) -> bool:
        return self.condition is None or self.condition(entity)


def with_marks(options: Mapping[str, str], version: str) -> dict[str, str]:
    """On beta an option may be written without its dollar sign."""
    if version != "beta":
        return dict(options)
    return {f"${key}" if key in _NAMES else key: value for key, value in options.items()}


def read_query(
    collection: Collection | None, options: Mapping[str, str], *, listing: bool
) -> Query:
    """The options of a list or an item; what lies below an item has no members to check."""
    allowed = _LIST_OPTIONS if listing else _ITEM_OPTIONS
    for option in options:
        if option.startswith("$") and option not in allowed:
            raise bad_request(f"The query option '{option}' is not supported here.")
    return Query(
        top=_top(options.get("$top")),
        after=_position(options.get("$skiptoken")),
        select=_select(collection, options.get("$select", "")),
        condition=_condition(collection, options.get("$filter", "")),
        order=_order(collection, options.get("$orderby", "")),
        count=_flag(options.get("$count", "false")),
        expand=_expand(collection, options.get("$expand", "")),
    )


def next_link(address: str, options: dict[str, str], seq: int) -> str:
    token = base64.urlsafe_b64encode(json.dumps({"after": seq}).encode()).decode()
    following = {**options, "$skiptoken": token}
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in following.items())
    return f"{address}?{query}"


def ordered(entities: list[Any], query: Query, value_of: Any) -> list[Any]:
    """Sorted by each member in turn, nulls first."""
    for path, is_descending in reversed(query.order):

        def key(one: Any, path: str = path) -> tuple[bool, str]:
            value = value_of(one).get(path)
            return (value is not None, str(value).casefold())

        entities = sorted(entities, key=key, reverse=is_descending)
    return entities


def _top(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= MAX_TOP:
        raise bad_request(f"Invalid value '{text}' for the $top query option.")
    return int(text)


def _position(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return int(json.loads(base64.urlsafe_b64decode(token))["after"])
    except (binascii.Error, ValueError, KeyError, TypeError) as error:
        raise bad_request("Skip token is not valid.") from error


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise bad_request(f"Invalid value '{text}' for the $count query option.")
    return text == "true"


def _select(collection: Collection | None, text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        _check_member(collection, name)
    return names


def _check_member(collection: Collection | None, name: str) -> None:
    """Refuses what the type cannot have; an unpublished type may have anything."""
    declared = collection.declared_type if collection else ""
    if name == "id" or not schema.is_known(declared) or name in schema.members(declared):
        return
    raise no_member(name, declared)


def _condition(collection: Collection | None, text: str) -> Predicate | None:
    if not text.strip():
        return None
    return read_condition(text, lambda name: _check_member(collection, name))


def _order(collection: Collection | None, text: str) -> tuple[tuple[str, bool], ...]:
    found = []
    for entry in filter(None, (one.strip() for one in text.split(","))):
        match = re.fullmatch(r"(?P<name>\w+)(?:\s+(?P<way>asc|desc))?", entry)
        if match is None:
            raise bad_request(f"Invalid value '{text}' for the $orderby query option.")
        _check_member(collection, match["name"])
        found.append((match["name"], match["way"] == "desc"))
    return tuple(found)


def _expand(collection: Collection | None, text: str) -> tuple[Expand, ...]:
    found = read_expand(text)
    declared = collection.declared_type if collection else ""
    for expand in found:
        if schema.is_known(declared) and not schema.has_link(declared, expand.name):
            raise no_member(expand.name, declared)
    return found


def read_expand(text: str) -> tuple[Expand, ...]:
    """`a,b($expand=c,d($expand=e))`; other options inside are not supported."""
    return tuple(_expand_of(entry) for entry in _split(text, ","))


def _expand_of(entry: str) -> Expand:
    name, opened, inside = entry.strip().partition("(")
    if not re.fullmatch(r"[\w./]+", name) or (opened and not inside.endswith(")")):
        raise bad_request(f"Invalid value '{entry}' for the $expand query option.")
    nested: tuple[Expand, ...] = ()
    for option in _split(inside.removesuffix(")"), ";"):
        key, _, value = option.partition("=")
        if key.strip().lstrip("$") == "expand":
            nested = read_expand(value)
        elif key.strip().lstrip("$") not in ("select", "top"):
            raise bad_request(f"The expand option '{option}' is not supported on '{name}'.")
    return Expand(schema.bare(name.rpartition("/")[2]), nested)


def _split(text: str, mark: str) -> list[str]:
    """At the marks that stand in no parentheses."""
    found, depth, part = [], 0, ""
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        if letter == mark and depth == 0:
            found.append(part)
            part = ""
        else:
            part += letter
    if depth:
        raise bad_request("Unbalanced parentheses in the $expand query option.")
    return [one for one in (*found, part) if one.strip()]
