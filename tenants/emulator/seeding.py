"""Objects that are simply there, as another administrator left them; nothing is refused."""

from dataclasses import dataclass
from typing import Any

from tenants.emulator import schema
from tenants.emulator.assigning import envelope, whole_target
from tenants.emulator.changes import Change
from tenants.emulator.entities import with_ids
from tenants.emulator.links import Linker
from tenants.emulator.payloads import declared_types_dropped, without_annotations
from tenants.emulator.refusals import Json, RefusedError, bad_request
from tenants.emulator.schema import PREFIX
from tenants.emulator.state import StoredObject

_COMPUTED = ("isAssigned", "settingCount")


class _TrustingLinker(Linker):
    """Takes any address: a seed may name what comes after it."""

    def _exists(self, key: str, type_name: str) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Seeding:
    change: Change

    def seed(self, body: Json) -> StoredObject:
        collection = self.change.collection
        plain = without_annotations(body)
        given = plain.pop("@odata.type", collection.answered_type or collection.declared_type)
        runtime = schema.bare(given)
        if collection.polymorphic and schema.is_abstract(runtime):
            raise bad_request("A seeded object of a polymorphic type needs its '@odata.type'.")
        whole = self._stored_form(plain, runtime)
        key = str(whole.pop("id", None) or self.change.next_id(runtime))
        entries = whole.pop("assignments", None) or []
        stored = StoredObject(id=key, body=self._body(whole, runtime))
        self._assign(stored, entries)
        self.change.save(stored)
        return stored

    def edit(self, stored: StoredObject, body: Json) -> None:
        """An edit by another administrator: properties are overwritten."""
        values = self._stored_form(
            without_annotations({**body, "@odata.type": None}), self.change.type_of(stored)
        )
        values.pop("@odata.type", None)
        entries = values.pop("assignments", None)
        for part in self.change.collection.parts:
            if part.name in values:
                values[part.name] = with_ids(part, values[part.name])
        stored.body |= {key: one for key, one in values.items() if key != "id"}
        if entries is not None:
            self._assign(stored, entries)
        self.change.touch(stored, given=body.keys())

    def _stored_form(self, plain: Json, runtime: str) -> Json:
        mine = {**plain, "@odata.type": PREFIX + runtime}
        dropped: Json = declared_types_dropped(mine, runtime)
        linker = _TrustingLinker(tenancy=self.change.tenancy)
        try:
            return linker.settled(dropped, runtime)
        except RefusedError as error:
            raise ValueError(str(error)) from error

    def _body(self, values: Json, runtime: str) -> Json:
        given = {key: one for key, one in values.items() if key not in _COMPUTED}
        parts = {part.name for part in self.change.collection.parts}
        whole = self.change.new_body(given, runtime)
        return whole | {key: given[key] for key in given if key not in parts}

    def _assign(self, stored: StoredObject, entries: list[Any]) -> None:
        collection = self.change.collection
        stored.assignments = [
            {
                **envelope(collection, stored, entry),
                **entry,
                "target": whole_target(entry["target"]),
            }
            for entry in without_annotations(entries)
        ]
        for entry in stored.assignments:
            entry.pop("@odata.type", None)
