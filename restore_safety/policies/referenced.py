"""What stands in the tenant for what a policy refers to: by mapping, by id, by a unique name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from restore_safety.policies.guarding import attempted
from restore_safety.policies.matching import MatchKind, match
from restore_safety.policies.policy import PolicyToRestore, RestoreChoices
from restore_safety.policies.reading import CollectionReading, GroupReading, TargetReader
from restore_safety.truth.references import ReferenceKind as MappedKind
from tenants.graph.contracts import contract
from tenants.graph.directory_roles import role_name
from tenants.graph.fence import placeholder
from tenants.graph.microsoft_applications import application_name
from tenants.graph.payloads import Json, Payload
from tenants.graph.references import (
    CONTRACT_OF_KIND,
    Reference,
    ReferenceKind,
    normal_id,
    references_of,
)
from tenants.guids import is_guid

# Kinds that the preview settles itself, and whose absence has findings of its own.
SETTLED = frozenset({ReferenceKind.GROUP, ReferenceKind.FILTER, ReferenceKind.SCOPE_TAG})
# The policy types that others refer to.
REFERRED_TO = frozenset(CONTRACT_OF_KIND.values())
_PRINCIPALS = "servicePrincipals"
_ROLES = "roleManagement/directory/roleDefinitions"
# What names an object beside its id within a payload.
_NAMED_BESIDE = (("id", "displayName"), ("groupId", "groupName"), ("userId", "userName"))


class Existence(StrEnum):
    """Whether the tenant has what a policy refers to."""

    FOUND = "found"
    MISSING = "missing"
    # Several objects bear its name.
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """Whether an object is here, and by which id a policy of this tenant refers to it."""

    existence: Existence
    id: str = ""


_MISSING = Found(Existence.MISSING)
_UNKNOWN = Found(Existence.UNKNOWN)


@dataclass(frozen=True, kw_only=True)
class ReferencedObjects:
    """What the tenant holds of the kinds that the policies of a scope refer to."""

    by_kind: Mapping[ReferenceKind, CollectionReading] = field(default_factory=dict)
    users: GroupReading = field(default_factory=GroupReading)
    choices: RestoreChoices
    # Of the backup set, by contract and id: what ids in its policies stand for.
    own: Mapping[tuple[str, str], PolicyToRestore] = field(default_factory=dict)
    created: frozenset[str] = frozenset()

    def existence(self, reference: Reference) -> Existence:
        """Whether what is referred to exists here, or the same restore creates it."""
        return self.found(reference).existence

    def found(self, reference: Reference) -> Found:
        """What stands for the object here: by the mapping, by its id, or by a unique name.

        A new object of the same restore is stood for by its placeholder.
        """
        mapped = mapped_id(reference, self.choices)
        if mapped is None:
            return self._found(reference)
        found = self._found(replace(reference, id=mapped))
        # What the operator mapped it to has no other name to be found by.
        return _MISSING if found.existence is Existence.AMBIGUOUS else found

    def _found(self, reference: Reference) -> Found:
        kind, object_id = reference.kind, reference.id
        if kind is ReferenceKind.USER:
            return self._of_user(object_id)
        if _is_in_every_tenant(kind, object_id):
            return Found(Existence.FOUND, object_id)
        listing = self.by_kind.get(kind)
        if listing is None or listing.error:
            return _UNKNOWN
        if object_id in self._ids(kind) and self._is_same_object(object_id):
            return self._of_its_type(reference, listing.objects)
        return self._by_name(reference, [one for one in listing.objects if reference.takes(one)])

    def _of_its_type(self, reference: Reference, objects: Sequence[Json]) -> Found:
        """The object of the id, unless it is of a type that cannot be referred to here."""
        here = Found(Existence.FOUND, reference.id)
        if not reference.of_type:
            return here
        same = (one for one in objects if normal_id(str(one.get("id", ""))) == reference.id)
        return here if all(reference.takes(one) for one in same) else _MISSING

    def _is_same_object(self, object_id: str) -> bool:
        """A guid is one object's, wherever it is met; a short id means something in its tenant."""
        return self.choices.same_origin or is_guid(object_id)

    def label(self, reference: Reference, names: Mapping[str, str]) -> str:
        """How a sentence calls it: by its name in the backup where that is known."""
        own = self.own.get((CONTRACT_OF_KIND.get(reference.kind, ""), reference.id))
        name = reference.name or (own.name if own else names.get(reference.id, ""))
        if reference.name or not name:
            return name or reference.id
        return f"{name} ({reference.id})"

    @cached_property
    def names(self) -> Mapping[str, str]:
        """What the objects are called, by id in small letters, or by the placeholder of a new one.

        Taken once of all: a copy of this with other `created` would take it anew.
        """
        here = {
            normal_id(str(one.get(key, ""))): _name_of(one)
            for listing in self.by_kind.values()
            for one in listing.objects
            for key in ("id", "appId")
            if one.get(key)
        }
        return here | {placeholder(one.id): one.name for one in self.own.values()}

    def objects_of(self, kind: ReferenceKind) -> Sequence[Json]:
        """The objects of the kind; none where they were not read."""
        listing = self.by_kind.get(kind)
        return listing.objects if listing else ()

    def _ids(self, kind: ReferenceKind) -> frozenset[str]:
        return self._all_ids.get(kind, frozenset())

    @cached_property
    def _all_ids(self) -> dict[ReferenceKind, frozenset[str]]:
        return {
            kind: frozenset(
                str(one.get("appId" if kind is ReferenceKind.APPLICATION else "id", "")).lower()
                for one in listing.objects
            )
            for kind, listing in self.by_kind.items()
        }

    def _of_user(self, user: str) -> Found:
        if user in self.users.found:
            return Found(Existence.FOUND, user)
        return _MISSING if user in self.users.missing else _UNKNOWN

    def _by_name(self, reference: Reference, objects: Sequence[Json]) -> Found:
        own = self._own(reference)
        if own is None:
            return _named(reference, objects) if reference.name else _MISSING
        found = match(
            contract=own.contract,
            payload=own.payload,
            object_id=own.object_id,
            same_origin=self.choices.same_origin,
            listing=objects,
            identities=self.choices.identities,
        )
        if found.kind is MatchKind.AMBIGUOUS:
            return Found(Existence.AMBIGUOUS)
        if found.target:
            return Found(Existence.FOUND, str(found.target["id"]))
        return Found(Existence.FOUND, placeholder(own.id)) if own.id in self.created else _MISSING

    def _own(self, reference: Reference) -> PolicyToRestore | None:
        """The policy of the backup that is meant; of several of one name the one of its type."""
        key = CONTRACT_OF_KIND.get(reference.kind, "")
        own = self.own.get((key, reference.id))
        if own is not None or not (reference.name and reference.of_type):
            return own if own is None or reference.takes(own.payload) else None
        named = {
            one.id: one
            for (contract_key, _), one in self.own.items()
            if contract_key == key and one.name == reference.name and reference.takes(one.payload)
        }
        return next(iter(named.values())) if len(named) == 1 else None


