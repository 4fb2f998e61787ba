"""What the policies of a backup set refer to, by kind, and how the backup calls it."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial

from restore_safety.models import BackupItem, BackupSet, RestoreDraft
from restore_safety.policies.guarding import attempted
from restore_safety.truth.mapping import normal_source
from restore_safety.truth.references import ReferenceKind, name_in
from tenants.graph.contracts import contract
from tenants.graph.references import CONTRACT_OF_KIND, references_of
from tenants.web.caches import keep, kept

_KEPT_FOR = 24 * 60 * 60
# Counted up when references are found otherwise, so that nothing kept before is read.
_VERSION = 1
_READ_AT_ONCE = 200
_IN_ASSIGNMENTS = "assignments"

type Key = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeReference:
    """One object that policies in scope refer to.

    `source` is its id in the backup or `name:` and its name; `name` is empty where it is unknown.
    It comes along when the scope restores the object itself.
    """

    kind: ReferenceKind
    source: str
    name: str
    policies: int
    comes_along: bool


@dataclass(slots=True)
class _OfSet:
    """The references of a whole set by item, in their content and in their assignments."""

    content: dict[str, frozenset[Key]] = field(default_factory=dict)
    assigned: dict[str, frozenset[Key]] = field(default_factory=dict)
    names: dict[Key, str] = field(default_factory=dict)
    holders: dict[Key, str] = field(default_factory=dict)


def references_in(draft: RestoreDraft) -> tuple[ScopeReference, ...]:
    """What the policies in scope refer to, by kind and name."""
    if draft.backup_set is None:
        return ()
    known = _of_set(draft.backup_set)
    chosen = {str(pk) for pk in draft.resolved_items().order_by().values_list("pk", flat=True)}
    counted: Counter[Key] = Counter()
    for parts in (known.content, known.assigned if draft.include_assignments else {}):
        for item in chosen & parts.keys():
            counted.update(parts[item])
    found = [
        ScopeReference(
            kind=ReferenceKind(kind),
            source=source,
            name=name_in(source) or known.names.get((kind, source), ""),
            policies=count,
            comes_along=known.holders.get((kind, source)) in chosen,
        )
        for (kind, source), count in counted.items()
    ]
    return tuple(sorted(found, key=_order))


def _order(reference: ScopeReference) -> tuple[int, str, str]:
    kinds = list(ReferenceKind)
    return kinds.index(reference.kind), reference.name.casefold() or "~", reference.source


def _of_set(backup_set: BackupSet) -> _OfSet:
    """Read once for a set, which never changes, and kept for a day."""
    items = BackupItem.objects.filter(backup_set=backup_set)
    key = f"scope-references:{_VERSION}:{backup_set.pk}:{backup_set.digest}:{items.count()}"
    of_set: _OfSet | None = kept(key)
    if of_set is None:
        of_set = _read(items.select_related("payload").iterator(chunk_size=_READ_AT_ONCE))
        keep(key, of_set, seconds=_KEPT_FOR)
    return of_set


def _read(items: Iterable[BackupItem]) -> _OfSet:
    found = _OfSet()
    kinds = _kinds_by_contract()
    for item in items:
        key = str(item.pk)
        references = attempted(partial(_references, item), item_id=key) or ()
        found.content[key] = frozenset(one for place, one in references if not place)
        found.assigned[key] = frozenset(one for place, one in references if place)
        for kind in kinds.get(item.contract_key, ()):
            found.names[kind, normal_source(item.object_id)] = item.name
            found.holders[kind, normal_source(item.object_id)] = key
        for group, name in item.group_names.items():
            found.names[ReferenceKind.GROUP.value, normal_source(group)] = name
    return found


def _references(item: BackupItem) -> list[tuple[bool, Key]]:
    named = references_of(contract(item.contract_key), item.payload.content, item.assignments or ())
    return [
        (one.path == _IN_ASSIGNMENTS, (one.kind.value, normal_source(one.id)))
        for one in named
        if normal_source(one.id)
    ]


def _kinds_by_contract() -> Mapping[str, list[str]]:
    kinds: dict[str, list[str]] = {}
    for kind, key in CONTRACT_OF_KIND.items():
        kinds.setdefault(key, []).append(kind.value)
    return kinds
