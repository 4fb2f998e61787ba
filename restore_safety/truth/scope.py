"""Scope: everything that changes what a real restore would write, in one normal form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from restore_safety.truth.identity import identity
from restore_safety.truth.mapping import MappingEntry, normal_mapping
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.target import Target
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

    TARGET = "target", "Target tenant", "The tenant that would be written to."
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


# What the fields were called in scopes of version 1; the tenant in those of version 2 as well.
_FIELD_BEFORE: dict[object, ScopeField] = {
    "tenant": ScopeField.TARGET,
    "group_mapping": ScopeField.MAPPING,
    "include_assignments": ScopeField.ASSIGNMENT_MODE,
}
_ADDED_SINCE = {field.value for field in _FIELD_BEFORE.values()} | {
    ScopeField.CONDITIONAL_ACCESS_STATE.value
}
FIELDS_OF_UNDO = frozenset(field.value for field in ScopeField)
# Only an undo names what it undoes: every other scope reads, and is fingerprinted, without it.
FIELDS = FIELDS_OF_UNDO - {ScopeField.UNDOES.value}
FIELDS_OF_VERSION_2 = (FIELDS - {ScopeField.TARGET.value}) | {"tenant"}
FIELDS_OF_UNDO_VERSION_2 = FIELDS_OF_VERSION_2 | {ScopeField.UNDOES.value}
FIELDS_OF_VERSION_1 = (FIELDS - _ADDED_SINCE) | frozenset(map(str, _FIELD_BEFORE))
_KNOWN_FIELDS = (
    FIELDS,
    FIELDS_OF_UNDO,
    FIELDS_OF_VERSION_2,
    FIELDS_OF_UNDO_VERSION_2,
    FIELDS_OF_VERSION_1,
)

# Python would take a text for its letters, and a number for yes or no.
_STORED_AS = {
    "target": dict,
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

    target: Target
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
        for name in ("backup_set", "backup_digest", "undoes"):
            object.__setattr__(self, name, identity(getattr(self, name)))
        items = frozenset(identity(item) for item in self.items) - {""}
        object.__setattr__(self, "items", items)
        entries = ((entry.kind, entry.source, entry.target) for entry in self.mapping)
        object.__setattr__(self, "mapping", normal_mapping(entries))
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
            "target": self.target.to_json(),
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
        """Read back what to_json wrote, now or in a version before; anything else is refused."""
        if stored.keys() not in _KNOWN_FIELDS:
            raise ScopeFormatError("The stored scope has other fields than a scope has.")
        known = {name: kind for name, kind in _STORED_AS.items() if name in stored}
        if not all(isinstance(stored[name], kind) for name, kind in known.items()):
            raise ScopeFormatError("The stored scope holds values a scope cannot have.")
        try:
            if stored.keys() == FIELDS_OF_VERSION_1:
                stored = _from_version_1(stored)
            return cls(
                target=Target.from_json(stored),
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
    """One field that moved: what it was and became as facts, and the members that came and went.

    `scope_words` says it in words.
    """

    field: ScopeField
    before: Any
    after: Any
    added: tuple[str, ...] | tuple[MappingEntry, ...] = ()
    removed: tuple[str, ...] | tuple[MappingEntry, ...] = ()


def changes_between(before: Scope, after: Scope) -> tuple[ScopeChange, ...]:
    """Every field that differs, in declared order; another set's other content is one change."""
    moved = [field for field in ScopeField if _differs(field, before, after)]
    if ScopeField.BACKUP_SET in moved and ScopeField.BACKUP_DIGEST in moved:
        moved.remove(ScopeField.BACKUP_DIGEST)
    return tuple(_change(field, before, after) for field in moved)


def _from_version_1(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A scope of version 1, which mapped groups alone, in the present form."""
    pairs = stored["group_mapping"]
    mode = AssignmentMode.REPLACE if stored["include_assignments"] else AssignmentMode.LEAVE
    return {
        **{name: value for name, value in stored.items() if name in FIELDS_OF_VERSION_2},
        "mapping": [[ReferenceKind.GROUP.value, source, target] for source, target in pairs],
        "assignment_mode": mode.value,
        "conditional_access_state": ConditionalAccessState.AS_BACKED_UP.value,
    }


def _differs(field: ScopeField, before: Scope, after: Scope) -> bool:
    if field is ScopeField.TARGET:
        return not before.target.is_same_as(after.target)
    return bool(getattr(before, field.value) != getattr(after, field.value))


def _change(field: ScopeField, before: Scope, after: Scope) -> ScopeChange:
    old, new = _fact(field, before), _fact(field, after)
    if field is ScopeField.ITEMS:
        added, removed = sorted(after.items - before.items), sorted(before.items - after.items)
        new |= {"added": len(added), "removed": len(removed)}
        return ScopeChange(
            field=field, before=old, after=new, added=tuple(added), removed=tuple(removed)
        )
    if field is ScopeField.MAPPING:
        came = tuple(one for one in after.mapping if one not in before.mapping)
        went = tuple(one for one in before.mapping if one not in after.mapping)
        return ScopeChange(field=field, before=old, after=new, added=came, removed=went)
    return ScopeChange(field=field, before=old, after=new)


def _fact(field: ScopeField, scope: Scope) -> Any:
    """What a ledger keeps of a field: its value, of items their number, of a mapping its first."""
    match field:
        case ScopeField.TARGET if scope.target.before_version_3:
            return {"text": scope.target.before_version_3}
        case ScopeField.TARGET:
            return scope.target.to_json()
        case ScopeField.ITEMS:
            return {"count": len(scope.items)}
        case ScopeField.MAPPING:
            entries = scope.to_json()["mapping"]
            return {"entries": entries[:MAPPED_SHOWN], "count": len(entries)}
        case _:
            value = getattr(scope, field.value)
            return value.value if isinstance(value, Word) else value
