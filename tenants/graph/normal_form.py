"""One comparable form for a policy, however and by whomever it was read."""

from dataclasses import dataclass
from typing import Any

from tenants.graph.assignments import normal_assignments
from tenants.graph.contracts import Contract
from tenants.graph.digest import canonical
from tenants.graph.payloads import (
    TYPE,
    ZERO_GUID,
    Json,
    Payload,
    with_texts,
    without_annotations,
    without_nulls,
    without_paths,
)

__all__ = [
    "Difference",
    "covers",
    "differences",
    "normal_assignments",
    "normal_form",
    "wanted_form",
    "with_organization",
]

_ORGANIZATION = "%OrganizationId%"
# What names an element of an array better than its position does.
_NAMES = ("settingDefinitionId", "omaUri", "actionType")


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not the same on both sides; None where a side has none.

    The path holds the keys on the way to it, and for an element of an array its name or number.
    """

    path: tuple[str, ...]
    before: Any
    after: Any
    # The wanted side does not speak of this key at all.
    is_unspoken: bool = False

    @property
    def place(self) -> str:
        return ".".join(self.path)


def normal_form(contract: Contract, payload: Payload) -> Json:
    """The payload reduced to what an operator configured; its assignments are left out."""
    normal: Json = without_nulls(wanted_form(contract, payload))
    return normal


def wanted_form(contract: Contract, payload: Payload) -> Json:
    """The normal form with the nulls kept: an explicit null means that nothing shall be there."""
    bare: Json = without_paths(without_annotations(payload), contract.read_only)
    if not contract.polymorphic:
        bare.pop(TYPE, None)
    if bare.get("description") == "":
        # Graph answers an empty description as "" or null.
        bare["description"] = None
    normal: Json = _normal(bare, contract)
    for path in contract.flags & normal.keys():
        if isinstance(normal[path], str):
            normal[path] = ",".join(sorted(normal[path].split(",")))
    return normal


def with_organization(payload: Payload, directory_id: str) -> Json:
    """The payload with the placeholder some tools write replaced by the directory it goes to."""
    changed: Json = with_texts(payload, lambda text: text.replace(_ORGANIZATION, directory_id))
    return changed


def differences(wanted: Json, live: Json) -> tuple[Difference, ...]:
    """Every value in which two forms differ; `before` is the live side."""
    return tuple(_compare(live, wanted, ()))


def covers(wanted: Json, live: Json) -> list[Difference]:
    """What keeps the live side from being as wanted.

    A key that only the live side has is a default the service added, and no difference. A null in
    `wanted` (see `wanted_form`) is: there a live value has to go.
    """
    return [found for found in _compare(live, wanted, ()) if not found.is_unspoken]


def _normal(value: Any, contract: Contract, name: str = "") -> Any:
    if isinstance(value, list):
        members = [_normal(member, contract) for member in value]
        return sorted(members, key=_order) if name in contract.sets else members
    if not isinstance(value, dict):
        return value
    return {
        key: _normal(member, contract, key)
        for key, member in value.items()
        if not (key == TYPE and member in contract.declared_members)
        and not (key in contract.zero_means_none and member == ZERO_GUID)
    }


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


def _compare(before: Any, after: Any, path: tuple[str, ...]) -> list[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        return _compare_objects(before, after, path)
    if isinstance(before, list) and isinstance(after, list):
        return _compare_arrays(before, after, path)
    if before == after and isinstance(before, bool) == isinstance(after, bool):
        return []
    if _is_nothing(before) and _is_nothing(after):
        return []
    return [Difference(path, before, after)]


def _compare_objects(before: Json, after: Json, path: tuple[str, ...]) -> list[Difference]:
    found = []
    for key in sorted(before.keys() | after.keys()):
        if key == TYPE and not (key in before and key in after):
            # Graph leaves a type out where only one can stand.
            continue
        here = (*path, key)
        if key in after:
            found += _compare(before.get(key), after[key], here)
        elif not _is_nothing(before[key]):
            found.append(Difference(here, before[key], None, is_unspoken=True))
    return found


def _compare_arrays(before: list[Any], after: list[Any], path: tuple[str, ...]) -> list[Difference]:
    old, new = _by_name(before), _by_name(after)
    if old is None or new is None:
        if not any(isinstance(member, dict) for member in (*before, *after)):
            return [] if before == after else [Difference(path, before, after)]
        old = {str(position): member for position, member in enumerate(before)}
        new = {str(position): member for position, member in enumerate(after)}
    found = []
    for name in sorted(old.keys() | new.keys()):
        here = (*path, name)
        if name in old and name in new:
            found += _compare(old[name], new[name], here)
        else:
            found.append(Difference(here, old.get(name), new.get(name)))
    return found


def _by_name(members: list[Any]) -> dict[str, Any] | None:
    named = {name: member for member in members if (name := _name_of(member)) is not None}
    return named if len(named) == len(members) else None


def _is_nothing(value: Any) -> bool:
    # Graph answers an empty collection as [], as null or not at all.
    return value is None or value == []
