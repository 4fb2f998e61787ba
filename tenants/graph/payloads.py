"""Cleaning of Graph JSON, the same for every policy type: annotations, type names, nulls, paths."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

type Json = dict[str, Any]
# What is only read; stored payloads come as mappings.
type Payload = Mapping[str, Any]

TYPE = "@odata.type"
ZERO_GUID = "00000000-0000-0000-0000-000000000000"
_INTERNAL_TYPES = "microsoft.management.services.api."
_PUBLIC_TYPES = "microsoft.graph."


def is_annotation(key: str) -> bool:
    """Whether a key describes the payload instead of being part of it; `@odata.type` does not."""
    return key != TYPE and (key.startswith("#") or "@odata." in key)


def public_type(name: str) -> str:
    """A type name the way Graph accepts it, whether an error text, a tool or Graph wrote it."""
    bare = name.removeprefix("#").replace(_INTERNAL_TYPES, _PUBLIC_TYPES)
    return f"#{bare}"


def type_of(payload: Payload) -> str:
    name = payload.get(TYPE)
    return public_type(name) if isinstance(name, str) and name else ""


def without_annotations(value: Any) -> Any:
    """A copy without annotations at any depth, its type names public."""
    if isinstance(value, list):
        return [without_annotations(member) for member in value]
    if not isinstance(value, Mapping):
        return value
    kept = {}
    for key, member in value.items():
        if is_annotation(key):
            continue
        is_type_name = key == TYPE and isinstance(member, str)
        kept[key] = public_type(member) if is_type_name else without_annotations(member)
    return kept


def without_nulls(value: Any) -> Any:
    if isinstance(value, list):
        return [without_nulls(member) for member in value]
    if isinstance(value, Mapping):
        return {key: without_nulls(part) for key, part in value.items() if part is not None}
    return value


def without_paths(value: Any, paths: Collection[str]) -> Any:
    """A copy without the named properties; a path is dotted and goes through arrays."""
    if isinstance(value, list):
        return [without_paths(member, paths) for member in value]
    if not isinstance(value, Mapping):
        return value
    kept = {}
    for key, member in value.items():
        if key in paths:
            continue
        below = {path.removeprefix(f"{key}.") for path in paths if path.startswith(f"{key}.")}
        kept[key] = without_paths(member, below) if below else member
    return kept


def moment_of(value: Any) -> datetime | None:
    """The instant that a text of Graph names; None where it is no text, no instant or has no zone.

    Graph writes seven decimals; six of them are kept.
    """
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def value_at(payload: Payload, path: str) -> Any:
    """The value at a dotted path of objects, or None."""
    value: Any = payload
    for key in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value


def with_value_at(payload: Payload, path: str, change: Callable[[Any], Any]) -> Json:
    """A copy with the value at a dotted path changed; unchanged where the path leads nowhere."""
    key, _, rest = path.partition(".")
    copied = dict(payload)
    if key in copied and not rest:
        copied[key] = change(copied[key])
    elif isinstance(copied.get(key), Mapping):
        copied[key] = with_value_at(copied[key], rest, change)
    return copied


def with_texts(value: Any, change: Callable[[str], str]) -> Any:
    """A copy with every text value (never a key) changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [with_texts(member, change) for member in value]
    if isinstance(value, Mapping):
        return {key: with_texts(member, change) for key, member in value.items()}
    return value
