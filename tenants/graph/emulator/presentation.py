"""How stored objects look on the wire, at each of OData's three levels of metadata."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tenants.graph.emulator import schema
from tenants.graph.emulator.catalogue import CATALOG, COMPLIANCE, SCOPE_TAGS, Collection
from tenants.graph.emulator.queries import Query
from tenants.graph.emulator.refusals import Json
from tenants.graph.emulator.schema import PREFIX, TypeReference
from tenants.graph.emulator.state import StoredObject

_HIDDEN = frozenset({"memberCount"})  # the seed's, not Graph's


class Metadata(StrEnum):
    NONE = "none"
    MINIMAL = "minimal"
    FULL = "full"


def metadata_of(accept: str) -> Metadata:
    for level in Metadata:
        if f"odata.metadata={level}" in accept.replace(" ", ""):
            return level
    return Metadata.MINIMAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Presenter:
    base: str
    version: str
    level: Metadata

    @property
    def root(self) -> str:
        return f"{self.base}/{self.version}"

    def context(self, suffix: str) -> Json:
        if self.level is Metadata.NONE:
            return {}
        return {"@odata.context": f"{self.root}/$metadata#{suffix}"}

    def entity(
        self, collection: Collection, stored: StoredObject, query: Query, *, listed: bool
    ) -> Json:
        body = dict(stored.body)
        runtime = schema.type_name(body.pop("@odata.type", collection.declared_type))
        if self.version == "v1.0" and schema.is_beta(runtime):
            runtime, body = _as_base(collection, body)
        own = {key: body[key] for key in body if key not in (*collection.parts, *_HIDDEN)}
        own |= _computed(collection, stored)
        if listed:
            own |= dict.fromkeys(collection.item_only)
        if query.select:
            own = {key: own[key] for key in (*query.select, "id") if key in own}
        path = f"{collection.path}('{stored.id}')"
        cast = f"/microsoft.graph.{runtime}" if collection.polymorphic else ""
        shown = self._entity_marks(runtime, collection.declared_type, path, cast)
        shown |= self._members(own, runtime)
        for name, nested in query.expand:
            shown |= self._expanded(collection, stored, name, nested, path + cast)
        if self.level is Metadata.FULL and not query.select:
            shown |= self._links(runtime, path, cast, {name for name, _ in query.expand})
        return shown

    def part(
        self, collection: Collection, stored: StoredObject, name: str, nested: tuple[str, ...] = ()
    ) -> list[Json]:
        """A contained collection of an item: its assignments, settings or scheduled actions."""
        path = f"{collection.path}('{stored.id}')"
        declared = schema.navigation(collection.declared_type)[name].name
        if name == "assignments":
            entries = stored.assignments
        elif name == "settings":
            entries = [
                {"id": str(n), **setting} for n, setting in enumerate(stored.body.get(name, []))
            ]
        else:
            entries = [
                {
                    "id": stored.id,
                    **{key: rule[key] for key in rule if key != "scheduledActionConfigurations"},
                    **{key: rule.get(key, []) for key in nested},
                }
                for rule in stored.body.get(name, [])
            ]
        return [self._part_entity(entry, declared, f"{path}/{name}") for entry in entries]

    def _part_entity(self, entry: Json, declared: str, path: str) -> Json:
        marks = self._entity_marks(declared, declared, f"{path}('{entry['id']}')", "")
        return marks | self._members(entry, declared)

    def _entity_marks(self, runtime: str, declared: str, path: str, cast: str) -> Json:
        if self.level is Metadata.FULL:
            return {
                "@odata.type": PREFIX + runtime,
                "@odata.id": path,
                "@odata.editLink": path + cast,
            }
        if self.level is Metadata.MINIMAL and runtime != declared:
            return {"@odata.type": PREFIX + runtime}
        return {}

    def _members(self, values: Json, type_name: str) -> Json:
        shown: Json = {}
        known: dict[str, TypeReference] = {**schema.navigation(type_name)}
        properties = schema.properties(type_name)
        known.update({key: entry.type for key, entry in properties.items()})
        for key, value in values.items():
            if self.version == "v1.0" and key in properties and properties[key].beta:
                continue
            declared = known.get(key, schema.reference(""))
            is_property = key in properties or key not in known
            annotation = _sibling(value, declared) if is_property else ""
            if self.level is Metadata.FULL and annotation:
                shown[f"{key}@odata.type"] = annotation
            shown[key] = self._value(value, declared)
        return shown

    def _value(self, value: Any, declared: TypeReference) -> Any:
        if isinstance(value, list):
            return [self._value(one, declared) for one in value]
        if not isinstance(value, dict):
            return value
        runtime = schema.type_name(value.get("@odata.type", declared.name))
        members = {key: one for key, one in value.items() if key != "@odata.type"}
        explicit = "@odata.type" in value or self.level is Metadata.FULL
        mark = {"@odata.type": PREFIX + runtime} if explicit and runtime else {}
        return ({} if self.level is Metadata.NONE else mark) | self._members(members, runtime)

    def _expanded(
        self,
        collection: Collection,
        stored: StoredObject,
        name: str,
        nested: tuple[str, ...],
        path: str,
    ) -> Json:
        inner = f"({','.join(f'{one}()' for one in nested)})" if nested else ""
        marks = {f"{name}@odata.context": f"{self.root}/$metadata#{path}/{name}{inner}"}
        entries = self.part(collection, stored, name, nested)
        return ({} if self.level is Metadata.NONE else marks) | {name: entries}

    def _links(self, runtime: str, path: str, cast: str, expanded: set[str]) -> Json:
        links: Json = {}
        for name in schema.navigation(runtime):
            address = f"{self.root}/{path}{cast}/{name}"
            links[f"{name}@odata.associationLink"] = f"{address}/$ref"
            links[f"{name}@odata.navigationLink"] = address
        for action, bound in schema.actions(runtime):
            owner = f"/microsoft.graph.{bound}" if cast else ""
            links[f"#microsoft.graph.{action}"] = {
                "title": f"microsoft.graph.{action}",
                "target": f"{self.root}/{path}{owner}/microsoft.graph.{action}",
            }
        return links


def _sibling(value: Any, declared: TypeReference) -> str:
    if value is None or isinstance(value, dict):
        return ""
    if not declared.name and isinstance(value, list):
        return "#Collection(String)" if all(isinstance(one, str) for one in value) else ""
    return declared.annotation


def _computed(collection: Collection, stored: StoredObject) -> Json:
    values: Json = {"id": stored.id}
    if collection.path == CATALOG:
        values["settingCount"] = len(stored.body.get("settings", []))
        values["isAssigned"] = bool(stored.assignments)
    if collection.path == SCOPE_TAGS:
        values["isBuiltIn"] = stored.id == "0"
    return values


def _as_base(collection: Collection, body: Json) -> tuple[str, Json]:
    """v1.0 shows a type it lacks as its base, without the properties it does not know."""
    if not collection.polymorphic:
        return collection.declared_type, body
    known = schema.properties(collection.declared_type)
    kept = {key: value for key, value in body.items() if key in known}
    if collection.path == COMPLIANCE:
        kept |= {name: body[name] for name in collection.parts if name in body}
    return collection.declared_type, kept
