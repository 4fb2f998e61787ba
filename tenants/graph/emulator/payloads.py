"""Takes a written payload apart as Graph's model does: typed, or refused."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from tenants.graph.emulator import schema
from tenants.graph.emulator.catalogue import Collection, Family
from tenants.graph.emulator.refusals import Json, RefusedError, bad_request, invalid_model
from tenants.graph.emulator.schema import PREFIX, TypeReference

ABSTRACT = "Cannot create an abstract class."
_OPEN_READ_ONLY = frozenset({"id", "assignments", "isAssigned", "settingCount"})
_MAX_INT32 = 2**31


@dataclass(frozen=True, slots=True)
class Payload:
    """A body without declared types and annotations, each value of the type it must have."""

    type: str
    values: Json


def read_payload(
    collection: Collection, body: Json, *, version: str, updating: bool = False
) -> Payload:
    runtime = _root_type(collection, body, version)
    if not schema.is_known(runtime):
        return Payload(runtime, _open_root(body, collection, runtime))
    walk = _Walk(version=version, parts=collection.parts, updating=updating)
    return Payload(runtime, walk.members(body, runtime))


def read_value(value: Any, declared: TypeReference, *, version: str) -> Any:
    """A value outside an item, such as one assignment of an action."""
    return _Walk(version=version, parts=("scheduledActionConfigurations",)).value(value, declared)


def with_defaults(values: Json, type_name: str, collection: Collection) -> Json:
    """What the server adds for every property that was not sent."""
    return _completed(values, type_name, false_for_missing=collection.family is Family.INTUNE)


def _completed(values: Json, type_name: str, *, false_for_missing: bool) -> Json:
    known = schema.properties(type_name)
    whole = {
        key: _default(known[key].type, false_for_missing=false_for_missing)
        for key in known
        if key not in values
    }
    return {**whole, **_nested_defaults(values, type_name, false_for_missing=false_for_missing)}


def _nested_defaults(values: Json, type_name: str, *, false_for_missing: bool) -> Json:
    known = {**schema.navigation(type_name)}
    known.update({key: entry.type for key, entry in schema.properties(type_name).items()})

    def complete(value: Any, declared: TypeReference) -> Any:
        if isinstance(value, list):
            return [complete(one, declared) for one in value]
        if not isinstance(value, dict):
            return value
        runtime = schema.type_name(value.get("@odata.type", declared.name))
        return _completed(value, runtime, false_for_missing=false_for_missing)

    return {
        key: complete(value, known[key]) if key in known else value for key, value in values.items()
    }


def _default(declared: TypeReference, *, false_for_missing: bool) -> Any:
    if declared.collection:
        return []
    return False if declared.name == "Boolean" and false_for_missing else None


def _root_type(collection: Collection, body: Json, version: str) -> str:
    annotation = body.get("@odata.type")
    if annotation is None:
        if collection.polymorphic:
            raise invalid_model(ABSTRACT)
        return collection.declared_type
    if not isinstance(annotation, str):
        raise invalid_model("The value of '@odata.type' must be a string.")
    runtime = schema.type_name(annotation)
    if schema.is_abstract(runtime):
        raise invalid_model(ABSTRACT)
    declared = collection.declared_type
    is_fitting = schema.derives(runtime, declared) or schema.is_open_subtype(runtime, declared)
    if not is_fitting or (version == "v1.0" and schema.is_beta(runtime)):
        raise _unresolved(runtime, declared)
    return runtime


def _unresolved(runtime: str, declared: str) -> RefusedError:
    return invalid_model(
        f"A type named 'microsoft.graph.{runtime}' could not be resolved by the model, or is not"
        f" compatible with the expected type 'microsoft.graph.{declared}'."
    )


def _open_root(body: Json, collection: Collection, runtime: str) -> Json:
    """A beta subtype without metadata: its own properties are free, those of its base are not."""
    base = collection.declared_type
    for key, entry in schema.properties(base).items():
        if entry.read_only and key in body:
            raise _read_only(key, runtime)
    for key in _OPEN_READ_ONLY & body.keys():
        raise _read_only(key, runtime)
    kept = without_annotations(body, refuse_links=True)
    walk = _Walk(version="beta", parts=collection.parts)
    return {
        key: walk.member(key, value, base)
        if key in schema.properties(base) or key in schema.navigation(base)
        else value
        for key, value in kept.items()
        if key != "@odata.type"
    }


def without_annotations(value: Any, *, refuse_links: bool = False) -> Any:
    """The value with its polymorphic types only, whatever else an export wrote beside it."""
    if isinstance(value, list):
        return [without_annotations(one, refuse_links=refuse_links) for one in value]
    if not isinstance(value, dict):
        return value
    if refuse_links:
        _refuse_links(value)
    return {
        key: without_annotations(one, refuse_links=refuse_links)
        for key, one in value.items()
        if key == "@odata.type" or ("@" not in key and not key.startswith("#"))
    }


def declared_types_dropped(value: Any, declared: TypeReference) -> Any:
    """A seeded value in the form in which written ones are stored."""
    if isinstance(value, list):
        return [declared_types_dropped(one, declared) for one in value]
    if not isinstance(value, dict):
        return value
    runtime = schema.type_name(value.get("@odata.type", declared.name))
    known: dict[str, TypeReference] = {**schema.navigation(runtime)}
    known.update({key: entry.type for key, entry in schema.properties(runtime).items()})
    nothing = schema.reference("")
    return {
        key: declared_types_dropped(one, known.get(key, nothing))
        for key, one in value.items()
        if not (key == "@odata.type" and runtime == declared.name)
    }


def _refuse_links(value: Json) -> None:
    for key in value:
        is_type = key == "@odata.type" or key.endswith("@odata.type")
        if key.startswith("#") or ("@" in key and not is_type):
            raise invalid_model(f"The annotation '{key}' is not allowed in a request payload.")


def _read_only(key: str, type_name: str) -> RefusedError:
    return bad_request(
        f"Property '{key}' on type 'microsoft.graph.{type_name}' is read-only and cannot be set.",
        wrapped=True,
    )


def _unknown(key: str, type_name: str) -> RefusedError:
    return invalid_model(
        f"The property '{key}' does not exist on type 'microsoft.graph.{type_name}'. Make sure to"
        " only use property names that are defined by the type."
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    version: str
    parts: tuple[str, ...] = ()
    updating: bool = False

    def members(self, value: Json, type_name: str) -> Json:
        _refuse_links(value)
        return {
            key: self.member(key, one, type_name) for key, one in value.items() if "@" not in key
        }

    def member(self, key: str, value: Any, type_name: str) -> Any:
        entry = schema.properties(type_name).get(key)
        if entry is None:
            return self._part(key, value, type_name)
        if entry.beta and self.version == "v1.0":
            raise _unknown(key, type_name)
        if entry.read_only and not (key == "secretReferenceValueId" and value is None):
            raise _read_only(key, type_name)
        if entry.create_only and self.updating:
            raise bad_request(f"Property '{key}' cannot be changed after creation.", wrapped=True)
        return self.value(value, entry.type, key)

    def _part(self, key: str, value: Any, type_name: str) -> Any:
        if key == "id":
            raise _read_only(key, type_name)
        declared = schema.navigation(type_name).get(key)
        if declared is None:
            raise _unknown(key, type_name)
        if key not in (*self.parts, "scheduledActionConfigurations"):
            raise bad_request(f"Navigation property '{key}' cannot be written here.", wrapped=True)
        return self.value(value, declared, key)

    def value(self, value: Any, declared: TypeReference, key: str = "") -> Any:
        if value is None or not declared.name:
            return without_annotations(value)
        if not declared.collection:
            return self._single(value, declared, key)
        if not isinstance(value, list):
            raise invalid_model(
                "An unexpected 'PrimitiveValue' node was found when reading from the JSON reader."
                f" A 'StartArray' node was expected. Property: '{key}'."
            )
        return [self._single(one, declared, key) for one in value]

    def _single(self, value: Any, declared: TypeReference, key: str) -> Any:
        if declared.primitive:
            return _primitive(value, declared.name, key)
        if schema.is_known(declared.name) or isinstance(value, dict):
            return self._complex(value, declared, key)
        return _enum(value, declared.name, key)

    def _complex(self, value: Any, declared: TypeReference, key: str) -> Json:
        if not isinstance(value, dict):
            raise invalid_model(
                "An unexpected 'PrimitiveValue' node was found when reading from the JSON reader."
                f" A 'StartObject' node was expected. Property: '{key}'."
            )
        runtime = schema.type_name(str(value.get("@odata.type", declared.name)))
        if schema.is_abstract(runtime):
            raise invalid_model(ABSTRACT)
        if schema.is_known(declared.name) and not schema.derives(runtime, declared.name):
            raise _unresolved(runtime, declared.name)
        if not schema.is_known(runtime):
            kept: Json = without_annotations(value, refuse_links=True)
            return kept
        mark = {} if runtime == declared.name else {"@odata.type": PREFIX + runtime}
        return {**mark, **self.members(value, runtime)}


def _primitive(value: Any, name: str, key: str) -> Any:
    if not _fits(value, name):
        raise invalid_model(
            f"Cannot convert the value of property '{key}' to the expected type 'Edm.{name}'."
        )
    return value


def _fits(value: Any, name: str) -> bool:
    match name:
        case "Boolean":
            return isinstance(value, bool)
        case "Int32":
            return type(value) is int and -_MAX_INT32 <= value < _MAX_INT32
        case "Int64":
            return type(value) is int
        case "Single" | "Double":
            return type(value) in (int, float)
        case "Binary":
            return isinstance(value, str) and _is_base64(value)
        case _:
            return isinstance(value, str)


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


def _enum(value: Any, name: str, key: str) -> Any:
    known = schema.members(name)
    if not isinstance(value, str):
        raise invalid_model(
            f"Cannot convert the value of property '{key}' to the expected type"
            f" 'microsoft.graph.{name}'."
        )
    if known and value not in known:
        raise invalid_model(f"Requested value '{value}' was not found. Property: '{key}'.")
    return value
