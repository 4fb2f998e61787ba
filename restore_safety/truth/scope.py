"""Scope: everything that changes what a real restore would write, in one normal form."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from restore_safety.truth.identity import identity
from restore_safety.truth.mapping import MappingEntry, normal_mapping
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.words import Word

MAPPED_SHOWN = 20


class ScopeMode(Word):
    """How the items were chosen."""

    ALL = "all", "All items", "Every item of the backup set is in scope."
    SELECTED = "selected", "Selected items", "Only the chosen items are in scope."


class ConflictPolicy(Word):
    """What happens to an item that the tenant already has."""

    UPDATE = "update", "Update existing", "An existing policy is changed to what the backup holds."
    COPY = "copy", "Create copy", "A new policy is created beside the existing one."
    SKIP = "skip", "Skip existing", "An existing policy is left as it is."


class AssignmentMode(Word):
    """What happens to the assignments of each policy."""

    REPLACE = (
        "replace",
        "Replace",
        "Each policy gets exactly the assignments of the backup; others are removed.",
    )
    MERGE = (
        "merge",
        "Merge",
        "The assignments of the backup are added to those in the tenant; none is removed.",
    )
    LEAVE = "leave", "Leave", "No assignment is written."


class ConditionalAccessState(Word):
    """The state conditional access policies are written with."""

    AS_BACKED_UP = "as_backed_up", "As backed up", "Each policy gets its state in the backup."
    REPORT_ONLY = (
        "report_only",
        "Report-only",
        "Each policy is written in report-only mode: it is evaluated and logged, not enforced.",
    )
    OFF = "off", "Off", "Each policy is written switched off."


class ScopeField(Word):
    """The parts of a scope that a change can be named for."""

    TENANT = "tenant", "Target tenant", "The tenant that would be written to."
    BACKUP_SET = "backup_set", "Backup set", "The backup set that is restored."
    BACKUP_DIGEST = "backup_digest", "Backup content", "The exact content of the backup set."
    MODE = "mode", "Mode", "Whether all items or only selected ones are restored."
    ITEMS = "items", "Items", "The backup items that are restored."
    MAPPING = "mapping", "Mapping", "Which object of the tenant stands in for which of the backup."
    ASSIGNMENT_MODE = (
        "assignment_mode",
        "Assignments",
        "Whether the assignments of each policy are replaced, merged or left.",
    )
    CONDITIONAL_ACCESS_STATE = (
        "conditional_access_state",
        "Conditional access state",
        "The state conditional access policies are written with.",
    )
    CONFLICT_POLICY = "conflict_policy", "Existing policies", "What happens to existing policies."
    INCLUDE_FOUNDATIONS = (
        "include_foundations",
        "Foundations",
        "Whether scope tags, filters and the like are restored first.",
    )
    UNDOES = "undoes", "Undone restore", "The restore that is undone."

    @classmethod
    def _missing_(cls, value: object) -> "ScopeField | None":
        """The field that a line of an older ledger means."""
        return _FIELD_BEFORE.get(value)


# What the fields were called in scopes of version 1.
_FIELD_BEFORE: dict[object, ScopeField] = {
    "group_mapping": ScopeField.MAPPING,
    "include_assignments": ScopeField.ASSIGNMENT_MODE,
}
_ADDED_SINCE = {field.value for field in _FIELD_BEFORE.values()} | {
    ScopeField.CONDITIONAL_ACCESS_STATE.value
}
FIELDS_OF_UNDO = frozenset(field.value for field in ScopeField)
# Only an undo names what it undoes: every other scope reads, and is fingerprinted, without it.
FIELDS = FIELDS_OF_UNDO - {ScopeField.UNDOES.value}
FIELDS_OF_VERSION_1 = (FIELDS - _ADDED_SINCE) | frozenset(map(str, _FIELD_BEFORE))

# Python would take a text for its letters, and a number for yes or no.
_STORED_AS = {
    "items": list,
    "mapping": list,
    "group_mapping": list,
    "include_assignments": bool,
    "include_foundations": bool,
}


class ScopeFormatError(ValueError):
    """A stored scope that cannot be read back; nothing may be concluded from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A scope in normal form; two scopes are equal exactly when they would write the same.

    A draft that has not chosen its backup set yet has neither set nor digest.
    """

    tenant: str
    backup_set: str
    backup_digest: str
    mode: ScopeMode
    items: frozenset[str]
    mapping: tuple[MappingEntry, ...] = ()
    assignment_mode: AssignmentMode
    conditional_access_state: ConditionalAccessState = ConditionalAccessState.AS_BACKED_UP
    conflict_policy: ConflictPolicy
    include_foundations: bool
    undoes: str = ""

    def __post_init__(self) -> None:
        for name in ("tenant", "backup_set", "backup_digest", "undoes"):
            object.__setattr__(self, name, identity(getattr(self, name)))
        items = frozenset(identity(item) for item in self.items) - {""}
        object.__setattr__(self, "items", items)
        entries = ((entry.kind, entry.source, entry.target) for entry in self.mapping)
        object.__setattr__(self, "mapping", normal_mapping(entries))
        if not self.tenant:
            raise ValueError("A scope needs its target tenant.")
        if bool(self.backup_set) != bool(self.backup_digest):
            raise ValueError("A backup set and its content digest belong together.")

    @property
    def has_backup(self) -> bool:
        return bool(self.backup_set)

    @property
    def is_empty(self) -> bool:
        """Nothing is chosen, so there is nothing a preview could prove."""
        return not self.items

    @property
    def include_assignments(self) -> bool:
        """Whether assignments are written at all."""
        return self.assignment_mode is not AssignmentMode.LEAVE

    @property
    def group_mapping(self) -> tuple[tuple[str, str], ...]:
        """The mapping's entries of groups."""
        return tuple(self.mapping_of(ReferenceKind.GROUP).items())

    def mapping_of(self, kind: ReferenceKind) -> dict[str, str]:
        """Source to target of one kind; ids and names are spelt as `identity` spells them."""
        return {entry.source: entry.target for entry in self.mapping if entry.kind is kind}

    def to_json(self) -> dict[str, Any]:
        return {
            "tenant": self.tenant,
            "backup_set": self.backup_set,
            "backup_digest": self.backup_digest,
            "mode": self.mode.value,
            "items": sorted(self.items),
            "mapping": [[entry.kind.value, entry.source, entry.target] for entry in self.mapping],
            "assignment_mode": self.assignment_mode.value,
            "conditional_access_state": self.conditional_access_state.value,
            "conflict_policy": self.conflict_policy.value,
            "include_foundations": self.include_foundations,
            **({"undoes": self.undoes} if self.undoes else {}),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read back what to_json wrote, now or in version 1; anything else is refused."""
        if stored.keys() not in (FIELDS, FIELDS_OF_UNDO, FIELDS_OF_VERSION_1):
            raise ScopeFormatError("The stored scope has other fields than a scope has.")
        known = {name: kind for name, kind in _STORED_AS.items() if name in stored}
        if not all(isinstance(stored[name], kind) for name, kind in known.items()):
            raise ScopeFormatError("The stored scope holds values a scope cannot have.")
        try:
            if stored.keys() == FIELDS_OF_VERSION_1:
                stored = _from_version_1(stored)
            return cls(
                tenant=stored["tenant"],
                backup_set=stored["backup_set"],
                backup_digest=stored["backup_digest"],
                mode=ScopeMode(stored["mode"]),
                items=frozenset(stored["items"]),
                mapping=tuple(
                    MappingEntry.normal(kind, source, target)
                    for kind, source, target in stored["mapping"]
                ),
                assignment_mode=AssignmentMode(stored["assignment_mode"]),
                conditional_access_state=ConditionalAccessState(stored["conditional_access_state"]),
                conflict_policy=ConflictPolicy(stored["conflict_policy"]),
                include_foundations=stored["include_foundations"],
                undoes=stored.get("undoes", ""),
            )
        except (TypeError, ValueError) as error:
            raise ScopeFormatError("The stored scope holds values a scope cannot have.") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeChange:
    """One field that moved, in words; the ids let a page name what came and went."""

    field: ScopeField
    before: str
    after: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def changes_between(before: Scope, after: Scope) -> tuple[ScopeChange, ...]:
    """Every field that differs, in declared order; another set's other content is one change."""
    moved = [
        field for field in ScopeField if getattr(before, field.value) != getattr(after, field.value)
    ]
    if ScopeField.BACKUP_SET in moved and ScopeField.BACKUP_DIGEST in moved:
        moved.remove(ScopeField.BACKUP_DIGEST)
    return tuple(_change(field, before, after) for field in moved)


def _from_version_1(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A scope of version 1, which mapped groups alone, in the present form."""
    pairs = stored["group_mapping"]
    mode = AssignmentMode.REPLACE if stored["include_assignments"] else AssignmentMode.LEAVE
    return {
        **{name: value for name, value in stored.items() if name in FIELDS},
        "mapping": [[ReferenceKind.GROUP.value, source, target] for source, target in pairs],
        "assignment_mode": mode.value,
        "conditional_access_state": ConditionalAccessState.AS_BACKED_UP.value,
    }


def _change(field: ScopeField, before: Scope, after: Scope) -> ScopeChange:
    old, new = _members(field, before), _members(field, after)
    added, removed = tuple(sorted(new - old)), tuple(sorted(old - new))
    shown = _SHOWN[field](after)
    if field is ScopeField.ITEMS:
        shown = f"{shown} ({len(added)} added, {len(removed)} removed)"
    return ScopeChange(
        field=field, before=_SHOWN[field](before), after=shown, added=added, removed=removed
    )


def _members(field: ScopeField, scope: Scope) -> frozenset[str]:
    if field is ScopeField.ITEMS:
        return scope.items
    if field is ScopeField.MAPPING:
        return frozenset(map(str, scope.mapping))
    return frozenset()


def _mapped(mapping: tuple[MappingEntry, ...]) -> str:
    shown = ", ".join(map(str, mapping[:MAPPED_SHOWN]))
    more = len(mapping) - MAPPED_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown or "nothing mapped"


def _short_digest(digest: str) -> str:
    algorithm, separator, value = digest.rpartition(":")
    return f"{algorithm}{separator}{value[:12]}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _included(*, is_included: bool) -> str:
    return "included" if is_included else "left out"


_SHOWN: dict[ScopeField, Callable[[Scope], str]] = {
    ScopeField.TENANT: lambda scope: scope.tenant,
    ScopeField.BACKUP_SET: lambda scope: scope.backup_set or "none chosen",
    ScopeField.BACKUP_DIGEST: lambda scope: _short_digest(scope.backup_digest),
    ScopeField.MODE: lambda scope: scope.mode.label,
    ScopeField.ITEMS: lambda scope: _counted(len(scope.items), "item"),
    ScopeField.MAPPING: lambda scope: _mapped(scope.mapping),
    ScopeField.ASSIGNMENT_MODE: lambda scope: scope.assignment_mode.label,
    ScopeField.CONDITIONAL_ACCESS_STATE: lambda scope: scope.conditional_access_state.label,
    ScopeField.CONFLICT_POLICY: lambda scope: scope.conflict_policy.label,
    ScopeField.INCLUDE_FOUNDATIONS: lambda scope: _included(is_included=scope.include_foundations),
    ScopeField.UNDOES: lambda scope: scope.undoes or "none",
}
