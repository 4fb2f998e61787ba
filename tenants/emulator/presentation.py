"""How stored objects look on the wire, at each of OData's three levels of metadata."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from tenants.emulator import schema
from tenants.emulator.catalogue import Collection
from tenants.emulator.catalogue.access import CONDITIONAL_ACCESS
from tenants.emulator.expansion import Expansion
from tenants.emulator.links import strength_of
from tenants.emulator.masking import Mask
from tenants.emulator.queries import Expand, Query
from tenants.emulator.refusals import Json, no_member
from tenants.emulator.schema import PREFIX, Member, MemberKind
from tenants.emulator.state import StoredObject
from tenants.emulator.tenancy import Tenancy

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
    tenancy: Tenancy

    @property
    def root(self) -> str:
        return f"{self.base}/{self.version}"

    def context(self, suffix: str) -> Json:
        if self.level is Metadata.NONE:
            return {}
        return {"@odata.context": f"{self.root}/$metadata#{suffix}"}

    def entity(
        self,
        collection: Collection,
        stored: StoredObject,
        query: Query,
        *,
        listed: bool,
        declared: str = "",
    ) -> Json:
        """`declared` is the type of the list it stands in, where that is another collection's."""
        body = dict(stored.body)
        base_type = declared or collection.declared_type
        runtime = schema.bare(body.pop("@odata.type", collection.declared_type))
        if self.version == "v1.0" and schema.is_beta(runtime):
            runtime, body = _as_base(collection, body)
        own = {key: body[key] for key in body if key not in _HIDDEN}
        own = {key: one for key, one in own.items() if key not in schema.links(runtime)}
        own |= self._mask(collection).computed(collection, stored, runtime)
        if listed:
            own |= dict.fromkeys(collection.item_only)
        if collection.path == CONDITIONAL_ACCESS:
            own |= _with_strength(own, self.tenancy)
        if query.select:
            own = {key: own[key] for key in (*query.select, "id") if key in own}
        path = f"{collection.path}('{stored.id}')"
        cast = f"/microsoft.graph.{runtime}" if runtime != base_type else ""
        shown = self._entity_marks(runtime, base_type, path, cast)
        shown |= self._members(self._mask(collection).applied(own, runtime), runtime)
        if not query.select:
            shown |= self._mask(collection).added
        for expand in query.expand:
            shown |= self._expanded(collection, stored, expand, path + cast)
        if self.level is Metadata.FULL and not query.select:
            shown |= self._links(runtime, path, cast, {one.name for one in query.expand})
        return shown

    def below(
        self,
        collection: Collection,
        stored: StoredObject,
        name: str,
        nested: tuple[Expand, ...] = (),
    ) -> list[Json]:
        """What a link of the item leads to: its assignments, parts or linked objects."""
        expansion = Expansion(tenancy=self.tenancy, collection=collection, stored=stored)
        declared, entries = expansion.entities(name)
        path = f"{collection.path}('{stored.id}')/{name}"
        mask = self._mask(collection)
        return [
            self._part_entity(mask.applied(entry, declared), declared, path, nested)
            for entry in mask.ordered(name, entries)
        ]

    def single(
        self, declared: str, entry: Json, path: str, nested: tuple[Expand, ...] = ()
    ) -> Json:
        """An entity that stands below a part of an item."""
        return self._part_entity(entry, declared, path, nested)

    def _mask(self, collection: Collection) -> Mask:
        return Mask(self.tenancy.behaviours, collection.path)

    def _part_entity(
        self, entry: Json, declared: str, path: str, nested: tuple[Expand, ...]
    ) -> Json:
        runtime = schema.bare(str(entry.get("@odata.type", declared)))
        key = entry.get("id", "")
        links = schema.links(runtime)
        own = {one: entry[one] for one in entry if one not in links and one != "@odata.type"}
        shown = self._entity_marks(runtime, declared, f"{path}('{key}')", "")
        shown |= self._members(own, runtime)
        for expand in nested:
            if expand.name not in links:
                raise no_member(expand.name, runtime)
            shown |= self._nested_link(entry, links[expand.name], expand, f"{path}('{key}')")
        return shown

    def _nested_link(self, entry: Json, member: Member, expand: Expand, path: str) -> Json:
        expansion = Expansion(tenancy=self.tenancy)
        found = expansion.linked(entry, member)
        if isinstance(found, list):
            shown: Any = [
                self._part_entity(one, member.type, f"{path}/{expand.name}", expand.nested)
                for one in found
            ]
        elif found is None:
            shown = None
        else:
            shown = self._part_entity(found, member.type, f"{path}/{expand.name}", expand.nested)
        return {expand.name: shown}

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
        known = schema.members(type_name)
        for key, value in values.items():
            member = known.get(key)
            if self.version == "v1.0" and member and member.is_beta and not _stays(type_name, key):
                continue
            annotation = _sibling(value, member)
            if self.level is Metadata.FULL and annotation and key != "id":
                shown[f"{key}@odata.type"] = annotation
            shown[key] = self._value(value, member)
        return shown

    def _value(self, value: Any, member: Member | None) -> Any:
        if isinstance(value, list):
            return [self._value(one, member) for one in value]
        if not isinstance(value, dict):
            return value
        runtime = schema.bare(value.get("@odata.type", member.type if member else ""))
        members = {key: one for key, one in value.items() if key != "@odata.type"}
        explicit = "@odata.type" in value or self.level is Metadata.FULL
        mark = {"@odata.type": PREFIX + runtime} if explicit and runtime else {}
        return ({} if self.level is Metadata.NONE else mark) | self._members(members, runtime)

    def _expanded(
        self, collection: Collection, stored: StoredObject, expand: Expand, path: str
    ) -> Json:
        inner = ",".join(one.shown for one in expand.nested)
        shown_inner = f"({inner})" if inner else ""
        context = f"{self.root}/$metadata#{path}/{expand.name}{shown_inner}"
        entries: Any = self.below(collection, stored, expand.name, expand.nested)
        expansion = Expansion(tenancy=self.tenancy, collection=collection, stored=stored)
        if not expansion.is_many(expand.name):
            entries = entries[0] if entries else None
        marks = {f"{expand.name}@odata.context": context}
        return ({} if self.level is Metadata.NONE else marks) | {expand.name: entries}

    def _links(self, runtime: str, path: str, cast: str, expanded: set[str]) -> Json:
        links: Json = {}
        for name in schema.links(runtime):
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


