"""Whether a payload, or the body of a planned request, has the shape Graph takes.

The published schema decides: primitive types, enums, flags, collections, and which types may stand
where. Values are never part of a fault; its path and the class of what is wrong are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tenants.graph import schema
from tenants.graph.contracts import (
    Contract,
    LeftOutReason,
    Part,
    payload_of_creation,
    projection,
    runtime_type,
    unbound,
)
from tenants.graph.fence import PLACEHOLDER
from tenants.graph.payloads import TYPE, Payload, is_annotation, public_type
from tenants.graph.schema import Member, MemberKind
from tenants.graph.secrecy import is_mask
from tenants.graph.shapes import WHY, FaultCode, code_of, code_of_object, is_cut

_NAME_IN_PLACE_OF_ID = "name:"
# No payload of real life has as many; more would only repeat the first ones.
_MOST_FAULTS = 50


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Fault:
    """One value of another shape than Graph takes; `why` is a clause for people."""

    path: str
    code: FaultCode
    why: str

    @property
    def is_fatal(self) -> bool:
        """Whether nothing can be written with it; an unknown member is left out instead."""
        return self.code is not FaultCode.UNKNOWN_MEMBER


def faults_in(contract: Contract, payload: Payload) -> tuple[Fault, ...]:
    """The faults of everything a restore would write of a payload, assignments apart.

    What the service computes is not looked at, as it is never written.
    """
    found = projection(contract, payload)
    unknown = [
        Fault(path=one.path, code=FaultCode.UNKNOWN_MEMBER, why=one.why)
        for one in found.left_out
        if one.reason is LeftOutReason.UNKNOWN
    ]
    body = found.body
    if isinstance(payload.get(TYPE), str):
        body = {TYPE: public_type(payload[TYPE]), **body}
    return _first([*_Walk(takes_names=True).root(contract, body), *unknown])


def assignment_faults(contract: Contract, assignments: Iterable[Any]) -> tuple[Fault, ...]:
    """The faults of assignments, as a payload or an export holds them."""
    declared = _assignment(contract)
    if declared is None:
        return ()
    walk = _Walk(takes_names=True)
    return _first(walk.value(list(assignments), declared, "assignments"))


def body_faults(contract: Contract, path: str, body: Payload | None) -> tuple[Fault, ...]:
    """The faults of the body of a request to this path, whichever of the contract's it is."""
    if body is None:
        return ()
    found = _creation_faults(contract, path, body)
    if found is None:
        found = _below(contract, path.removeprefix(f"{contract.path}/").split("/")[1:], body)
    return _first(found)


def _creation_faults(contract: Contract, path: str, body: Payload) -> Iterator[Fault] | None:
    created = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(contract.create_path or contract.path))
    if not re.fullmatch(created, path):
        return None
    return _Walk().root(contract, payload_of_creation(contract, path, body))


def _below(contract: Contract, segments: list[str], body: Payload) -> Iterator[Fault]:
    """The faults of a body whose address goes on with these segments behind an item."""
    walk, plain = _Walk(), unbound(body)
    tail = segments[-1] if segments else ""
    assignment = _assignment(contract)
    if not segments:
        return walk.root(contract, plain)
    if tail == "$ref":
        return walk.named(body, _OF_LINK)
    if assignment is not None and tail == "assign":
        return walk.named(plain, {contract.assign_key: assignment})
    if assignment is not None and segments[0] == "assignments":
        return walk.one(plain, assignment, "")
    part = next((one for one in contract.parts if tail == one.action), None)
    if part is not None:
        return walk.named(plain, _of_action(contract, part))
    entity = _declared(contract, segments[0])
    return walk.one(plain, entity, "") if entity is not None else iter(())


def _of_action(contract: Contract, part: Part) -> Mapping[str, Member]:
    """The members of the body of a part's action, by name."""
    entity = _declared(contract, part.name)
    found = {} if entity is None else {part.body_key: entity}
    if entity is not None:
        found |= dict.fromkeys(part.always_empty, entity)
    for name in part.beside:
        if declared := _declared(contract, name):
            found[name] = declared
    if part.deleted_key:
        found[part.deleted_key] = _IDS
    return found


_OF_LINK = {
    "@odata.id": Member(
        name="@odata.id",
        kind=MemberKind.PRIMITIVE,
        type="string",
        is_collection=False,
        is_read_only=False,
        is_beta=False,
    )
}
_IDS = Member(
    name="ids",
    kind=MemberKind.PRIMITIVE,
    type="string",
    is_collection=True,
    is_read_only=False,
    is_beta=False,
)


def _assignment(contract: Contract) -> Member | None:
    return _declared(contract, "assignments")


def _declared(contract: Contract, name: str) -> Member | None:
    """A member of the contract's declared type, or of the first of its subtypes that has it."""
    for type_name in (contract.declared, *sorted(schema.concrete_types(contract.declared))):
        if name in schema.members(type_name):
            return schema.members(type_name)[name]
    return None


