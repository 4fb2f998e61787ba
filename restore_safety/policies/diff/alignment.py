"""Which element of an array stands for which: by what identifies it, by position only at last."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from tenants.canonical_json import canonical
from tenants.graph.payloads import TYPE

# What distinguishes the elements of an array, the most specific first.
IDENTITIES = ("settingDefinitionId", "omaUri", "ruleName", "actionType", "displayName", "name")
# Comparing each of one side with each of the other is worth it up to here.
_MOST_COMPARISONS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An element on both sides; None on the side that has none.

    The name is what identifies it; the number counts those that are otherwise alike.
    """

    name: str
    number: str
    before: Any
    after: Any

    @property
    def either(self) -> Any:
        return self.before if self.after is None else self.after


def pairs(before: Sequence[Any], after: Sequence[Any]) -> Iterator[Pair]:
    """Every element of either side once; equal ones without an identity of their own left out."""
    old, new = _by_identity(before), _by_identity(after)
    for identity in dict.fromkeys([*new, *old]):
        name, _ = identity
        one, other = old.get(identity, []), new.get(identity, [])
        if len(one) <= 1 and len(other) <= 1:
            yield Pair(name=name, number="", before=_first(one), after=_first(other))
            continue
        for position, left, right in _aligned(one, other):
            yield Pair(name=name, number=f"#{position + 1}", before=left, after=right)


def name_of_element(value: Any) -> str:
    """What an element of an array goes by, or nothing."""
    if not isinstance(value, Mapping):
        return ""
    instance = value.get("settingInstance")
    bearer = instance if isinstance(instance, Mapping) else value
    return next((str(bearer[name]) for name in IDENTITIES if bearer.get(name)), "")


def _by_identity(values: Sequence[Any]) -> dict[tuple[str, bytes], list[Any]]:
    found: dict[tuple[str, bytes], list[Any]] = {}
    for value in values:
        if value is not None:
            name = name_of_element(value)
            found.setdefault((name, b"" if name else _own_value(value)), []).append(value)
    return found


def _own_value(value: Any) -> bytes:
    """A scalar is its own identity, bare or wrapped as the settings catalog does."""
    inner = value.get("value") if isinstance(value, Mapping) else value
    return b"" if inner is None or isinstance(inner, (Mapping, list)) else canonical(inner)


def _first(values: Sequence[Any]) -> Any:
    return values[0] if values else None


def _aligned(before: Sequence[Any], after: Sequence[Any]) -> Iterator[tuple[int, Any, Any]]:
    """What stands for each other and is not equal, with its position: an insertion shifts none."""
    matcher = SequenceMatcher(
        None, [_essence(one) for one in before], [_essence(one) for one in after], autojunk=False
    )
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "equal":
            continue
        partners = dict(_most_alike(before[start:end], after[other_start:other_end]))
        for at in range(start, end):
            if (to := partners.get(at - start)) is None:
                yield at, before[at], None
            else:
                yield other_start + to, before[at], after[other_start + to]
        for to in range(other_start, other_end):
            if to - other_start not in partners.values():
                yield to, None, after[to]


def _most_alike(before: Sequence[Any], after: Sequence[Any]) -> list[tuple[int, int]]:
    """The pairing that keeps the order and has the most values in common."""
    if len(before) * len(after) > _MOST_COMPARISONS:
        return list(zip(range(len(before)), range(len(after)), strict=False))
    old, new = [_values(one) for one in before], [_values(one) for one in after]
    # Cell (i, j): the best for what follows the first i and j, as in a longest common subsequence.
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in reversed(range(len(old))):
        for j in reversed(range(len(new))):
            paired = 1 + len(old[i] & new[j]) + best[i + 1][j + 1]
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    together = []
    i = j = 0
    while i < len(old) and j < len(new):
        if best[i][j] == 1 + len(old[i] & new[j]) + best[i + 1][j + 1]:
            together.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return together


def _essence(value: Any) -> bytes:
    """What has to be the same for two elements to be equal."""
    return canonical(_bare(value))


def _bare(value: Any) -> Any:
    """Without what says nothing, and without types: Graph leaves them out where it can."""
    if isinstance(value, list):
        return [_bare(inner) for inner in value]
    if not isinstance(value, Mapping):
        return value
    return {
        key: _bare(inner)
        for key, inner in value.items()
        if key != TYPE and inner is not None and inner != []
    }


def _values(value: Any, path: tuple[str, ...] = ()) -> set[tuple[tuple[str, ...], str]]:
    if isinstance(value, Mapping):
        return {found for key, one in value.items() for found in _values(one, (*path, key))}
    if isinstance(value, list):
        return {found for one in value for found in _values(one, (*path, name_of_element(one)))}
    return {(path, str(value))}
