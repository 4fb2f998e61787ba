"""Read a tenant: whole lists, whole policies, groups. What could not be read says so.

A read that failed is never an absence: every answer carries its error beside what was found.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import batched
from typing import Literal
from urllib.parse import quote

from restore_safety.policies.completeness import Completeness, completeness_of
from restore_safety.policies.links import link_reads, linked_in
from restore_safety.policies.listing import objects_of
from restore_safety.policies.nested import NestedParts, inner_expansions
from restore_safety.policies.plain_values import may_be_masked, with_plain_values
from restore_safety.policies.policy_addresses import (
    ASSIGNMENTS,
    MEMBERS_PER_PAGE,
    PolicyAddress,
    addresses_of,
)
from tenants.graph.batching import BatchAnswer, BatchRead
from tenants.graph.client import GraphClient
from tenants.graph.contracts import Contract, PartRead, contract
from tenants.graph.errors import ErrorKind, GraphError, LongWaitError
from tenants.graph.payloads import Json
from tenants.graph.secrecy import masked_secrets
from tenants.guids import is_guid

# Far more groups than one backup names.
MOST_NAMES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionReading:
    """Every object of a type, or why the list could not be read to its end."""

    objects: tuple[Json, ...] = ()
    error: GraphError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReading:
    """One policy in full; absent only when Graph said that it does not exist."""

    object_id: str
    payload: Json | None = None
    assignments: list[Json] | None = None
    completeness: Completeness
    error: GraphError | None = None
    is_absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupReading:
    """Groups or users by id: found with their names, proven missing, or not looked at."""

    found: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    # The ids of those that were found by name, by the id or `name:` and name of the backup.
    named: Mapping[str, str] = field(default_factory=dict)
    # Of the missing ones, those whose name several groups bear.
    shared: frozenset[str] = frozenset()
    error: GraphError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedGroups:
    """The groups that bear a name, case aside, or why they could not be looked up."""

    objects: tuple[Json, ...] = ()
    error: GraphError | None = None


_NOT_ASKED = NamedGroups(
    error=GraphError("Too many names to look up.", kind=ErrorKind.REJECTED, status=None)
)


@dataclass(slots=True)
class _Gathered:
    """What was answered for one policy so far."""

    item: Json | None = None
    members: dict[str, list[Json]] = field(default_factory=dict)
    errors: dict[str, GraphError] = field(default_factory=dict)


class TargetReader:
    """Reads one tenant; lists and groups are asked for once, policies every time."""

    def __init__(self, client: GraphClient) -> None:
        self._client = client
        self._collections: dict[str, CollectionReading] = {}
        # Where objects that are listed below others stand, by type and id.
        self._addresses: dict[tuple[str, str], str] = {}
        self._lists: dict[str, CollectionReading] = {}
        self._named: dict[str, dict[str, str | GraphError | None]] = {}
        self._by_name: dict[str, NamedGroups] = {}
        self._organization: Json | GraphError | None = None

    def collection(self, kind: Contract) -> CollectionReading:
        """Every object of the type, from all pages, with the properties a list gives."""
        if kind.key not in self._collections:
            self._collections[kind.key] = self._list(kind)
        return self._collections[kind.key]

    def filters(self) -> CollectionReading:
        return self.collection(contract("assignmentFilters"))

    def scope_tags(self) -> CollectionReading:
        return self.collection(contract("roleScopeTags"))

    def organization(self) -> Json | GraphError:
        """The directory that answers, or why it would not say."""
        if self._organization is None:
            try:
                answered = self._client.list(
                    "organization", version="v1.0", params={"$select": "id,displayName"}
                )
                self._organization = answered[0] if answered else {}
            except GraphError as error:
                self._organization = error
        return self._organization

    def policies(self, kind: Contract, ids: Iterable[str]) -> dict[str, PolicyReading]:
        """Each policy in full: its properties, every page below it, and its assignments."""
        gathered = {object_id: _Gathered() for object_id in ids}
        parts = [
            part
            for object_id in gathered
            for part in addresses_of(kind, object_id, self._address_of(kind, object_id))
        ]
        answers = self._batch([part.read for part in parts])
        for part, answer in zip(parts, answers, strict=True):
            self._take(part, answer, gathered[part.object_id])
        self._read_nested_apart(kind, gathered)
        self._read_links(kind, gathered)
        return {
            object_id: _policy(kind, object_id, answered)
            for object_id, answered in gathered.items()
        }

    def in_clear(
        self, kind: Contract, readings: Mapping[str, PolicyReading]
    ) -> dict[str, PolicyReading]:
        """The readings with the values that Graph masks and gives in clear to who may write.

        A value that was not given is named as a fault of the reading.
        """
        if not may_be_masked(kind):
            return dict(readings)
        payloads = {
            object_id: reading.payload
            for object_id, reading in readings.items()
            if reading.payload is not None
        }
        plain = with_plain_values(self._client, kind, payloads)
        return {
            object_id: _in_clear(kind, reading, plain[object_id].payload, plain[object_id].problems)
            if object_id in plain
            else reading
            for object_id, reading in readings.items()
        }

    def groups(self, ids: Iterable[str]) -> GroupReading:
        """The names of the groups, and which of them do not exist."""
        return self._by_id("groups", ids)

    def users(self, ids: Iterable[str]) -> GroupReading:
        """The names of the users, and which of them do not exist."""
        return self._by_id("users", ids)

    def groups_named(self, names: Iterable[str]) -> dict[str, NamedGroups]:
        """The groups that bear each name; at most MOST_NAMES names are looked up."""
        wanted = dict.fromkeys(names)
        unasked = [name for name in wanted if name not in self._by_name]
        for some in batched(unasked[:MOST_NAMES], MEMBERS_PER_PAGE, strict=False):
            answers = self._batch([_groups_read(name) for name in some])
            self._by_name |= {
                name: _groups_in(answer) for name, answer in zip(some, answers, strict=True)
            }
        return {name: self._by_name.get(name, _NOT_ASKED) for name in wanted}

    def directory_list(self, path: str, *fields: str) -> CollectionReading:
        """Every object at an address of the directory, with these properties."""
        return self.listed(path, version="v1.0", params={"$select": ",".join(fields)})

    def listed(
        self,
        path: str,
        *,
        version: Literal["v1.0", "beta"] = "beta",
        params: Mapping[str, str] | None = None,
    ) -> CollectionReading:
        """Every object at an address that is no policy type's."""
        if path not in self._lists:
            try:
                listed = self._client.list(path, version=version, params=params)
                self._lists[path] = CollectionReading(objects=tuple(listed))
            except GraphError as error:
                self._lists[path] = CollectionReading(error=error)
        return self._lists[path]

    def _by_id(self, path: str, ids: Iterable[str]) -> GroupReading:
        wanted = dict.fromkeys(ids)
        named = self._named.setdefault(path, {})
        # An id that is none cannot exist, and must not become part of an address.
        asked = [one for one in wanted if is_guid(one)]
        unasked = [one for one in asked if one not in named]
        for some in batched(unasked, MEMBERS_PER_PAGE, strict=False):
            named |= self._look_up(path, some)
        known = {one: named[one] for one in asked}
        errors = {one: each for one, each in known.items() if isinstance(each, GraphError)}
        return GroupReading(
            found={one: name for one, name in known.items() if isinstance(name, str)},
            missing=frozenset(one for one in wanted if known.get(one) is None),
            unknown=frozenset(errors),
            error=next(iter(errors.values()), None),
        )

    def _list(self, kind: Contract) -> CollectionReading:
        try:
            listed = objects_of(self._client, kind)
        except GraphError as error:
            # Part of a list would pass for all of it.
            return CollectionReading(error=error)
        if kind.parent_path:
            self._addresses |= {(kind.key, str(one["id"])): address for address, one in listed}
        return CollectionReading(objects=tuple(one for _, one in listed))

    def _address_of(self, kind: Contract, object_id: str) -> str:
        """Where an object is read; of one below others only a list says it."""
        if kind.parent_path:
            self.collection(kind)
        collection = self._addresses.get((kind.key, object_id), kind.path)
        return f"{collection}/{quote(object_id, safe='')}"

    def _read_nested_apart(self, kind: Contract, gathered: Mapping[str, _Gathered]) -> None:
        """Where Graph refuses to expand what lies inside of a part, ask entity by entity."""
        for part in kind.parts:
            refused = [
                object_id
                for object_id, policy in gathered.items()
                if part.read is PartRead.PAGE
                and inner_expansions(part)
                and (error := policy.errors.get(part.name)) is not None
                and error.kind is ErrorKind.REJECTED
            ]
            nested = NestedParts(self._client, part, version=kind.version)
            for object_id in refused:
                policy = gathered[object_id]
                try:
                    policy.members[part.name] = nested.of(self._address_of(kind, object_id))
                except GraphError as error:
                    policy.errors[part.name] = error
                else:
                    del policy.errors[part.name]

    def _read_links(self, kind: Contract, gathered: Mapping[str, _Gathered]) -> None:
        """Graph answers what a policy links to apart; without it the policy is not whole."""
        payloads = {one: policy.item for one, policy in gathered.items() if policy.item}
        links = list(link_reads(kind, payloads))
        answers = self._batch([link.read for link in links])
        for link, answer in zip(links, answers, strict=True):
            policy = gathered[link.object_id]
            try:
                payloads[link.object_id][link.name] = linked_in(self._client, link, answer)
            except GraphError as error:
                policy.errors[link.name] = error

    def _look_up(self, path: str, ids: Sequence[str]) -> dict[str, str | GraphError | None]:
        """Each object's name, the error that kept it from being read, or None: it is not there."""
        reads = [
            BatchRead(path=f"{path}/{one}?$select=id,displayName", version="v1.0") for one in ids
        ]
        return {
            one: _name_in(answer, one) for one, answer in zip(ids, self._batch(reads), strict=True)
        }

    def _take(self, part: PolicyAddress, answer: BatchAnswer, policy: _Gathered) -> None:
        if answer.error is not None:
            policy.errors[part.name] = answer.error
        elif not part.name:
            policy.item = answer.body
        else:
            try:
                policy.members[part.name] = self._client.members(answer.body)
            except GraphError as error:
                policy.errors[part.name] = error

    def _batch(self, reads: Sequence[BatchRead]) -> Sequence[BatchAnswer]:
        if not reads:
            return []
        try:
            return self._client.batch(list(reads))
        except GraphError as error:
            answer = BatchAnswer(status=error.status or 0, body={}, error=error)
            return [answer] * len(reads)


