"""What stands at the end of an item's links: assignments, parts, and objects of other lists."""

from dataclasses import dataclass
from typing import Any

from tenants.emulator import schema
from tenants.emulator.catalogue import Collection
from tenants.emulator.catalogue.administration import ROLE_ASSIGNMENTS, ROLES
from tenants.emulator.catalogue.configuration import SETTING_DEFINITIONS
from tenants.emulator.links import linked_object
from tenants.emulator.refusals import Json, no_member
from tenants.emulator.rules.write import objects_in
from tenants.emulator.schema import Member
from tenants.emulator.state import StoredObject
from tenants.emulator.tenancy import Tenancy


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    tenancy: Tenancy
    collection: Collection | None = None
    stored: StoredObject | None = None

    def is_many(self, name: str) -> bool:
        return name == "assignments" or self._member(name).is_collection

    def entities(self, name: str) -> tuple[str, list[Json]]:
        """The declared type of what a link of the item leads to, and what is there."""
        collection, stored = self._item()
        if name == "assignments" and collection.is_assignable:
            return collection.assignment_type, list(stored.assignments)
        member = self._member(name)
        if collection.path == ROLES and name == "roleAssignments":
            return member.type, self._role_assignments(stored.id)
        found = self.linked(stored.body, member)
        part = collection.part(name)
        if part and part.numbered and isinstance(found, list):
            found = [{"id": str(number), **one} for number, one in enumerate(found)]
        return member.type, found if isinstance(found, list) else [found] if found else []

    def linked(self, body: Json, member: Member) -> Any:
        """One entity, a list of them, or nothing, as the link declares."""
        if member.name == "settingDefinitions":
            return self._definitions(body)
        held = body.get(member.name)
        if isinstance(held, list):
            return [self._at_end(one, member) for one in held]
        if isinstance(held, dict):
            return self._at_end(held, member)
        return [] if member.is_collection else None

    def _at_end(self, held: Json, member: Member) -> Json:
        # What was linked by address is kept as its id alone.
        is_link = held.keys() == {"id"}
        return linked_object(self.tenancy, held, member.type) if is_link else held

    def _item(self) -> tuple[Collection, StoredObject]:
        if self.collection is None or self.stored is None:
            raise LookupError("An expansion of an item needs the item.")
        return self.collection, self.stored

    def _member(self, name: str) -> Member:
        collection, stored = self._item()
        runtime = schema.bare(str(stored.body.get("@odata.type", collection.declared_type)))
        member = schema.links(runtime).get(name)
        if member is None:
            raise no_member(name, runtime)
        return member

    def _role_assignments(self, role: str) -> list[Json]:
        return [
            {**one.body, "id": one.id}
            for one in self.tenancy.objects(ROLE_ASSIGNMENTS)
            if (one.body.get("roleDefinition") or {}).get("id") == role
        ]

    def _definitions(self, setting: Json) -> list[Json]:
        named = dict.fromkeys(
            str(one["settingDefinitionId"])
            for one in objects_in(setting)
            if "settingDefinitionId" in one
        )
        held = (self.tenancy.find(SETTING_DEFINITIONS, key) for key in named)
        return [{**one.body, "id": one.id} for one in held if one]