def _sibling(value: Any, member: Member | None) -> str:
    if value is None or isinstance(value, dict):
        return ""
    if member is None:
        is_texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return "#Collection(String)" if is_texts else ""
    if member.kind is MemberKind.LINK:
        return ""
    return schema.annotation(member)


def _with_strength(own: Json, tenancy: Tenancy) -> Json:
    """A policy refers to its authentication strength by id and shows it whole."""
    grant = own.get("grantControls") or {}
    strength = grant.get("authenticationStrength")
    if not strength:
        return {}
    shown = strength | strength_of(tenancy, str(strength.get("id", "")))
    return {"grantControls": {**grant, "authenticationStrength": shown}}


def is_preview(value: Any, type_name: str) -> bool:
    """Whether an object holds something that only beta can express."""
    if isinstance(value, list):
        return any(is_preview(one, type_name) for one in value)
    if not isinstance(value, dict):
        return False
    runtime = schema.bare(str(value.get("@odata.type", type_name)))
    known = schema.properties(runtime)
    return any(
        (known[key].is_beta and not _stays(runtime, key)) or is_preview(one, known[key].type)
        for key, one in value.items()
        if key in known and one not in (None, [], {})
    )


def _stays(type_name: str, key: str) -> bool:
    """What v1.0 answers of conditional access although its published types lack it."""
    return key in schema.SHADOW_NULL.get(type_name, ())


def _as_base(collection: Collection, body: Json) -> tuple[str, Json]:
    """v1.0 shows a type it lacks as its base, without the members it does not know."""
    if not collection.polymorphic:
        return collection.declared_type, body
    known = schema.members(collection.declared_type)
    return collection.declared_type, {key: value for key, value in body.items() if key in known}
