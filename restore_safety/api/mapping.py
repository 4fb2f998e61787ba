"""The mapping of a scope, as a script sends and reads it."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from ninja import Field, Schema

from restore_safety.api.shapes import InvalidChoiceError, ReferenceText, Sent
from restore_safety.truth.mapping import MappingEntry, source_fault, target_fault
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.scope import Scope


class MappedAnswer(Schema):
    """One object of the backup, and the object of the tenant that stands in for it."""

    kind: ReferenceKind
    source: str = Field(description="Its id in the backup, or `name:` and its name there.")
    target: str = Field(description="The id in the tenant.")


class MappedSent(Sent):
    """One entry of the mapping; a target of null takes it back."""

    kind: ReferenceKind
    source: ReferenceText = Field(
        description="Its id in the backup, or `name:` and its name where the backup holds no id."
    )
    target: ReferenceText | None = Field(None, description="The id in the tenant.")


def mapping_answer(scope: Scope) -> list[MappedAnswer]:
    return [
        MappedAnswer(kind=entry.kind, source=entry.source, target=entry.target)
        for entry in scope.mapping
    ]


def changed_mapping(
    held: Mapping[str, Mapping[str, str]],
    entries: Sequence[MappedSent] | None,
    groups: Mapping[UUID, UUID | None] | None,
) -> dict[ReferenceKind, dict[str, str]] | None:
    """What is held with what was sent; None when nothing was. InvalidChoiceError says what is not.

    `groups` is the older form, of groups alone; where both name one, the entries win.
    """
    if entries is None and groups is None:
        return None
    faults = [fault for place, one in enumerate(entries or ()) for fault in _faults(place, one)]
    if faults:
        raise InvalidChoiceError(faults)
    mapping = {kind: dict(held.get(kind.value, {})) for kind in ReferenceKind}
    for source, target in (groups or {}).items():
        mapping[ReferenceKind.GROUP][str(source)] = str(target) if target else ""
    named: set[tuple[ReferenceKind, str]] = set()
    for place, one in enumerate(entries or ()):
        entry = MappingEntry.normal(one.kind, one.source, one.target or "")
        if (entry.kind, entry.source) in named:
            raise InvalidChoiceError(
                [{"place": f"body.mapping.{place}.source", "sentence": "It was named before."}]
            )
        named.add((entry.kind, entry.source))
        mapping[entry.kind][entry.source] = entry.target
    return mapping


def _faults(place: int, one: MappedSent) -> Iterator[dict[str, str]]:
    if fault := source_fault(one.kind, one.source):
        yield {"place": f"body.mapping.{place}.source", "sentence": fault}
    if one.target and (fault := target_fault(one.kind, one.target)):
        yield {"place": f"body.mapping.{place}.target", "sentence": fault}
