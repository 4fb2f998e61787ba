"""Hold a policy against Graph's published types: repair what is certain, name what is not.

PowerShell writes an array of one as the one, dates as `/Date(…)/`, and whatever lies deeper than it
was asked for as text such as `@{…}` or `System.Object[]`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tenants.graph import schema
from tenants.graph.contracts import Contract, links_left_out
from tenants.graph.payloads import TYPE, Json, is_annotation, type_of
from tenants.graph.schema import Member, MemberKind

from .primitives import (
    Unreadable,
    as_binary,
    is_cut_off_text,
    is_wrapped,
    read_primitive,
    unwrapped,
)

_MOST_NAMED = 20
# Dates the service sets on whatever it keeps.
_COMPUTED = frozenset(
    {"createdDateTime", "deletedDateTime", "lastModifiedDateTime", "modifiedDateTime"}
)


class WrongShapeError(ValueError):
    """A policy that cannot mean what it says; the message says why, as a clause."""


@dataclass(slots=True, kw_only=True)
class Shape:
    """A policy in the shape its type has, with what is wrong about it by dotted path."""

    policy: Json
    # PowerShell wrote text in place of what it cut off.
    cut_off: list[str] = field(default_factory=list)
    # What holds something else than its type allows, as clauses.
    faults: list[str] = field(default_factory=list)
    # Members the published types do not have, and what they hold is not known to be writable.
    unknown: list[str] = field(default_factory=list)


def shaped(contract: Contract, policy: Json) -> Shape:
    """Return the policy as Graph would answer it; WrongShapeError when that is not certain."""
    shape = Shape(policy=policy)
    name = _type_name(policy, contract.declared)
    left_out = contract.computed | contract.not_restored.keys() | links_left_out(contract, policy)
    shape.policy = _Walk(shape, frozenset(left_out)).object(policy, name, "")
    for found in (shape.cut_off, shape.faults, shape.unknown):
        _shorten(found)
    return shape


def holds_cut_off(value: Any) -> bool:
    """Whether anything in the value was cut off by PowerShell."""
    return next(_cuts(value, ""), None) is not None


def _cuts(value: Any, path: str) -> Iterator[str]:
    if is_cut_off_text(value):
        yield path
    elif isinstance(value, list):
        for number, part in enumerate(value):
            yield from _cuts(part, f"{path}[{number}]")
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _cuts(part, f"{path}.{key}")


def _shorten(found: list[str]) -> None:
    if (rest := len(found) - _MOST_NAMED) > 0:
        found[_MOST_NAMED:] = [f"and {rest:,} more"]


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes through a policy member by member, and notes in the shape what it finds."""

    shape: Shape
    left_out: frozenset[str]

    def object(self, value: Mapping[str, Any], type_name: str, path: str) -> Json:
        known = schema.members(type_name)
        changed: Json = {}
        for key, held in value.items():
            here = f"{path}.{key}" if path else key
            if is_annotation(key) or key == TYPE:
                changed[key] = held
            elif (member := known.get(key)) is not None:
                changed[key] = self.member(held, member, here)
            else:
                changed[key] = self.unknown(held, here, is_typed=bool(known))
        return changed

    def member(self, value: Any, member: Member, path: str) -> Any:
        if value is None:
            return value
        if self.is_left_out(path):
            return _tidied(value, member)
        if member.is_collection:
            return self.collection(value, member, path)
        plain = unwrapped(value)
        if member.type == "binary" and is_wrapped(value) and isinstance(plain, str):
            # What Graph answers for a secret value is the text itself.
            return as_binary(plain)
        return self.single(plain, member, path)

    def is_left_out(self, path: str) -> bool:
        """Whether a restore never writes the member, so that nothing is asked of its value."""
        return path in self.left_out or path.rpartition(".")[2] in _COMPUTED

    def collection(self, value: Any, member: Member, path: str) -> Any:
        elements = unwrapped(value)
        if isinstance(elements, Mapping) and member.kind in {MemberKind.COMPLEX, MemberKind.LINK}:
            elements = [elements]
        if isinstance(elements, list):
            return [
                self.single(element, member, f"{path}[{position}]")
                for position, element in enumerate(elements)
            ]
        if is_cut_off_text(elements):
            self.shape.cut_off.append(path)
        elif isinstance(elements, str):
            raise WrongShapeError(f"“{path}” holds text where a list belongs")
        else:
            self.shape.faults.append(f"“{path}” is not a list")
        return elements

    def single(self, value: Any, member: Member, path: str) -> Any:
        if value is None:
            return value
        if is_cut_off_text(value):
            self.shape.cut_off.append(path)
            return value
        if member.kind in {MemberKind.COMPLEX, MemberKind.LINK}:
            return self.nested(value, member.type, path)
        if member.kind is not MemberKind.PRIMITIVE:
            if not isinstance(value, str):
                self.shape.faults.append(f"“{path}” is not text")
            return value
        try:
            return read_primitive(value, member.type)
        except Unreadable as problem:
            if problem.is_date:
                raise WrongShapeError(f"“{path}” {problem}") from None
            self.shape.faults.append(f"“{path}” {problem}")
            return value

    def nested(self, value: Any, declared: str, path: str) -> Any:
        if isinstance(value, Mapping):
            return self.object(value, _type_name(value, declared), path)
        self.shape.faults.append(f"“{path}” is not an object")
        return value

    def unknown(self, value: Any, path: str, *, is_typed: bool) -> Any:
        """A member of no published type; of an object whose type is not known nothing is said."""
        if is_typed and value is not None and not self.is_left_out(path):
            self.shape.unknown.append(path)
        self.shape.cut_off += _cuts(value, path)
        return value


def _tidied(value: Any, member: Member) -> Any:
    """The value as its type has it where that is certain, and as it is where not."""
    if member.kind is not MemberKind.PRIMITIVE or member.is_collection:
        return value
    try:
        return read_primitive(value, member.type)
    except Unreadable:
        return value


def _type_name(value: Mapping[str, Any], declared: str) -> str:
    """The type an object says it has, where that may stand; else the one that is declared."""
    stated = schema.bare(type_of(value))
    return stated if schema.derives(stated, declared) else declared
