"""How a collection is declared: its paths, verbs, codes and parts; rules stand elsewhere."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypedDict

from tenants.emulator import schema

BETA = frozenset({"beta"})
BOTH = frozenset({"beta", "v1.0"})


class Family(StrEnum):
    """The service behind a collection: each words its refusals in its own way."""

    INTUNE = "intune"
    ACCESS = "access"
    DIRECTORY = "directory"


class Assigning(StrEnum):
    NONE = "none"
    ACTION = "action"  # one action replaces the whole set
    EACH = "each"  # one POST a target, one DELETE an assignment
    WITHIN = "within"  # in the body that creates, and in an action of the collection's own


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Entities below an item that are its content."""

    name: str
    in_create: bool = False
    in_update: bool = False
    nested: tuple[str, ...] = ()  # links of each that a body holds inline
    each: bool = False  # POST, PATCH and DELETE at an address of its own
    readable: bool = True  # at an address of its own, with GET
    needs_expand: str = ""  # without this $expand its address has no route
    numbered: bool = False  # the ids are positions
    fixed: frozenset[str] = frozenset()  # an update of one cannot change these
    page: int = 100
    ids: str = ""  # the member its ids are made of, dotted


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    path: str
    declared_type: str
    family: Family = Family.INTUNE
    versions: frozenset[str] = BETA
    read_roles: tuple[str, ...]  # one of these suffices
    write_roles: tuple[str, ...] = ()  # all of these are needed; none: the collection is read-only
    aliases: tuple[str, ...] = ()
    states_type: bool = False  # a body names its type although the declared one is not abstract
    answered_type: str = ""  # what an item without a type of its own turns out to be
    excluded_types: frozenset[str] = frozenset()  # subtypes that no body may have
    required: tuple[str, ...] = ()
    fixed: frozenset[str] = frozenset()  # an update cannot name these
    patchable: frozenset[str] | None = None  # PATCH takes these and no others
    parts: tuple[Part, ...] = ()
    actions: tuple[str, ...] = ()
    union_of: tuple[str, ...] = ()  # the collections it shows; it has none of its own
    can_create: bool = True
    created_by_patch: bool = False
    can_replace: bool = False
    merges: bool = False  # nested members that an update does not name keep their value
    create_status: int = 201
    update_status: int = 200
    assigning: Assigning = Assigning.NONE
    assign_key: str = "assignments"
    assign_status: int = 200
    tags_property: str = "roleScopeTagIds"
    modified_property: str = "lastModifiedDateTime"
    id_form: str = "{guid}"
    item_only: tuple[str, ...] = ()  # the list answers null for these
    defaults: dict[str, Any] = field(default_factory=dict)
    server_values: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def polymorphic(self) -> bool:
        return self.states_type or schema.is_abstract(self.declared_type)

    @property
    def is_assignable(self) -> bool:
        return self.assigning is not Assigning.NONE

    @property
    def assignment_type(self) -> str:
        """The type of one assignment, as the item's link declares it."""
        link = schema.links(self.declared_type).get("assignments")
        return link.type if link else ""

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)


class Roles(TypedDict):
    read_roles: tuple[str, ...]
    write_roles: tuple[str, ...]


def roles_of(area: str) -> Roles:
    """The roles to read and to write an area, as arguments of a collection."""
    roles = (f"{area}.Read.All", f"{area}.ReadWrite.All")
    return {"read_roles": roles, "write_roles": roles[1:]}


def intune(area: str) -> Roles:
    return roles_of(f"DeviceManagement{area}")


def seeded(
    path: str, declared_type: str, *roles: str, family: Family = Family.INTUNE, **more: Any
) -> Collection:
    """A collection that clients may only read: its objects come from the seed."""
    return Collection(
        path=path,
        declared_type=declared_type,
        family=family,
        read_roles=roles,
        modified_property="",
        tags_property="",
        **more,
    )