def _first(found: Iterable[Fault]) -> tuple[Fault, ...]:
    return tuple(dict.fromkeys(one for one, _ in zip(found, range(_MOST_FAULTS), strict=False)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    """Over values beside the schema. `takes_names`: a name may stand for an id in a backup."""

    takes_names: bool = False

    def root(self, contract: Contract, body: Payload) -> Iterator[Fault]:
        type_name = runtime_type(contract, body)
        if not schema.is_known(type_name):
            yield _fault(TYPE, FaultCode.UNKNOWN_TYPE)
        elif schema.is_abstract(type_name):
            yield _fault(TYPE, FaultCode.ABSTRACT_TYPE)
        elif not contract.takes(type_name):
            yield _fault(TYPE, FaultCode.MISPLACED_TYPE)
        else:
            yield from self.members(body, type_name, "")

    def named(self, body: Payload, members: Mapping[str, Member]) -> Iterator[Fault]:
        for key, value in body.items():
            if declared := members.get(key):
                yield from self.value(value, declared, key)
            else:
                yield _fault(key, FaultCode.UNKNOWN_MEMBER)

    def members(self, body: Payload, type_name: str, path: str) -> Iterator[Fault]:
        known = schema.members(type_name)
        for key, value in body.items():
            here = f"{path}.{key}" if path else key
            if key == TYPE or is_annotation(key) or value is None:
                continue
            if key not in known:
                yield _fault(here, FaultCode.UNKNOWN_MEMBER)
            elif (type_name, key) in _BASE64_TEXTS:
                yield from self.value(value, _as_binary(known[key]), here)
            else:
                yield from self.value(value, known[key], here)

    def value(self, value: Any, declared: Member, path: str) -> Iterator[Fault]:
        if value is None:
            return
        if not declared.is_collection:
            yield from self.one(value, declared, path)
        elif isinstance(value, list):
            for position, member in enumerate(value):
                yield from self.one(member, declared, f"{path}[{position}]")
        else:
            yield _fault(path, FaultCode.CUT_OFF if is_cut(value) else FaultCode.NOT_A_LIST)

    def one(self, value: Any, declared: Member, path: str) -> Iterator[Fault]:
        if is_cut(value):
            yield _fault(path, FaultCode.CUT_OFF)
        elif isinstance(value, list):
            yield _fault(path, FaultCode.NOT_A_SINGLE)
        elif declared.kind in (MemberKind.COMPLEX, MemberKind.LINK):
            yield from self._object(value, declared, path)
        elif isinstance(value, Mapping):
            yield _fault(path, code_of_object(value))
        elif code := self._code_of_plain(value, declared):
            yield _fault(path, code)

    def _object(self, value: Any, declared: Member, path: str) -> Iterator[Fault]:
        if not isinstance(value, Mapping):
            yield _fault(path, FaultCode.NOT_AN_OBJECT)
            return
        if set(value) <= {"id", TYPE} and declared.kind is MemberKind.LINK:
            return
        named = value.get(TYPE)
        type_name = schema.bare(public_type(named)) if isinstance(named, str) else declared.type
        here = f"{path}.{TYPE}" if path else TYPE
        if not schema.is_known(type_name):
            # What the schema has no members of, nothing can be said about.
            if type_name != declared.type:
                yield _fault(here, FaultCode.UNKNOWN_TYPE)
        elif not schema.derives(type_name, declared.type):
            yield _fault(here, FaultCode.MISPLACED_TYPE)
        elif schema.is_abstract(type_name):
            yield _fault(here, FaultCode.ABSTRACT_TYPE)
        else:
            yield from self.members(value, type_name, path)

    def _code_of_plain(self, value: Any, declared: Member) -> FaultCode | None:
        if self._stands_for_an_id(value, declared) or is_mask(value):
            return None
        return code_of(value, declared)

    def _stands_for_an_id(self, value: Any, declared: Member) -> bool:
        if not isinstance(value, str) or declared.type not in ("guid", "string"):
            return False
        named = self.takes_names and value.startswith(_NAME_IN_PLACE_OF_ID)
        return named or value.startswith(PLACEHOLDER)


# The schema calls these texts; Intune takes only base64 in them.
_BASE64_TEXTS = frozenset(
    {
        ("androidManagedStoreAppConfiguration", "payloadJson"),
        ("omaSettingBase64", "value"),
    }
)


def _as_binary(declared: Member) -> Member:
    return Member(
        name=declared.name,
        kind=declared.kind,
        type="binary",
        is_collection=declared.is_collection,
        is_read_only=declared.is_read_only,
        is_beta=declared.is_beta,
    )


def _fault(path: str, code: FaultCode) -> Fault:
    return Fault(path=path, code=code, why=WHY[code])
