"""One comparable form for a policy, however and by whomever it was read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tenants.canonical_json import canonical
from tenants.graph import schema
from tenants.graph.assignments import normal_assignments
from tenants.graph.contracts import Contract, projection, runtime_type
from tenants.graph.diff_walk import DiffWalk, is_incomparable
from tenants.graph.payloads import TYPE, ZERO_GUID, Json, Payload, with_texts, without_nulls
from tenants.graph.schema import Member, MemberKind
from tenants.guids import is_guid

__all__ = [
    "Comparison",
    "Difference",
    "compared",
    "covers",
    "differences",
    "normal_assignments",
    "normal_form",
    "wanted_form",
    "with_organization",
]

_ORGANIZATION = "%OrganizationId%"
# What names an element of an array better than its position does.
_NAMES = ("settingDefinitionId", "omaUri", "actionType", "locale", "definitionId")
# Collections have no order in Graph's model. In these it shows on the device, or decides.
_ORDERED = frozenset(
    {
        "homeScreenDockIcons",
        "homeScreenPages",
        "onDemandRules",
        "icons",
        "pages",
        "trafficRules",
    }
)
# Members in which the zero guid and an empty text both mean "none".
_ZERO_MEANS_NONE = frozenset({"notificationTemplateId", "notificationMessageTemplateId"})
# Matching every element with every other is worth it up to here.
_MOST_COMPARISONS = 40_000


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not the same on both sides; None where a side has none.

    The path holds the keys on the way to it, and for an element of an array its name or number.
    """

    path: tuple[str, ...]
    before: Any
    after: Any
    # The wanted side does not mention this key at all.
    is_unspoken: bool = False
    # A mask, a token or nothing stands in a secret's place, so the two cannot be compared.
    is_hidden: bool = False

    @property
    def place(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What keeps the live side from being as wanted, and what no reading can compare."""

    different: tuple[Difference, ...] = ()
    incomparable: tuple[Difference, ...] = ()


def normal_form(contract: Contract, payload: Payload) -> Json:
    """The payload reduced to what an operator configured; its assignments are left out."""
    normal: Json = without_nulls(wanted_form(contract, payload))
    return normal


def wanted_form(contract: Contract, payload: Payload) -> Json:
    """The normal form with the nulls kept: an explicit null means that nothing shall be there."""
    bare = projection(contract, payload).body
    if bare.get("description") == "":
        # Graph answers an empty description as "" or null.
        bare["description"] = None
    normal = _normal_members(bare, runtime_type(contract, payload))
    if contract.states_type:
        # Answered or not, only this one type stands here.
        normal.pop(TYPE, None)
    return normal


def with_organization(payload: Payload, directory_id: str) -> Json:
    """The payload with the placeholder some tools write replaced by the directory it goes to."""
    changed: Json = with_texts(payload, lambda text: text.replace(_ORGANIZATION, directory_id))
    return changed


def differences(wanted: Json, live: Json) -> tuple[Difference, ...]:
    """Every value in which two forms differ; `before` is the live side."""
    return tuple(_DIFFERENCES.values(live, wanted, ()))


def compared(wanted: Json, live: Json) -> Comparison:
    """What keeps the live side from being as wanted, incomparable values apart.

    A key that only the live side has is a default the service added, and no difference. A null in
    `wanted` (see `wanted_form`) is: there a live value has to go. Incomparable is what Graph masks,
    turns into a token or never answers: nothing says that it differs, and nothing that it does not.
    """
    found = [one for one in _DIFFERENCES.values(live, wanted, ()) if not one.is_unspoken]
    return Comparison(
        different=tuple(one for one in found if not one.is_hidden),
        incomparable=tuple(one for one in found if one.is_hidden),
    )


def covers(wanted: Json, live: Json) -> list[Difference]:
    """What keeps the live side from being as wanted; what cannot be compared does not."""
    return list(compared(wanted, live).different)


def _normal_members(value: Json, type_name: str) -> Json:
    known = schema.members(type_name)
    return {key: _normal(member, known.get(key), key) for key, member in value.items()}


def _normal(value: Any, declared: Member | None, name: str) -> Any:
    if isinstance(value, list):
        members = [_normal(member, declared, name) for member in value]
        return members if name in _ORDERED else sorted(members, key=_order)
    if isinstance(value, Mapping):
        named = value.get(TYPE)
        runtime = (
            schema.bare(named) if isinstance(named, str) else declared.type if declared else ""
        )
        return _normal_members(dict(value), runtime)
    if not isinstance(value, str):
        return value
    if name in _ZERO_MEANS_NONE and value in ("", ZERO_GUID):
        return None
    if declared is not None and declared.kind is MemberKind.FLAGS:
        return ",".join(sorted(part.strip() for part in value.split(",")))
    return value.lower() if is_guid(value) else value


def _order(member: Any) -> tuple[str, bytes]:
    return (_name_of(member) or "", canonical(member))


def _name_of(member: Any) -> str | None:
    if not isinstance(member, dict):
        return None
    bearer = member.get("settingInstance", member)
    for key in _NAMES:
        if isinstance(bearer, dict) and isinstance(bearer.get(key), str):
            return str(bearer[key])
    return None


type _Path = tuple[str, ...]


class _Differences(DiffWalk[_Path, Difference]):
    """What a reading lacks of what is wanted: an element is matched by whatever covers it."""

    def within(self, place: _Path, key: str) -> _Path:
        return (*place, key)

    def ranked(self, keys: set[str], before: Json, after: Json) -> Iterable[Sequence[str]]:
        return (sorted(keys),)

    def elements(self, before: list[Any], after: list[Any], place: _Path) -> Iterator[Difference]:
        if any(isinstance(member, dict) for member in (*before, *after)):
            yield from super().elements(before, after, place)
        elif before != after:
            yield Difference(place, before, after)

    def paired(
        self, before: list[Any], after: list[Any], place: _Path
    ) -> Iterator[tuple[Any, Any, _Path]]:
        is_ordered = bool(place) and place[-1] in _ORDERED
        for name, old, new in _paired(before, after, is_ordered=is_ordered):
            yield old, new, (*place, name)

    def different(self, before: Any, after: Any, place: _Path) -> Iterator[Difference]:
        is_hidden = is_incomparable(place[-1], before, after)
        yield Difference(place, before, after, is_hidden=is_hidden)

    def concealed(self, before: Any, after: Any, place: _Path) -> Iterator[Difference]:
        yield Difference(place, before, after, is_hidden=True)

    def unmentioned(self, before: Any, place: _Path) -> Iterator[Difference]:
        yield Difference(place, before, None, is_unspoken=True)

    def unpaired(self, before: Any, after: Any, place: _Path) -> Iterator[Difference]:
        yield Difference(place, before, after)


_DIFFERENCES = _Differences()


def _paired(
    before: list[Any], after: list[Any], *, is_ordered: bool
) -> list[tuple[str, Any | None, Any | None]]:
    """Each element of both sides with the one it stands for: by name, as equal, by position."""
    old, new = _by_name(before), _by_name(after)
    if old is not None and new is not None:
        return [(name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys())]
    rest, pairs = list(before), []
    waiting: list[tuple[int, Any]] = []
    is_matched = not is_ordered and len(before) * len(after) <= _MOST_COMPARISONS
    for position, wanted in enumerate(after):
        live = _covering(rest, wanted) if is_matched else None
        if live is None:
            waiting.append((position, wanted))
        else:
            rest.remove(live)
            pairs.append((str(position), live, wanted))
    for number, (position, wanted) in enumerate(waiting):
        pairs.append((str(position), rest[number] if number < len(rest) else None, wanted))
    pairs += [
        (str(len(after) + number), rest[number], None) for number in range(len(waiting), len(rest))
    ]
    return pairs


def _covering(candidates: list[Any], wanted: Any) -> Any | None:
    """The first live element that is as wanted, whatever else the service added to it."""
    for live in candidates:
        if all(one.is_unspoken for one in _DIFFERENCES.values(live, wanted, ("",))):
            return live
    return None


def _by_name(members: list[Any]) -> dict[str, Any] | None:
    named = {name: member for member in members if (name := _name_of(member)) is not None}
    return named if len(named) == len(members) else None
