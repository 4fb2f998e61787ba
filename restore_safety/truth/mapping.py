"""Mapping: which object of the target tenant stands in for which object of the backup."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from restore_safety.truth.identity import identity
from restore_safety.truth.references import NAME_PREFIX, ReferenceKind, by_name, name_in

MOST_MAPPED = 500
# A display name in Graph has at most 256 characters.
LONGEST_SOURCE = 256 + len(NAME_PREFIX)


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingEntry:
    """One object of the backup, by its id or as `name:` and its name, and its id in the tenant."""

    kind: ReferenceKind
    source: str
    target: str

    @classmethod
    def normal(cls, kind: str, source: str, target: str) -> Self:
        """The entry in the one spelling of its ids and name."""
        return cls(kind=ReferenceKind(kind), source=normal_source(source), target=identity(target))

    @property
    def order(self) -> tuple[str, str]:
        """Where it stands among others; one object has one entry."""
        return self.kind.value, self.source


def normal_source(text: str) -> str:
    """The one spelling of an id, or of `name:` and a name; empty for a blank one."""
    source = identity(text)
    return by_name(name_in(source)) if source.startswith(NAME_PREFIX) else source


def normal_mapping(entries: Iterable[tuple[str, str, str]]) -> tuple[MappingEntry, ...]:
    """The entries in order, each once, without blank ones and those that map to themselves.

    Raises ValueError where one object is mapped to two.
    """
    normal: dict[tuple[ReferenceKind, str], MappingEntry] = {}
    for raw in entries:
        entry = MappingEntry.normal(*raw)
        if not entry.source or not entry.target:
            continue
        if normal.setdefault((entry.kind, entry.source), entry) != entry:
            noun = entry.kind.label.lower()
            raise ValueError(f"One {noun} can be mapped to one {noun} only.")
    effective = (entry for entry in normal.values() if entry.source != entry.target)
    return tuple(sorted(effective, key=lambda entry: entry.order))


def source_fault(kind: ReferenceKind, source: str) -> str:
    """Why the text cannot be the source of an entry, as a sentence; empty when it can."""
    if len(source) > LONGEST_SOURCE:
        return f"A name has at most {LONGEST_SOURCE - len(NAME_PREFIX)} characters."
    if kind.is_id(source) or name_in(identity(source)):
        return ""
    return f"It is neither an id like {kind.id_example} nor “{NAME_PREFIX}” and a name."


def target_fault(kind: ReferenceKind, target: str) -> str:
    """Why the text cannot be the target of an entry, as a sentence; empty when it can."""
    if kind.is_id(target):
        return ""
    return f"It is no id of this kind, like {kind.id_example}."


def entries_of(
    mapping: Mapping[ReferenceKind, Mapping[str, str]],
) -> list[tuple[ReferenceKind, str, str]]:
    """The mapping as kind, source and target."""
    return [
        (kind, source, target)
        for kind, of_kind in mapping.items()
        for source, target in of_kind.items()
    ]


def target_of(of_kind: Mapping[str, str], object_id: str, name: str = "") -> str | None:
    """What stands in for the object by its id, failing that by its name; None if nothing does.

    `of_kind` is what `Scope.mapping_of` returns for one kind.
    """
    by_id = of_kind.get(normal_source(object_id))
    if by_id is not None or not name:
        return by_id
    return of_kind.get(by_name(name))
