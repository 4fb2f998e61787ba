"""Hold a policy against Graph's published types: repair what is certain, name what is not.

PowerShell writes an array of one as the one, dates as `/Date(…)/`, and whatever lies deeper than it
was asked for as text such as `@{…}` or `System.Object[]`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from restore_safety.backups.primitives import (
    UnreadableDateError,
    as_binary,
    is_wrapped,
    read_primitive,
    unwrapped,
)
from restore_safety.backups.xml_text import is_xml
from tenants.graph import schema
from tenants.graph.contracts import Contract, links_left_out
from tenants.graph.payloads import TYPE, Json, is_annotation, type_of
from tenants.graph.schema import Member, MemberKind
from tenants.graph.shapes import FaultCode, is_cut
from tenants.graph.validation import assignment_faults, faults_in

_MOST_NAMED = 20
_NESTED = frozenset({MemberKind.COMPLEX, MemberKind.LINK})
_CHOICE = frozenset({MemberKind.ENUM, MemberKind.FLAGS})
# What Graph answers where the version that was asked has no word for the value.
_UNEXPRESSED = "unknownFutureValue"
# The type of an OMA-URI setting whose value is XML, which Graph answers and takes as base64.
_XML_SETTING = "omaSettingStringXml"
# Dates the service sets on whatever it keeps.
_COMPUTED = frozenset(
    {"createdDateTime", "deletedDateTime", "lastModifiedDateTime", "modifiedDateTime"}
)
# A newer service has values and types this product does not know: that loses nothing of a backup,
# and the bodies of a restore are held against them before anything is written.
_OF_A_NEWER_SERVICE = frozenset(
    {
        FaultCode.NOT_IN_ENUM,
        FaultCode.NOT_IN_FLAGS,
        FaultCode.UNKNOWN_TYPE,
        FaultCode.MISPLACED_TYPE,
        FaultCode.ABSTRACT_TYPE,
    }
)


class WrongShapeError(ValueError):
    """A policy that cannot mean what it says; the message says why, as a clause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A policy in the shape its type has, with what is wrong about it."""

    policy: Json
    # Dotted paths of what PowerShell wrote text in place of.
    cut_off: tuple[str, ...] = ()
    # What holds something else than its type allows, as clauses.
    faults: tuple[str, ...] = ()
    # Dotted paths of members the published types do not have.
    unknown: tuple[str, ...] = ()


def shaped(contract: Contract, policy: Json) -> Shape:
    """Return the policy as Graph would answer it; WrongShapeError when that is not certain."""
    ignored = contract.computed | contract.not_restored.keys() | links_left_out(contract, policy)
    repair = _Repair(frozenset(ignored))
    repaired = repair.object(policy, _type_name(policy, contract.declared), "")
    cut_off, faults, unknown = [], list(repair.faults), []
    for fault in faults_in(contract, repaired):
        if fault.code is FaultCode.CUT_OFF:
            cut_off.append(fault.path)
        elif fault.code is FaultCode.UNKNOWN_MEMBER:
            unknown.append(fault.path)
        elif fault.code not in _OF_A_NEWER_SERVICE:
            faults.append(f"“{fault.path}” cannot be used: {fault.why}")
    return Shape(
        policy=repaired, cut_off=_first(cut_off), faults=_first(faults), unknown=_first(unknown)
    )


def shaped_assignments(contract: Contract, assignments: list[Any]) -> list[Any]:
    """Return assignments as Graph would answer them; WrongShapeError when one cannot be used."""
    member = schema.members(contract.declared).get("assignments")
    if member is None:
        return assignments
    repaired: list[Any] = _Repair(frozenset()).collection(assignments, member, "assignments")
    for fault in assignment_faults(contract, repaired):
        if fault.is_fatal and fault.code not in _OF_A_NEWER_SERVICE:
            raise WrongShapeError(f"“{fault.path}” cannot be used: {fault.why}")
    return repaired


def holds_cut_off(value: Any) -> bool:
    """Whether anything in the value was cut off by PowerShell."""
    if isinstance(value, Mapping):
        return any(holds_cut_off(part) for part in value.values())
    if isinstance(value, list):
        return any(holds_cut_off(part) for part in value)
    return is_cut(value)


def _first(found: list[str]) -> tuple[str, ...]:
    return (*found[:_MOST_NAMED], "and more") if len(found) > _MOST_NAMED else tuple(found)


@dataclass(frozen=True, slots=True)
class _Repair:
    """Goes through a policy member by member, and puts right what can mean one thing only."""

    ignored: frozenset[str]
    faults: list[str] = field(default_factory=list)

    def object(self, value: Mapping[str, Any], type_name: str, path: str) -> Json:
        known = schema.members(type_name)
        changed: Json = {}
        for key, held in value.items():
            member = None if key == TYPE or is_annotation(key) else known.get(key)
            here = f"{path}.{key}" if path else key
            if type_name == _XML_SETTING and key == "value":
                held = _without_plain_xml(held)  # noqa: PLW2901 -- the same value, as Graph has it
            changed[key] = held if member is None else self._member(held, member, here)
        return changed

    def _member(self, value: Any, member: Member, path: str) -> Any:
        if path in self.ignored or path.rpartition(".")[2] in _COMPUTED:
            # Never written, so that nothing is asked of its value.
            return _tidied(value, member)
        if member.is_collection:
            return self.collection(unwrapped(value), member, path)
        plain = unwrapped(value)
        if member.type == "binary" and is_wrapped(value) and isinstance(plain, str):
            # What Graph answers for a secret value is the text itself.
            return as_binary(plain)
        return self._single(plain, member, path)

    def collection(self, value: Any, member: Member, path: str) -> Any:
        if isinstance(value, str) and not is_cut(value):
            raise WrongShapeError(f"“{path}” holds text where a list belongs")
        elements = [value] if isinstance(value, Mapping) and member.kind in _NESTED else value
        if not isinstance(elements, list):
            return elements
        return [
            self._single(element, member, f"{path}[{position}]")
            for position, element in enumerate(elements)
        ]

    def _single(self, value: Any, member: Member, path: str) -> Any:
        if member.kind in _NESTED:
            is_object = isinstance(value, Mapping)
            return self.object(value, _type_name(value, member.type), path) if is_object else value
        if member.kind in _CHOICE:
            if isinstance(value, str) and _UNEXPRESSED in value.split(","):
                self.faults.append(f"“{path}” holds a value that Graph could not express")
            return value
        try:
            return value if is_cut(value) else read_primitive(value, member.type)
        except UnreadableDateError as problem:
            raise WrongShapeError(f"“{path}” {problem}") from None


def _without_plain_xml(value: Any) -> Any:
    """The base64 of a text that is XML, as which it can never be meant; else the value."""
    return as_binary(value) if isinstance(value, str) and is_xml(value) else value


def _tidied(value: Any, member: Member) -> Any:
    """The value as its type has it where that is certain, and as it is where not."""
    if member.kind is not MemberKind.PRIMITIVE or member.is_collection:
        return value
    try:
        return read_primitive(value, member.type)
    except UnreadableDateError:
        return value


def _type_name(value: Mapping[str, Any], declared: str) -> str:
    """The type an object says it has, where that may stand; else the one that is declared."""
    stated = schema.bare(type_of(value))
    return stated if schema.derives(stated, declared) else declared
