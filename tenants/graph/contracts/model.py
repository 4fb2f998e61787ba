"""The shape of a contract: what of a policy type the published schema cannot say."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from tenants.graph import schema

INTUNE = "intune"
CONDITIONAL_ACCESS = "conditional_access"
# Groups, users and whatever else the directory answers by itself; nothing is written there.
DIRECTORY = "directory"


class Restorability(StrEnum):
    """How much of a policy type a restore can put back."""

    FULL = "full"
    # It can be created, but an existing one cannot be changed to match.
    CREATE_ONLY = "create_only"
    # What describes it can be put back; what it is made of cannot.
    METADATA_ONLY = "metadata_only"
    # Nothing can be written; a person has to do it.
    MANUAL = "manual"


class AssignmentWrite(StrEnum):
    """How assignments are written."""

    NONE = "none"
    # One action replaces the whole set.
    REPLACE = "replace"
    # One POST per added target, one DELETE per removed one.
    EACH = "each"


class PartRead(StrEnum):
    """How the entities below a policy are read."""

    # As a plain member of the policy.
    MEMBER = "member"
    # With the policy, by $expand.
    EXPAND = "expand"
    # At an address of their own, page by page.
    PAGE = "page"


class PartWrite(StrEnum):
    """How the entities below a policy are written to a policy that exists."""

    # In the policy's own body.
    INLINE = "inline"
    # By an action that replaces all of them.
    ACTION = "action"
    # One request each.
    EACH = "each"


@dataclass(frozen=True, slots=True, kw_only=True)
class Permissions:
    """The application permissions that reading and writing a type need."""

    read: str
    write: str


def intune(area: str) -> Permissions:
    """The permissions of an area of Intune, such as `Configuration`."""
    return Permissions(
        read=f"DeviceManagement{area}.Read.All", write=f"DeviceManagement{area}.ReadWrite.All"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Entities below a policy that belong to its content.

    `in_create` says whether the body that creates the policy holds them. `beside` names members of
    the policy that the action wants in its body as well.
    """

    name: str
    read: PartRead = PartRead.EXPAND
    # What to expand inside of each entity, as the value of $expand.
    expand: str = ""
    count_property: str = ""
    write: PartWrite = PartWrite.INLINE
    in_create: bool = True
    # What the body that creates the policy calls it, where that is not its name.
    create_key: str = ""
    action: str = ""
    body_key: str = ""
    beside: tuple[str, ...] = ()
    # The member of the action's body that lists the ids of what goes, and others it always wants.
    deleted_key: str = ""
    always_empty: tuple[str, ...] = ()
    # The member that distinguishes the entities of an EACH part, and cannot be changed.
    key: str = ""
    # A policy without any was not read whole.
    is_mandatory: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One policy type. Member paths are dotted and go through arrays.

    What is writable, what compares as a set or as flags, and which types may stand where, is in
    `tenants.graph.schema` and not here.
    """

    key: str
    label: str
    plural: str
    path: str
    version: Literal["beta", "v1.0"] = "beta"
    declared_type: str
    # Types below the declared one that this collection does not take.
    excluded_types: frozenset[str] = frozenset()
    # The name of its type goes into a body even where the declared type could stand.
    states_type: bool = False
    # Other entity sets in which Graph or an export shows the same objects.
    also_known_as: tuple[str, ...] = ()
    name_property: str = "displayName"
    restorability: Restorability = Restorability.FULL
    restorability_reason: str = ""
    update_method: Literal["PATCH", "PUT"] = "PATCH"
    # Where a new one is created, when not in its collection; `{member}` is taken from the payload.
    create_path: str = ""
    create_method: Literal["POST", "PATCH"] = "POST"
    # Beside type and name, what distinguishes two items.
    discriminators: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    # Graph lists these below each object of another collection, and nowhere else; `path` is then
    # the name of the entity set.
    parent_path: str = ""
    # The list leaves content out: each item has to be fetched.
    item_only: bool = False
    # Members without which content is missing, whatever the list answered.
    content: frozenset[str] = frozenset()
    # Members the service sets, beside those of every type.
    computed: frozenset[str] = frozenset()
    # Members that are captured and never written back, with the reason.
    not_restored: Mapping[str, str] = field(default_factory=dict)
    # What of an object Graph never answers, in words, by the type that has it.
    unanswered: Mapping[str, str] = field(default_factory=dict)
    create_only: frozenset[str] = frozenset()
    # Links that a body holds inline, as the id of what they point to.
    inline_links: frozenset[str] = frozenset()
    # Links that a body names by address (`x@odata.bind`), by path; `{id}` is what they point to,
    # `{parent}` what the nearest such link around them points to.
    binds: Mapping[str, str] = field(default_factory=dict)
    # Secrets the service takes and never answers, beside those the schema marks.
    secrets: frozenset[str] = frozenset()
    assignment_write: AssignmentWrite = AssignmentWrite.REPLACE
    assign_key: str = "assignments"
    # The type below which Graph has the assign action, when it is not the declared one.
    assign_cast: str = ""
    # Where the exports of known backup tools keep this type; a tie-break, never a proof.
    folders: tuple[str, ...] = ()
    # The members that only this type has together.
    shape: frozenset[str] = frozenset()
    scope_tags_property: str = "roleScopeTagIds"
    rank: int
    permissions: Permissions
    workload: str = INTUNE

    @property
    def read_permission(self) -> str:
        return self.permissions.read

    @property
    def write_permission(self) -> str:
        return self.permissions.write

    @property
    def declared(self) -> str:
        """The declared type's bare name."""
        return schema.bare(self.declared_type)

    @property
    def polymorphic(self) -> bool:
        """Whether a body has to say which type it is."""
        return self.states_type or self.is_abstract

    @property
    def is_abstract(self) -> bool:
        """Whether nothing is of exactly the declared type, so that a payload names its own."""
        return schema.is_abstract(self.declared)

    @property
    def unassigned(self) -> bool:
        return self.assignment_write is AssignmentWrite.NONE

    @property
    def is_writable(self) -> bool:
        """Whether a restore writes policies of this type at all."""
        return self.restorability is not Restorability.MANUAL

    @property
    def bound_links(self) -> tuple[str, ...]:
        """The links that a body of the policy itself names by address; read by $expand."""
        return tuple(path for path in self.binds if "." not in path)

    @property
    def reasons_not_restored(self) -> tuple[str, ...]:
        """What of such a policy is never written, as sentences: members of one reason together."""
        by_reason: dict[str, list[str]] = {}
        for name, why in self.not_restored.items():
            by_reason.setdefault(why, []).append(name)
        return tuple(f"{', '.join(names)}: {why}." for why, names in by_reason.items())

    def path_below(self, parent_id: str) -> str:
        """The collection below one object of the parent's collection."""
        return f"{self.parent_path}/{parent_id}{self.path.removeprefix(self.parent_path)}"

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)

    def takes(self, type_name: str) -> bool:
        """Whether a payload of this type, by its bare name, may stand in the collection."""
        return type_name not in self.excluded_types and schema.derives(type_name, self.declared)
