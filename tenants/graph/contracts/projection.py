"""What of a payload a restore writes, and what it leaves out, by the published schema.

Everything in a payload is one of three: written, computed by the service, or left out and named.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from tenants.graph import schema
from tenants.graph.contracts.model import Contract, Part
from tenants.graph.payloads import TYPE, Json, Payload, is_annotation, public_type
from tenants.graph.schema import Member, MemberKind

# The service sets these on every entity, whatever a body says.
COMPUTED = frozenset(
    {
        "createdDateTime",
        "deletedDateTime",
        "id",
        "isAssigned",
        "lastModifiedDateTime",
        "modifiedDateTime",
        "supportsScopeTags",
    }
)
_VERSION = "version"
_ASSIGNMENTS = "assignments"
# Links to what devices and users reported; no configuration is in them.
_REPORT_TYPES = ("Overview", "State", "States", "Status", "Summary")
_OTHER_REPORTS = frozenset(
    {"acceptances", "assignedDevices", "contentVersions", "groupAssignments"}
)
# How an export of IntuneManagement names what a link of a policy pointed to.
CUSTOM_REFERENCE = "#CustomRef_"
_IS_SET = "IsSet"
_KEY = "preSharedKey"
_SHARED_KEY_SECURITY = ("personal", "psk", "wep")
# What Intune answers for a date that was never set.
_NO_DATE = "0001-01-01T00:00:00Z"


class LeftOutReason(StrEnum):
    """Why a member of the backup is not written."""

    # The contract says so, and why.
    NOT_RESTORED = "not_restored"
    # A link to other objects, which is set at an address of its own.
    LINK = "link"
    # The backup says nothing of it, or not what it leads to.
    NOT_CAPTURED = "not_captured"
    # The published schema does not have it.
    UNKNOWN = "unknown"
    # A secret that the tenant had and that no backup can hold.
    SECRET = "secret"  # noqa: S105 -- the name of a reason


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class LeftOut:
    """A member that is not written, by its dotted path; `why` is a clause for people."""

    path: str
    reason: LeftOutReason
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """The writable members of a payload, and those left out."""

    body: Json
    left_out: tuple[LeftOut, ...]


def projection(contract: Contract, payload: Payload) -> Projection:
    """Split a payload into what is written and what is left out; nulls stay, annotations go."""
    left_out: list[LeftOut] = []
    type_name = runtime_type(contract, payload)
    walk = _Walk(contract=contract, root_type=type_name, left_out=left_out)
    body = walk.members(payload, type_name, "")
    if contract.polymorphic and isinstance(payload.get(TYPE), str):
        body[TYPE] = public_type(payload[TYPE])
    return Projection(body=body, left_out=tuple(dict.fromkeys(left_out)))


def not_written(contract: Contract, payload: Payload) -> tuple[LeftOut, ...]:
    """The members of a payload that a restore leaves out, each once, in their order."""
    return tuple(sorted(projection(contract, payload).left_out))


def unanswered_of(contract: Contract, payload: Payload) -> tuple[str, ...]:
    """What of such an object no reading of the tenant shows, in words."""
    own = runtime_type(contract, payload)
    return tuple(what for name, what in contract.unanswered.items() if schema.derives(own, name))


def runtime_type(contract: Contract, payload: Payload) -> str:
    """The bare name of the type a payload is of; the declared one where it does not say."""
    named = payload.get(TYPE)
    return (
        schema.bare(public_type(named)) if isinstance(named, str) and named else contract.declared
    )


def links_not_captured(contract: Contract, payload: Payload) -> tuple[LeftOut, ...]:
    """The links of a policy to others of which the backup does not say where they lead."""
    reason = LeftOutReason.NOT_CAPTURED
    return tuple(
        LeftOut(path=name, reason=reason, why=_WHY[reason])
        for name in links_of(contract, payload)
        if f"{CUSTOM_REFERENCE}{name}" not in payload
        and (name not in payload or _leads_nowhere_known(payload[name]))
    )


def links_left_out(contract: Contract, payload: Payload) -> frozenset[str]:
    """The members of a payload that link to what is no part of the policy, reports among them."""
    type_name = runtime_type(contract, payload)
    links = {
        name
        for name, member in schema.members(type_name).items()
        if member.kind is MemberKind.LINK and contract.part(name) is None
    }
    return frozenset(links - policy_links(contract, type_name).keys())


def policy_links(contract: Contract, type_name: str) -> Mapping[str, Member]:
    """The links of a type to policies of certain other types of its own collection, by name.

    They are what a certificate is to a Wi-Fi profile: content of the policy, which Graph keeps at
    an address of its own.
    """
    return _links_to(contract.declared, type_name)


def links_of(contract: Contract, payload: Payload) -> Mapping[str, Member]:
    """The links that a policy may have to others, by the type the payload names."""
    return policy_links(contract, runtime_type(contract, payload))


@cache
def _links_to(declared: str, type_name: str) -> Mapping[str, Member]:
    return {
        name: member
        for name, member in schema.members(type_name).items()
        if member.kind is MemberKind.LINK
        and member.type != declared
        and schema.derives(member.type, declared)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _Walk:
    contract: Contract
    root_type: str
    left_out: list[LeftOut]

    def members(self, value: Payload, type_name: str, path: str) -> Json:
        known = schema.members(type_name)
        is_entity = schema.derives(type_name, "entity") or not path
        # Of an abstract type nothing says what else the object may hold.
        is_open = not known or schema.is_abstract(type_name)
        body: Json = {}
        for key, member in value.items():
            here = f"{path}{key}"
            if key == TYPE or is_annotation(key):
                self._note_custom_reference(key, member, path)
            elif self._is_computed(here, key, is_entity=is_entity):
                continue
            elif key in self.contract.not_restored and not path:
                self._leave_out(here, member, LeftOutReason.NOT_RESTORED)
            elif (declared := known.get(key)) is not None:
                self._take(body, member, declared, here)
            elif is_open:
                body[key] = _plain(member)
            else:
                self._leave_out(here, member, LeftOutReason.UNKNOWN)
        self._note_unheld_secrets(value, path)
        return body

    def _take(self, body: Json, value: Any, declared: Member, path: str) -> None:
        if declared.is_read_only:
            return
        if path in self.contract.inline_links or path in self.contract.binds:
            body[declared.name] = _id_alone(value)
        elif path in _links_to(self.contract.declared, self.root_type):
            if not _leads_nowhere_known(value):
                is_many = isinstance(value, list)
                linked = [_id_alone(one) for one in value] if is_many else _id_alone(value)
                body[declared.name] = linked
        elif declared.kind is not MemberKind.LINK or self._is_part(path):
            body[declared.name] = self._value(value, declared, path)
        elif declared.name != _ASSIGNMENTS and not _is_report(declared):
            self._leave_out(path, value, LeftOutReason.LINK)

    def _value(self, value: Any, declared: Member, path: str) -> Any:
        if isinstance(value, list):
            return [self._value(one, declared, path) for one in value]
        if not isinstance(value, Mapping):
            return value
        if declared.kind not in (MemberKind.COMPLEX, MemberKind.LINK):
            return _plain(value)
        named = value.get(TYPE)
        runtime = schema.bare(public_type(named)) if isinstance(named, str) else declared.type
        members = self.members(value, runtime, f"{path}.")
        if runtime != declared.type:
            return {TYPE: f"{schema.PREFIX}{runtime}", **members}
        return members

    def _is_part(self, path: str) -> bool:
        """Whether the link is a part of the policy, or lies inside of one that is expanded."""
        name, _, inside = path.partition(".")
        part = self.contract.part(name)
        return part is not None and (not inside or inside.rpartition(".")[2] in _expanded(part))

    def _is_computed(self, path: str, key: str, *, is_entity: bool) -> bool:
        if path in self.contract.computed or (path == _VERSION):
            return True
        return is_entity and key in COMPUTED

    def _leave_out(self, path: str, value: Any, reason: LeftOutReason) -> None:
        if not _says_nothing(value):
            self.left_out.append(LeftOut(path=path, reason=reason, why=self._why(path, reason)))

    def _why(self, path: str, reason: LeftOutReason) -> str:
        if reason is LeftOutReason.NOT_RESTORED:
            return self.contract.not_restored[path]
        return _WHY[reason]

    def _note_custom_reference(self, key: str, value: Any, path: str) -> None:
        if key.startswith(CUSTOM_REFERENCE):
            name = key.removeprefix(CUSTOM_REFERENCE)
            self._leave_out(f"{path}{name}", value, LeftOutReason.LINK)

    def _note_unheld_secrets(self, value: Payload, path: str) -> None:
        """`xIsSet` beside an empty `x`: the tenant had a secret that cannot be read."""
        for key, is_set in value.items():
            name = key.removesuffix(_IS_SET)
            if is_set is True and name != key and not value.get(name):
                self._leave_out(f"{path}{name}", is_set, LeftOutReason.SECRET)
        if _needs_key(value) and not value.get(_KEY):
            self._leave_out(f"{path}{_KEY}", _KEY, LeftOutReason.SECRET)


def _needs_key(value: Payload) -> bool:
    """Whether it is a Wi-Fi profile that devices join with a key all of them share."""
    security = value.get("wiFiSecurityType") or value.get("wifiSecurityType")
    return isinstance(security, str) and security.lower().endswith(_SHARED_KEY_SECURITY)


_WHY = {
    LeftOutReason.LINK: "it links to other objects and is set in Intune",
    LeftOutReason.NOT_CAPTURED: "the backup does not say what it leads to",
    LeftOutReason.UNKNOWN: "the published schema of Graph does not have it",
    LeftOutReason.SECRET: "it is a secret that Graph never answers",
}


def _expanded(part: Part) -> frozenset[str]:
    names = part.expand.replace("$expand=", "").replace("(", ",").replace(")", ",").split(",")
    return frozenset(name for name in names if name)


def _is_report(declared: Member) -> bool:
    return declared.name in _OTHER_REPORTS or declared.type.endswith(_REPORT_TYPES)


def _leads_nowhere_known(link: Any) -> bool:
    """Whether a link holds objects without an id: then it says less than one that is empty."""
    several = link if isinstance(link, list) else [link]
    return any(isinstance(one, Mapping) and not one.get("id") for one in several)


def _id_alone(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {"id": value["id"]} if value.get("id") else None
    return value


def _plain(value: Any) -> Any:
    """A copy of what the schema does not describe, without annotations."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    return dict(_plain_members(value))


def _plain_members(value: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, member in value.items():
        if key == TYPE and isinstance(member, str):
            yield key, public_type(member)
        elif not is_annotation(key):
            yield key, _plain(member)


def _says_nothing(value: Any) -> bool:
    """An empty value configures nothing, so leaving it out loses nothing."""
    return value in (None, "", False, _NO_DATE) or value in ([], {})
