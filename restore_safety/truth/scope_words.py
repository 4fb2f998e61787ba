"""What moved in a scope, in words: sentences are made of the facts, and never read back."""

from collections.abc import Callable, Mapping
from typing import Any

from restore_safety.truth.mapping import MappingEntry
from restore_safety.truth.references import ReferenceKind, name_in
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    ScopeField,
    ScopeMode,
)

_NO_NAMES: Mapping[str, str] = {}


def in_words(field: ScopeField, fact: Any, names: Mapping[str, str] = _NO_NAMES) -> str:
    """What a field of a scope was or became; `names` are of tenants, sets, items and objects by id.

    A line of a ledger of before holds text: it is shown as it was written.
    """
    if isinstance(fact, Mapping) and fact.keys() == {"text"}:
        return str(fact["text"])
    return _WORDS[field](fact, names)


def entry_in_words(entry: MappingEntry, names: Mapping[str, str] = _NO_NAMES) -> str:
    """One entry of a mapping, with names in place of ids as far as they are known."""
    name = name_in(entry.source)
    source = f"“{name}”" if name else names.get(entry.source, entry.source)
    return f"{entry.kind.label} {source} → {names.get(entry.target, entry.target)}"


def entries_in(fact: Any) -> tuple[MappingEntry, ...]:
    """The entries that a fact of a mapping names."""
    if not isinstance(fact, Mapping) or "entries" not in fact:
        return ()
    return tuple(
        MappingEntry(kind=ReferenceKind(kind), source=source, target=target)
        for kind, source, target in fact["entries"]
    )


def _target(fact: Mapping[str, str], names: Mapping[str, str]) -> str:
    tenant = names.get(fact["tenant"], f"tenant {fact['tenant']}")
    if not fact["directory"]:
        return f"{tenant}, not connected"
    return f"{tenant} in {fact['cloud']} directory {fact['directory']}"


def _backup_set(fact: str, names: Mapping[str, str]) -> str:
    return names.get(fact, fact) or "none chosen"


def _digest(fact: str, _names: Mapping[str, str]) -> str:
    algorithm, separator, value = fact.rpartition(":")
    return f"{algorithm}{separator}{value[:12]}"


def _items(fact: Mapping[str, int], _names: Mapping[str, str]) -> str:
    count = fact["count"]
    shown = f"{count} item{'' if count == 1 else 's'}"
    if "added" not in fact:
        return shown
    return f"{shown} ({fact['added']} added, {fact['removed']} removed)"


def _mapping(fact: Mapping[str, Any], names: Mapping[str, str]) -> str:
    entries = entries_in(fact)
    shown = ", ".join(entry_in_words(one, names) for one in entries)
    more = fact["count"] - len(entries)
    return f"{shown} and {more} more" if more > 0 else shown or "nothing mapped"


def _included(fact: bool, _names: Mapping[str, str]) -> str:  # noqa: FBT001 -- one of many facts
    return "included" if fact else "left out"


_WORDS: dict[ScopeField, Callable[[Any, Mapping[str, str]], str]] = {
    ScopeField.TARGET: _target,
    ScopeField.BACKUP_SET: _backup_set,
    ScopeField.BACKUP_DIGEST: _digest,
    ScopeField.MODE: lambda fact, _names: ScopeMode(fact).label,
    ScopeField.ITEMS: _items,
    ScopeField.MAPPING: _mapping,
    ScopeField.ASSIGNMENT_MODE: lambda fact, _names: AssignmentMode(fact).label,
    ScopeField.CONDITIONAL_ACCESS_STATE: lambda fact, _names: ConditionalAccessState(fact).label,
    ScopeField.CONFLICT_POLICY: lambda fact, _names: ConflictPolicy(fact).label,
    ScopeField.INCLUDE_FOUNDATIONS: _included,
    ScopeField.UNDOES: lambda fact, _names: fact or "none",
}
