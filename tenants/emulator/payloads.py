"""Takes a written payload apart as Graph's model does: typed, or refused."""

from dataclasses import dataclass
from typing import Any

from tenants.emulator import schema
from tenants.emulator.catalogue import Collection
from tenants.emulator.refusals import Json, RefusedError, bad_request, invalid_model
from tenants.emulator.schema import PREFIX, Member, MemberKind
from tenants.emulator.values import check_plain

ABSTRACT = "Cannot create an abstract class."
BIND = "@odata.bind"


@dataclass(frozen=True, slots=True)
class Payload:
    """A body without declared types and ignored members, each value of the type it must have.

    Links stay as they were sent: under `name@odata.bind`, with an address or several.
    """

    type: str
    values: Json


def read_payload(
    collection: Collection, body: Json, *, version: str, updating: bool = False
) -> Payload:
    runtime = _root_type(collection, body, version)
    if updating:
        refuse_fixed(body, collection.fixed)
    inline = {
        name
        for part in collection.parts
        if (part.in_update if updating else part.in_create)
        for name in (part.name, *part.nested)
    }
    values = Walk(version=version, inline=frozenset(inline)).members(body, runtime)
    values.pop("id", None)
    return Payload(runtime, values)


def refuse_fixed(body: Json, fixed: frozenset[str]) -> None:
    """What can be set at creation only is refused afterwards, whatever its value."""
    for key in fixed & body.keys():
        raise bad_request(f"Property '{key}' cannot be changed after creation.", wrapped=True)


def _root_type(collection: Collection, body: Json, version: str) -> str:
    given = body.get("@odata.type")
    declared = collection.declared_type
    if given is None:
        if collection.polymorphic:
            raise invalid_model(ABSTRACT)
        return collection.answered_type or declared
    if not isinstance(given, str):
        raise invalid_model("The value of '@odata.type' must be a string.")
    runtime = schema.bare(given)
    if schema.is_abstract(runtime):
        raise invalid_model(ABSTRACT)
    is_fitting = schema.derives(runtime, declared) and runtime not in collection.excluded_types
    if not is_fitting or (version == "v1.0" and schema.is_beta(runtime)):
        raise unresolved(runtime, declared)
    return runtime


def unresolved(runtime: str, declared: str) -> RefusedError:
    return invalid_model(
        f"A type named 'microsoft.graph.{runtime}' could not be resolved by the model, or is not"
        f" compatible with the expected type 'microsoft.graph.{declared}'."
    )