def _is_in_every_tenant(kind: ReferenceKind, object_id: str) -> bool:
    if kind is ReferenceKind.APPLICATION:
        return bool(application_name(object_id))
    return kind is ReferenceKind.ROLE and bool(role_name(object_id))


def referenced_by(policy: PolicyToRestore) -> tuple[Reference, ...]:
    """What the content of a policy refers to; nothing where it is not shaped like its type."""
    found = attempted(lambda: references_of(policy.contract, policy.payload), item_id=policy.id)
    return found or ()


def contracts_referenced(policies: Iterable[PolicyToRestore]) -> frozenset[str]:
    """The keys of the policy types that the policies refer to."""
    kinds = {one.kind for policy in policies for one in referenced_by(policy)}
    return frozenset(CONTRACT_OF_KIND[kind] for kind in kinds if kind in CONTRACT_OF_KIND)


def read_referenced(
    *,
    reader: TargetReader,
    policies: Iterable[PolicyToRestore],
    choices: RestoreChoices,
    own: Mapping[tuple[str, str], PolicyToRestore],
) -> ReferencedObjects:
    """Read every kind that the policies refer to; each list once, users one by one."""
    named = {
        replace(one, id=mapped_id(one, choices) or one.id)
        for policy in policies
        for one in referenced_by(policy)
    }
    kinds = {one.kind for one in named} - SETTLED - {ReferenceKind.USER}
    return ReferencedObjects(
        by_kind={kind: _list_of(reader, kind) for kind in sorted(kinds)},
        users=reader.users(sorted(one.id for one in named if one.kind is ReferenceKind.USER)),
        choices=choices,
        own=own,
    )


def mapped_id(reference: Reference, choices: RestoreChoices) -> str | None:
    """The id the operator mapped the object to; None where there is no mapping for it."""
    kind = MappedKind(reference.kind.value)
    mapped = choices.mapped(kind, reference.id, reference.name)
    return normal_id(mapped) if mapped else None


def names_within(payload: Payload) -> dict[str, str]:
    """Names a payload holds beside ids, by id, however deep they lie."""
    return dict(_names_within(payload))


def _names_within(value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, name in _NAMED_BESIDE:
            if isinstance(value.get(key), str) and isinstance(value.get(name), str):
                yield value[key].lower(), value[name]
        for inner in value.values():
            yield from _names_within(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _names_within(inner)


def _list_of(reader: TargetReader, kind: ReferenceKind) -> CollectionReading:
    if kind in {ReferenceKind.APPLICATION, ReferenceKind.SERVICE_PRINCIPAL}:
        return reader.directory_list(_PRINCIPALS, "id", "appId", "displayName")
    if kind is ReferenceKind.ROLE:
        return reader.directory_list(_ROLES, "id", "displayName")
    return reader.collection(contract(CONTRACT_OF_KIND[kind]))


def _named(reference: Reference, objects: Sequence[Json]) -> Found:
    """The one object of the name, in whatever case; an exact one comes first."""
    name = reference.name.strip()
    alike = [one for one in objects if _name_of(one).strip().casefold() == name.casefold()]
    exact = [one for one in alike if _name_of(one) == reference.name]
    named = exact or alike
    if not named:
        return _MISSING
    member = "appId" if reference.kind is ReferenceKind.APPLICATION else "id"
    if len(named) > 1:
        return Found(Existence.AMBIGUOUS)
    return Found(Existence.FOUND, str(named[0].get(member, "")))


def _name_of(value: Json) -> str:
    return str(value.get("displayName") or value.get("name") or "")
