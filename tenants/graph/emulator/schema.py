"""Which properties a Graph type has: Microsoft's public metadata, distilled into schema.json."""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

PREFIX = "#microsoft.graph."
_NAMESPACE = "microsoft.graph."


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeReference:
    """A declared type such as `Collection(microsoft.graph.omaSetting)`, taken apart."""

    name: str
    collection: bool
    primitive: bool

    @property
    def annotation(self) -> str:
        """How full metadata names this type beside a property, or nothing if JSON tells it."""
        if not self.name or (self.primitive and self.name in _JSON_NATIVE and not self.collection):
            return ""
        name = self.name if self.primitive else _NAMESPACE + self.name
        return f"#Collection({name})" if self.collection else f"#{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    type: TypeReference
    beta: bool
    read_only: bool
    create_only: bool


_JSON_NATIVE = frozenset({"String", "Boolean", "Int32", "Double", "Single"})


@cache
def _document() -> dict[str, Any]:
    text = resources.files(__package__).joinpath("schema.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def _types() -> dict[str, Any]:
    types: dict[str, Any] = _document()["types"]
    return types


@cache
def reference(declared: str) -> TypeReference:
    inner = declared.removeprefix("Collection(").removesuffix(")")
    return TypeReference(
        name=inner.removeprefix("Edm.").removeprefix(_NAMESPACE),
        collection=declared.startswith("Collection("),
        primitive=inner.startswith("Edm."),
    )


def is_known(name: str) -> bool:
    return name in _types()


def is_abstract(name: str) -> bool:
    return bool(_types().get(name, {}).get("abstract"))


def is_open_subtype(name: str, base: str) -> bool:
    """Whether beta has this type although the metadata does not say which properties it has."""
    return name in _document()["openSubtypes"].get(base, ())


def is_beta(name: str) -> bool:
    """Whether v1.0 lacks the type; one the metadata does not have is taken to be beta's."""
    return name not in _types() or bool(_types()[name].get("betaOnly"))


@cache
def lineage(name: str) -> tuple[str, ...]:
    """The type and its bases, base first."""
    if name not in _types():
        return ()
    base = _types()[name].get("base", "")
    return (*lineage(base), name)


def derives(name: str, base: str) -> bool:
    return base in lineage(name)


@cache
def properties(name: str) -> dict[str, Property]:
    found: dict[str, Property] = {}
    read_only = {p for step in lineage(name) for p in _types()[step].get("readOnly", ())}
    create_only = {p for step in lineage(name) for p in _types()[step].get("createOnly", ())}
    for step in lineage(name):
        definition = _types()[step]
        for key, declared in definition["properties"].items():
            found[key] = Property(
                type=reference(declared),
                beta=key in definition.get("beta", ()),
                read_only=key in read_only,
                create_only=key in create_only,
            )
    return found


@cache
def navigation(name: str) -> dict[str, TypeReference]:
    return {
        key: reference(declared)
        for step in lineage(name)
        for key, declared in _types()[step].get("navigation", {}).items()
    }


@cache
def actions(name: str) -> tuple[tuple[str, str], ...]:
    """The bound actions, each with the type it is bound to."""
    return tuple((a, step) for step in lineage(name) for a in _types()[step].get("actions", ()))


def members(enum: str) -> frozenset[str]:
    """The values an enum may have; empty where the metadata does not say."""
    return frozenset(_document()["enums"].get(enum, ()))


def type_name(annotation: str) -> str:
    return annotation.removeprefix("#").removeprefix(_NAMESPACE)
