"""Links of an item written at `$ref`: a certificate of a Wi-Fi profile, say."""

from dataclasses import dataclass
from typing import Any

from tenants.emulator import schema
from tenants.emulator.changes import Change
from tenants.emulator.links import ids_of
from tenants.emulator.refusals import Json, bad_request, invalid_model, no_member
from tenants.emulator.schema import Member
from tenants.emulator.state import StoredObject


@dataclass(frozen=True, slots=True)
class Link:
    change: Change
    stored: StoredObject
    name: str

    @property
    def is_many(self) -> bool:
        return self._member.is_collection

    def set_to(self, body: Json) -> None:
        self._keep({"id": self._key(body)})

    def added(self, body: Json) -> None:
        held = self.stored.body.get(self.name) or []
        key = self._key(body)
        if key.casefold() in {one.casefold() for one in ids_of(held)}:
            raise bad_request("A reference to this object exists already.", wrapped=True)
        self._keep([*held, {"id": key}])

    def cleared(self, address: str) -> None:
        """All of it, or of a collection the one at the address."""
        if not self.is_many or not address:
            self._keep([] if self.is_many else None)
            return
        key = self.change.linker.key_at(address, self._member.type)
        held = self.stored.body.get(self.name) or []
        self._keep([one for one in held if one.get("id") != key])

    @property
    def _member(self) -> Member:
        runtime = self.change.type_of(self.stored)
        member = schema.links(runtime).get(self.name)
        if member is None or self.change.collection.part(self.name):
            raise no_member(self.name, runtime)
        return member

    def _key(self, body: Json) -> str:
        address = body.get("@odata.id")
        if not isinstance(address, str) or body.keys() != {"@odata.id"}:
            raise invalid_model("A reference needs '@odata.id' and nothing else.")
        key = self.change.linker.key_at(address, self._member.type)
        self._refuse_other_type(key)
        return key

    def _refuse_other_type(self, key: str) -> None:
        found = self.change.tenancy.of_type(self._member.type, key)
        if found is None:
            return
        collection, stored = found
        runtime = schema.bare(str(stored.body.get("@odata.type", collection.declared_type)))
        if not schema.derives(runtime, self._member.type):
            raise bad_request(
                f"An object of type '{runtime}' cannot stand at the end of '{self.name}'.",
                wrapped=True,
            )

    def _keep(self, value: Any) -> None:
        self.stored.body[self.name] = value
        self.change.touch(self.stored)
