"""Microsoft Graph's types as Microsoft publishes them: members, enums, subtypes.

`beta.json` is made by `make graph-schema` (see `generate.py`) and never edited by hand.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

PREFIX = "#microsoft.graph."


class MemberKind(StrEnum):
    """What a member holds; the value is how the document marks it, plain types aside."""

    PRIMITIVE = "primitive"
    ENUM = "enum"
    # One text, several enum values separated by commas.
    FLAGS = "flags"
    COMPLEX = "complex"
    # Entities, which have an address of their own and are not part of the object.
    LINK = "link"


_PRIMITIVES = frozenset(
    {
        "binary",
        "boolean",
        "date",
        "datetime",
        "duration",
        "guid",
        "integer",
        "number",
        "string",
        "time",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member of a type. `type` names a primitive, an enum or another type, by its kind."""

    name: str
    kind: MemberKind
    type: str
    is_collection: bool
    # Graph never takes it; the published types mark far fewer members than Graph refuses.
    is_read_only: bool
    # v1.0 does not have it.
    is_beta: bool


@cache
def _document() -> Mapping[str, Any]:
    text = resources.files(__package__).joinpath("beta.json").read_text(encoding="utf-8")
    document: Mapping[str, Any] = json.loads(text)
    return document


def sources() -> tuple[str, ...]:
    """The packages and versions the schema was made from."""
    return tuple(_document()["sources"])


def bare(name: str) -> str:
    """A type name without the marks an `@odata.type` puts before it."""
    return name.removeprefix("#").removeprefix("microsoft.graph.")


def is_known(name: str) -> bool:
    return name in _document()["types"]


def is_abstract(name: str) -> bool:
    """Whether no object is of exactly this type."""
    return bool(_document()["types"].get(name, {}).get("abstract"))


def is_beta(name: str) -> bool:
    """Whether v1.0 lacks the type; of an unknown one nothing says that v1.0 has it."""
    return bool(_document()["types"].get(name, {"beta": True}).get("beta"))


@cache
def lineage(name: str) -> tuple[str, ...]:
    """The type and its bases, base first; empty for a type the schema does not have."""
    entry = _document()["types"].get(name)
    return (*lineage(entry["base"]), name) if entry else ()


def derives(name: str, base: str) -> bool:
    """Whether the type is the base or one of its subtypes."""
    return base in lineage(name)


@cache
def concrete_types(base: str) -> frozenset[str]:
    """Every type that may stand where the base is declared, itself included unless abstract."""
    return frozenset(
        name for name in _document()["types"] if derives(name, base) and not is_abstract(name)
    )


@cache
def members(name: str) -> Mapping[str, Member]:
    """The members of a type with those it inherits, by name; empty for an unknown type."""
    found: dict[str, Member] = {}
    for step in lineage(name):
        entry = _document()["types"][step]
        for key, declared in entry["members"].items():
            found[key] = _member(key, declared, entry, is_beta=is_beta(step))
    return found


def enum_values(name: str) -> frozenset[str]:
    """The values of an enum, `unknownFutureValue` among them where Graph has it."""
    return frozenset(_document()["enums"].get(name, ()))


def _member(key: str, declared: str, entry: Mapping[str, Any], *, is_beta: bool) -> Member:
    held = declared.strip("[]")
    mark, _, named = held.rpartition(":")
    if mark:
        kind = MemberKind(mark)
    else:
        kind = MemberKind.PRIMITIVE if held in _PRIMITIVES else MemberKind.COMPLEX
    return Member(
        name=key,
        kind=kind,
        type=named,
        is_collection=declared.startswith("["),
        is_read_only=key in entry.get("read_only", ()),
        is_beta=is_beta or key in entry.get("beta_members", ()),
    )
