"""The language of $filter: comparisons and functions, joined by and, or, not and parentheses."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tenants.emulator import schema
from tenants.emulator.refusals import Json, RefusedError, bad_request

type Predicate = Callable[[Json], bool]

_TOKEN = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<mark>[(),])|(?P<word>[\w./:+-]+))")
_FUNCTIONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
}
_CONSTANTS: dict[str, Any] = {"true": True, "false": False, "null": None}


def read_condition(text: str, check_member: Callable[[str], None]) -> Predicate:
    """What a filter asks of an entity; a member the type cannot have is refused."""
    reader = _Reader(_tokens(text), check_member)
    predicate = reader.alternatives()
    if reader.position != len(reader.tokens):
        raise _invalid()
    return predicate


def _invalid() -> RefusedError:
    return bad_request("Invalid filter clause.")


def _tokens(text: str) -> list[str]:
    found, position, text = [], 0, text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            raise _invalid()
        found.append(match[match.lastgroup or "word"])
        position = match.end()
    return found


@dataclass(slots=True)
class _Reader:
    tokens: list[str]
    check_member: Callable[[str], None]
    position: int = 0

    def alternatives(self) -> Predicate:
        found = [self._all_of()]
        while self._takes("or"):
            found.append(self._all_of())
        return lambda entity: any(one(entity) for one in found)

    def _all_of(self) -> Predicate:
        found = [self._one()]
        while self._takes("and"):
            found.append(self._one())
        return lambda entity: all(one(entity) for one in found)

    def _one(self) -> Predicate:
        if self._takes("not"):
            denied = self._one()
            return lambda entity: not denied(entity)
        if self._takes("("):
            inner = self.alternatives()
            self._need(")")
            return inner
        word = self._next()
        if self._takes("("):
            return self._function(word.lower())
        return self._comparison(word)

    def _function(self, name: str) -> Predicate:
        if name == "isof":
            kind = schema.bare(str(_literal(self._next())))
            self._need(")")
            return lambda entity: schema.derives(schema.bare(entity.get("@odata.type", "")), kind)
        if name not in _FUNCTIONS:
            raise _invalid()
        path = self._member(self._next())
        self._need(",")
        part = str(_literal(self._next())).casefold()
        self._need(")")
        asked = _FUNCTIONS[name]
        return lambda entity: asked(str(_value(entity, path) or "").casefold(), part)

    def _comparison(self, word: str) -> Predicate:
        path, operator = self._member(word), self._next()
        if operator == "in":
            chosen = self._list()
            return lambda entity: any(_is_equal(_value(entity, path), one) for one in chosen)
        if operator not in _COMPARISONS:
            raise _invalid()
        literal, compare = _literal(self._next()), _COMPARISONS[operator]
        return lambda entity: compare(_value(entity, path), literal)

    def _list(self) -> list[Any]:
        self._need("(")
        found = [_literal(self._next())]
        while self._takes(","):
            found.append(_literal(self._next()))
        self._need(")")
        return found

    def _member(self, word: str) -> str:
        if not re.fullmatch(r"\w+(/\w+)*", word):
            raise _invalid()
        self.check_member(word.partition("/")[0])
        return word

    def _next(self) -> str:
        if self.position >= len(self.tokens):
            raise _invalid()
        self.position += 1
        return self.tokens[self.position - 1]

    def _takes(self, token: str) -> bool:
        is_there = self.position < len(self.tokens) and self.tokens[self.position] == token
        self.position += is_there
        return is_there

    def _need(self, token: str) -> None:
        if not self._takes(token):
            raise _invalid()


def _value(entity: Json, path: str) -> Any:
    value: Any = entity
    for step in path.split("/"):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _literal(text: str) -> Any:
    if text.startswith("'"):
        return text[1:-1].replace("''", "'")
    if text in ("(", ")", ","):
        raise _invalid()
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def _is_equal(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return left.casefold() == right.casefold()
    return bool(left == right) and type(left) is type(right)


def _comparable(left: Any, right: Any) -> bool:
    return type(left) is type(right) and isinstance(left, str | int)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": _is_equal,
    "ne": lambda left, right: not _is_equal(left, right),
    "gt": lambda left, right: _comparable(left, right) and left > right,
    "ge": lambda left, right: _comparable(left, right) and left >= right,
    "lt": lambda left, right: _comparable(left, right) and left < right,
    "le": lambda left, right: _comparable(left, right) and left <= right,
}