def without_annotations(value: Any) -> Any:
    """The value with its types and the addresses of its links, whatever else was beside it."""
    if isinstance(value, list):
        return [without_annotations(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: without_annotations(one)
        for key, one in value.items()
        if key == "@odata.type"
        or key.endswith(BIND)
        or ("@" not in key and not key.startswith("#"))
    }


def declared_types_dropped(value: Any, declared: str) -> Any:
    """A seeded value in the form in which written ones are stored."""
    if isinstance(value, list):
        return [declared_types_dropped(one, declared) for one in value]
    if not isinstance(value, dict):
        return value
    runtime = schema.bare(str(value.get("@odata.type", declared)))
    known = schema.members(runtime)
    return {
        key: declared_types_dropped(one, known[key].type if key in known else "")
        for key, one in value.items()
        if not (key == "@odata.type" and runtime == declared)
    }


def refuse_annotations(value: Json, links: frozenset[str]) -> None:
    for key in value:
        is_type = key == "@odata.type" or key.endswith("@odata.type")
        is_link = key.endswith(BIND) and key.removesuffix(BIND) in links
        if key.startswith("#") or ("@" in key and not is_type and not is_link):
            raise invalid_model(f"The annotation '{key}' is not allowed in a request payload.")


def read_only(key: str, type_name: str) -> RefusedError:
    return bad_request(
        f"Property '{key}' on type 'microsoft.graph.{type_name}' is read-only and cannot be set.",
        wrapped=True,
    )


def unknown(key: str, type_name: str) -> RefusedError:
    return invalid_model(
        f"The property '{key}' does not exist on type 'microsoft.graph.{type_name}'. Make sure to"
        " only use property names that are defined by the type."
    )


_IGNORED = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """`inline` names the links whose entities stand in the body itself."""

    version: str
    inline: frozenset[str] = frozenset()

    def members(self, value: Json, type_name: str) -> Json:
        links = frozenset(schema.links(type_name))
        refuse_annotations(value, links | schema.BINDABLE)
        read = {
            key: self._member(key, one, type_name)
            for key, one in value.items()
            if "@" not in key or key.endswith(BIND)
        }
        return {key: one for key, one in read.items() if one is not _IGNORED}

    def _member(self, key: str, value: Any, type_name: str) -> Any:
        if key.endswith(BIND):
            return _addresses(key, value)
        if key == "id":
            return self._id(value, type_name)
        if value is None and key in _shadowed(type_name, schema.SHADOW_NULL):
            return _IGNORED
        if key in _shadowed(type_name, schema.SHADOW_IGNORED):
            return _IGNORED
        member = schema.members(type_name).get(key)
        if member is None or (member.is_beta and self.version == "v1.0"):
            raise unknown(key, type_name)
        if member.kind is MemberKind.LINK:
            return self._link(member, value)
        read = self.value(value, member)
        if key in schema.REFUSED and value is not None:
            raise read_only(key, type_name)
        is_ignored = key in schema.REFUSED or schema.is_ignored(member, type_name)
        return _IGNORED if is_ignored else read

    def _id(self, value: Any, type_name: str) -> Any:
        """Only what is no entity, such as a strength in a policy, is named by its id."""
        if value is not None and not isinstance(value, str):
            raise invalid_model("Cannot convert the value of property 'id'.")
        return value if type_name in _NAMED_BY_ID else _IGNORED

    def _link(self, member: Member, value: Any) -> Any:
        if member.name not in self.inline | schema.BINDABLE:
            raise bad_request(
                f"Navigation property '{member.name}' cannot be written here.", wrapped=True
            )
        return self.value(value, member)

    def value(self, value: Any, member: Member) -> Any:
        if value is None:
            return None
        if not member.is_collection:
            return self._single(value, member)
        if not isinstance(value, list):
            raise invalid_model(
                "An unexpected 'PrimitiveValue' node was found when reading from the JSON reader."
                f" A 'StartArray' node was expected. Property: '{member.name}'."
            )
        return [self._single(one, member) for one in value]

    def _single(self, value: Any, member: Member) -> Any:
        if member.kind in (MemberKind.COMPLEX, MemberKind.LINK):
            return self.complex(value, member.type, member.name)
        return check_plain(value, member)

    def complex(self, value: Any, declared: str, name: str = "") -> Json:
        if not isinstance(value, dict):
            raise invalid_model(
                "An unexpected 'PrimitiveValue' node was found when reading from the JSON reader."
                f" A 'StartObject' node was expected. Property: '{name}'."
            )
        runtime = schema.bare(str(value.get("@odata.type", declared)))
        if schema.is_abstract(runtime):
            raise invalid_model(ABSTRACT)
        if not schema.is_known(runtime) or not schema.derives(runtime, declared):
            raise unresolved(runtime, declared)
        mark = {} if runtime == declared else {"@odata.type": PREFIX + runtime}
        return {**mark, **self.members(value, runtime)}


_NAMED_BY_ID = frozenset({"authenticationStrengthPolicy"})


def _shadowed(type_name: str, table: Any) -> tuple[str, ...]:
    return next((names for base, names in table.items() if schema.derives(type_name, base)), ())


def _addresses(key: str, value: Any) -> Any:
    many = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) and one for one in many):
        raise invalid_model(f"The value of '{key}' must be an address or a list of addresses.")
    return value
