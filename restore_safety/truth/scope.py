"""Scope: everything that changes what a real restore would write, in one normal form."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self, assert_never

from restore_safety.truth.words import Word


class ScopeMode(Word):
    """How the items were chosen."""

    ALL = "all", "All items", "Every item of the backup set is restored."
    SELECTED = "selected", "Selected items", "Only the chosen items are restored."


class ConflictPolicy(Word):
    """What happens to an item that the tenant already has."""

    UPDATE = "update", "Update existing", "An existing policy is changed to what the backup holds."
    COPY = "copy", "Create copy", "A new policy is created beside the existing one."
    SKIP = "skip", "Skip existing", "An existing policy is left as it is."


class ScopeField(Word):
    """The parts of a scope that a change can be named for."""

    TENANT = "tenant", "Target tenant", "The tenant that would be written to."
    BACKUP_SET = "backup_set", "Backup set", "The backup set that is restored."
    BACKUP_DIGEST = "backup_digest", "Backup content", "The exact content of the backup set."
    MODE = "mode", "Mode", "Whether all items or only selected ones are restored."
    ITEMS = "items", "Items", "The backup items that are restored."
    GROUP_MAPPING = "group_mapping", "Group mapping", "Which group stands in for which."
    INCLUDE_ASSIGNMENTS = (
        "include_assignments",
        "Assignments",
        "Whether the assignments of each policy are restored.",
    )
    CONFLICT_POLICY = "conflict_policy", "Existing policies", "What happens to existing policies."
    INCLUDE_FOUNDATIONS = (
        "include_foundations",
        "Foundations",
        "Whether scope tags, filters and the like are restored first.",
    )


# Python would take a text for its letters, and a number for yes or no.
_STORED_AS = {
    "items": list,
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
    group_mapping: tuple[tuple[str, str], ...] = ()
    include_assignments: bool
    conflict_policy: ConflictPolicy
    include_foundations: bool

    def __post_init__(self) -> None:
        for name in ("tenant", "backup_set", "backup_digest"):
            object.__setattr__(self, name, identity(getattr(self, name)))
        items = frozenset(identity(item) for item in self.items) - {""}
        object.__setattr__(self, "items", items)
        object.__setattr__(self, "group_mapping", _normal_mapping(self.group_mapping))
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

    def to_json(self) -> dict[str, Any]:
        return {
            "tenant": self.tenant,
            "backup_set": self.backup_set,
            "backup_digest": self.backup_digest,
            "mode": self.mode.value,
            "items": sorted(self.items),
            "group_mapping": [list(pair) for pair in self.group_mapping],
            "include_assignments": self.include_assignments,
            "conflict_policy": self.conflict_policy.value,
            "include_foundations": self.include_foundations,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read back what to_json wrote; anything else is refused, never guessed at."""
        if stored.keys() != {field.value for field in ScopeField}:
            raise ScopeFormatError("The stored scope has other fields than a scope has.")
        if not all(isinstance(stored[name], kind) for name, kind in _STORED_AS.items()):
            raise ScopeFormatError("The stored scope holds values a scope cannot have.")
        try:
            return cls(
                tenant=stored["tenant"],
                backup_set=stored["backup_set"],
                backup_digest=stored["backup_digest"],
                mode=ScopeMode(stored["mode"]),
                items=frozenset(stored["items"]),
                group_mapping=tuple((source, target) for source, target in stored["group_mapping"]),
                include_assignments=stored["include_assignments"],
                conflict_policy=ConflictPolicy(stored["conflict_policy"]),
                include_foundations=stored["include_foundations"],
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


def identity(text: str) -> str:
    """One spelling per identity: Unicode's canonical caseless form, without outer space."""
    folded = unicodedata.normalize("NFD", text).casefold()
    normal = unicodedata.normalize("NFC", folded).strip()
    normal.encode()  # a lone surrogate has no UTF-8 form, so it could never be fingerprinted
    return normal


def changes_between(before: Scope, after: Scope) -> tuple[ScopeChange, ...]:
    """Every field that differs, in declared order; another set's other content is one change."""
    moved = [
        field for field in ScopeField if getattr(before, field.value) != getattr(after, field.value)
    ]
    if ScopeField.BACKUP_SET in moved and ScopeField.BACKUP_DIGEST in moved:
        moved.remove(ScopeField.BACKUP_DIGEST)
    return tuple(_change(field, before, after) for field in moved)


def _normal_mapping(pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    normal: dict[str, str] = {}
    for raw_source, raw_target in pairs:
        source, target = identity(raw_source), identity(raw_target)
        if not source or not target:
            continue
        if normal.setdefault(source, target) != target:
            raise ValueError("A group can be mapped to one group only.")
    return tuple(sorted((source, target) for source, target in normal.items() if source != target))


def _change(field: ScopeField, before: Scope, after: Scope) -> ScopeChange:
    old, new = _members(field, before), _members(field, after)
    added, removed = tuple(sorted(new - old)), tuple(sorted(old - new))
    shown = _shown(field, after)
    if field is ScopeField.ITEMS:
        shown = f"{shown} ({len(added)} added, {len(removed)} removed)"
    return ScopeChange(
        field=field, before=_shown(field, before), after=shown, added=added, removed=removed
    )


def _members(field: ScopeField, scope: Scope) -> frozenset[str]:
    if field is ScopeField.ITEMS:
        return scope.items
    if field is ScopeField.GROUP_MAPPING:
        return frozenset(f"{source} → {target}" for source, target in scope.group_mapping)
    return frozenset()


def _shown(field: ScopeField, scope: Scope) -> str:  # noqa: PLR0911 -- one flat line per field
    match field:
        case ScopeField.TENANT:
            return scope.tenant
        case ScopeField.BACKUP_SET:
            return scope.backup_set or "none chosen"
        case ScopeField.BACKUP_DIGEST:
            return _short_digest(scope.backup_digest)
        case ScopeField.MODE:
            return scope.mode.label
        case ScopeField.ITEMS:
            return _counted(len(scope.items), "item")
        case ScopeField.GROUP_MAPPING:
            return ", ".join(sorted(_members(field, scope))) or "no group mapped"
        case ScopeField.INCLUDE_ASSIGNMENTS:
            return _included(is_included=scope.include_assignments)
        case ScopeField.CONFLICT_POLICY:
            return scope.conflict_policy.label
        case ScopeField.INCLUDE_FOUNDATIONS:
            return _included(is_included=scope.include_foundations)
        case _:
            assert_never(field)


def _short_digest(digest: str) -> str:
    algorithm, separator, value = digest.rpartition(":")
    return f"{algorithm}{separator}{value[:12]}"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _included(*, is_included: bool) -> str:
    return "included" if is_included else "left out"
