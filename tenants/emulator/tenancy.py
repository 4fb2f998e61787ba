"""One tenant as the service sees it: what is in it, what it knows, and how it behaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from tenants.emulator.catalogue import COLLECTIONS, Collection, collection_of_type
from tenants.emulator.refusals import Json
from tenants.emulator.state import State, StoredObject
from tenants.emulator.wellknown import EVERY_LICENCE

# Kinds of which a seed may declare that it holds all there are, so that others do not exist.
KINDS = {
    "settingDefinitions": "deviceManagement/configurationSettings",
    "policyTemplates": "deviceManagement/configurationPolicyTemplates",
    "templates": "deviceManagement/templates",
    "groupPolicyDefinitions": "deviceManagement/groupPolicyDefinitions",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviours:
    """What Graph does to what was written before it answers it; the seed chooses."""

    # Values of encrypted OMA-URI settings are answered as asterisks.
    masks_oma_settings: bool = False
    # Keys and passwords are answered as null.
    masks_secrets: bool = False
    # Collections of plain values, flags, and setting collections come back in another order.
    reorders: bool = False
    # Rules of compliance policies come back without their names.
    forgets_rule_names: bool = False
    # A list is cut at the size of a page and does not say so.
    leaves_out_next_link: bool = False
    # Members that a newer service adds to the items of a collection, by its path.
    added_members: Mapping[str, Json] = field(default_factory=dict)


def read_behaviours(document: Any) -> Behaviours:
    """The behaviours of a seed; an unknown name is a mistake of whoever wrote it."""
    return Behaviours(**document)


def checked_behaviours(given: Any) -> Json:
    known = {one.name for one in fields(Behaviours)}
    if not isinstance(given, dict) or given.keys() - known:
        raise ValueError(f"behaviours are among {', '.join(sorted(known))}")
    return given


def checked_kinds(given: Any) -> list[str]:
    if not isinstance(given, list) or set(given) - KINDS.keys():
        raise ValueError(f"a tenant knows some of {', '.join(sorted(KINDS))}")
    return given


@dataclass(frozen=True, slots=True)
class Tenancy:
    state: State
    id: str

    @property
    def document(self) -> Json:
        return self.state.tenant(self.id) or {}

    @property
    def behaviours(self) -> Behaviours:
        return read_behaviours(self.document.get("behaviours", {}))

    def knows(self, kind: str) -> bool:
        """Whether what is not there of this kind does not exist."""
        return kind in self.document.get("knows", ())

    @property
    def has_security_defaults(self) -> bool:
        """Whether Entra's security defaults are on; a tenant that does not say has them off."""
        return bool(self.document.get("securityDefaults", False))

    @property
    def subscriptions(self) -> list[Json]:
        """What was bought; a tenant that does not say has every licence."""
        bought: list[Json] = self.document.get("subscribedSkus", EVERY_LICENCE)
        return bought

    def find(self, path: str, key: str) -> StoredObject | None:
        """By id, whose letter case means nothing."""
        return self.state.object(self.id, path, key)

    def objects(self, path: str) -> list[StoredObject]:
        return list(self.state.objects(self.id, path))

    def missing(self, path: str, keys: set[str]) -> list[str]:
        """Which of the ids are not there."""
        held = {one.casefold() for one in self.state.ids(self.id, path)}
        return sorted(key for key in keys if key.casefold() not in held)

    def of_type(self, type_name: str, key: str) -> tuple[Collection, StoredObject] | None:
        """The object a link of this type leads to."""
        collection = collection_of_type(type_name)
        stored = self.find(collection.path, key) if collection else None
        return (collection, stored) if collection and stored else None

    def shown_in(self, collection: Collection) -> tuple[Collection, ...]:
        """The collections whose objects it shows: itself, but for a union."""
        return tuple(COLLECTIONS[path] for path in collection.union_of) or (collection,)