def _groups_read(name: str) -> BatchRead:
    """Graph's `eq` overlooks case; two objects are enough to know that a name is shared."""
    condition = quote(f"displayName eq '{name.replace("'", "''")}'", safe="")
    return BatchRead(path=f"groups?$filter={condition}&$select=id,displayName", version="v1.0")


def _groups_in(answer: BatchAnswer) -> NamedGroups:
    if answer.error is not None:
        return NamedGroups(error=answer.error)
    listed = answer.body.get("value")
    return NamedGroups(objects=tuple(listed) if isinstance(listed, list) else ())


def _name_in(answer: BatchAnswer, object_id: str) -> str | GraphError | None:
    if answer.error is None:
        return str(answer.body.get("displayName") or object_id)
    return None if answer.error.kind is ErrorKind.NOT_FOUND else answer.error


def reason_of(error: GraphError, kind: Contract | None = None) -> str:
    """Why a read failed, as a clause for a list of what is missing, and what to do about it."""
    status = f" ({error.status})" if error.status else ""
    message = str(error).rstrip(".")
    if error.kind is ErrorKind.PERMISSION and kind is not None:
        return (
            f"the tenant refused the read{status}: grant the app {kind.read_permission} "
            f"and consent to it. Graph said: {message}"
        )
    return f"could not be read{status}: {message}"


def _in_clear(
    kind: Contract, reading: PolicyReading, payload: Json, problems: tuple[str, ...]
) -> PolicyReading:
    return replace(
        reading,
        payload=payload,
        completeness=replace(
            reading.completeness,
            secrets_masked=masked_secrets(kind, payload),
            read_errors=(*reading.completeness.read_errors, *problems),
        ),
    )


def _policy(kind: Contract, object_id: str, gathered: _Gathered) -> PolicyReading:
    errors = dict(gathered.errors)
    missing = errors.pop("", None)
    if gathered.item is None or missing is not None:
        return PolicyReading(
            object_id=object_id,
            completeness=Completeness(
                pages_read=False,
                assignments_captured=False,
                read_errors=(reason_of(missing, kind),) if missing else (),
            ),
            error=missing,
            is_absent=missing is not None and missing.kind is ErrorKind.NOT_FOUND,
        )
    payload = {key: value for key, value in gathered.item.items() if key != ASSIGNMENTS}
    for part in kind.parts:
        if part.read is PartRead.PAGE:
            payload.pop(part.name, None)
            if part.name not in errors:
                payload[part.name] = gathered.members[part.name]
    # A part that has its turn later says when the whole can be read.
    waits = next((one for one in errors.values() if isinstance(one, LongWaitError)), None)
    assignments = [] if kind.unassigned else gathered.members.get(ASSIGNMENTS)
    errors.pop(ASSIGNMENTS, None)
    return PolicyReading(
        object_id=object_id,
        payload=payload,
        assignments=assignments,
        completeness=completeness_of(
            kind,
            payload,
            assignments_captured=assignments is not None,
            pages_read=not errors,
            read_errors=tuple(reason_of(error, kind) for error in errors.values()),
        ),
        error=waits,
    )
