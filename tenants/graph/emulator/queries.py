"""OData query options: what a client may ask of a list, and where a page ends."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tenants.graph.emulator import schema
from tenants.graph.emulator.catalogue import Collection
from tenants.graph.emulator.refusals import Json, bad_request

_LIST_OPTIONS = frozenset({"$top", "$skiptoken", "$select", "$filter", "$count", "$expand"})
_ITEM_OPTIONS = frozenset({"$select", "$expand"})
MAX_TOP = 1000
_COMPARISON = re.compile(r"\s*(?P<property>\w+)\s+eq\s+(?P<literal>'(?:[^']|'')*'|[\w.-]+)\s*")
_STARTS_WITH = re.compile(
    r"\s*startswith\(\s*(?P<property>\w+)\s*,\s*(?P<literal>'(?:[^']|'')*')\s*\)\s*", re.IGNORECASE
)
_AND = re.compile(r"and\b")


@dataclass(frozen=True, slots=True)
class Condition:
    property: str
    literal: Any
    prefix: bool

    def holds(self, entity: Json) -> bool:
        value = entity.get(self.property)
        if isinstance(value, str) and isinstance(self.literal, str):
            left, right = value.casefold(), self.literal.casefold()
            return left.startswith(right) if self.prefix else left == right
        return bool(value == self.literal) and type(value) is type(self.literal)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    top: int | None = None
    after: int = 0
    select: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    count: bool = False
    expand: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def context_suffix(self) -> str:
        expanded = [
            f"{name}({','.join(f'{one}()' for one in nested)})" for name, nested in self.expand
        ]
        inside = ",".join((*self.select, *expanded))
        return f"({inside})" if inside else ""


def read_query(collection: Collection, options: dict[str, str], *, listing: bool) -> Query:
    allowed = _LIST_OPTIONS if listing else _ITEM_OPTIONS
    for option in options:
        if option.startswith("$") and option not in allowed:
            raise bad_request(f"The query option '{option}' is not supported here.")
    return Query(
        top=_top(options.get("$top")),
        after=_position(options.get("$skiptoken")),
        select=_select(collection, options.get("$select", "")),
        conditions=_conditions(collection, options.get("$filter", "")),
        count=_flag(options.get("$count", "false")),
        expand=_expand(collection, options.get("$expand", "")),
    )


def next_link(address: str, options: dict[str, str], seq: int) -> str:
    token = base64.urlsafe_b64encode(json.dumps({"after": seq}).encode()).decode()
    following = {**options, "$skiptoken": token}
    query = "&".join(f"{key}={quote(value, safe='')}" for key, value in following.items())
    return f"{address}?{query}"


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


def _select(collection: Collection, text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    for name in names:
        _check_property(collection, name)
    return names


def _check_property(collection: Collection, name: str) -> None:
    """Refuses what the type cannot have; a type without metadata may have anything."""
    declared = collection.declared_type
    if name == "id" or not schema.is_known(declared) or name in schema.properties(declared):
        return
    raise bad_request(
        f"Could not find a property named '{name}' on type 'microsoft.graph.{declared}'."
    )


def _conditions(collection: Collection, text: str) -> tuple[Condition, ...]:
    found: list[Condition] = []
    position = 0
    while text.strip():
        match = _COMPARISON.match(text, position) or _STARTS_WITH.match(text, position)
        if match is None:
            raise bad_request("Invalid filter clause.")
        _check_property(collection, match["property"])
        prefix = match.re is _STARTS_WITH
        found.append(Condition(match["property"], _literal(match["literal"]), prefix))
        if match.end() == len(text):
            break
        following = _AND.match(text, match.end())
        if following is None:
            raise bad_request("Invalid filter clause.")
        position = following.end()
    return tuple(found)


def _literal(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    constants: dict[str, Any] = {"true": True, "false": False, "null": None}
    if text in constants:
        return constants[text]
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def _expand(collection: Collection, text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found = []
    for entry in re.findall(r"[^,()]+(?:\([^()]*\))?", text):
        name, _, inside = entry.strip().partition("(")
        found.append((name, _nested(name, inside.removesuffix(")"))))
    for name, _ in found:
        if name not in expandable(collection):
            raise bad_request(
                f"Could not find a property named '{name}' on type"
                f" 'microsoft.graph.{collection.declared_type}'."
            )
    return tuple(found)


def expandable(collection: Collection) -> tuple[str, ...]:
    return (*collection.parts, *(("assignments",) if collection.assign_key else ()))


def _nested(name: str, inside: str) -> tuple[str, ...]:
    if not inside:
        return ()
    if (name, inside) == ("scheduledActionsForRule", "$expand=scheduledActionConfigurations"):
        return ("scheduledActionConfigurations",)
    raise bad_request(f"The expand option '{inside}' is not supported on '{name}'.")
