"""Read a tenant: whole lists, whole policies, groups. What could not be read says so.

A read that failed is never an absence: every answer carries its error beside what was found.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import batched
from urllib.parse import quote

from tenants.graph.batching import BatchAnswer, BatchRead
from tenants.graph.client import GraphClient
from tenants.graph.contracts import Contract, Part, PartRead, contract
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.payloads import Json

from .completeness import Completeness, completeness_of

_PAGE_SIZE = "100"
_MEMBERS_PER_PAGE = 1000
_ASSIGNMENTS = "assignments"
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


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
    """Groups by id: found with their names, proven missing, or not looked at."""

    found: Mapping[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    error: GraphError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """One address of a policy: itself, its assignments or a collection below it."""

    object_id: str
    name: str
    read: BatchRead


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
        self._groups: dict[str, str | GraphError | None] = {}
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
        parts = [part for object_id in gathered for part in _parts_of(kind, object_id)]
        answers = self._batch([part.read for part in parts])
        for part, answer in zip(parts, answers, strict=True):
            self._take(part, answer, gathered[part.object_id])
        return {
            object_id: _policy(kind, object_id, answered)
            for object_id, answered in gathered.items()
        }

    def groups(self, ids: Iterable[str]) -> GroupReading:
        """The names of the groups, and which of them do not exist."""
        wanted = dict.fromkeys(ids)
        # An id that is none cannot exist, and must not become part of an address.
        asked = [group for group in wanted if _GUID.fullmatch(group)]
        unasked = [group for group in asked if group not in self._groups]
        for some in batched(unasked, _MEMBERS_PER_PAGE, strict=False):
            self._look_up(some)
        known = {group: self._groups[group] for group in asked}
        errors = {group: each for group, each in known.items() if isinstance(each, GraphError)}
        return GroupReading(
            found={group: name for group, name in known.items() if isinstance(name, str)},
            missing=frozenset(group for group in wanted if known.get(group) is None),
            unknown=frozenset(errors),
            error=next(iter(errors.values()), None),
        )

    def _list(self, kind: Contract) -> CollectionReading:
        try:
            listed = self._client.list(kind.path, version=kind.version, params={"$top": _PAGE_SIZE})
        except GraphError as error:
            # Part of a list would pass for all of it.
            return CollectionReading(error=error)
        return CollectionReading(objects=tuple(listed))

    def _look_up(self, groups: Sequence[str]) -> None:
        reads = [
            BatchRead(path=f"groups/{group}?$select=id,displayName", version="v1.0")
            for group in groups
        ]
        for group, answer in zip(groups, self._batch(reads), strict=True):
            if answer.error is None:
                self._groups[group] = str(answer.body.get("displayName") or group)
            elif answer.error.kind is ErrorKind.NOT_FOUND:
                self._groups[group] = None
            else:
                self._groups[group] = answer.error

    def _take(self, part: _Part, answer: BatchAnswer, policy: _Gathered) -> None:
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


def _parts_of(kind: Contract, object_id: str) -> list[_Part]:
    base = f"{kind.path}/{quote(object_id, safe='')}"
    expanded = [_expansion(part) for part in kind.parts if part.read is PartRead.EXPAND]
    addresses = {
        "": f"{base}?$expand={quote(','.join(expanded), safe='$=(),')}" if expanded else base
    }
    for part in kind.parts:
        if part.read is PartRead.PAGE:
            addresses[part.name] = f"{base}/{part.name}?{_page_options(part)}"
    if not kind.unassigned:
        addresses[_ASSIGNMENTS] = f"{base}/{_ASSIGNMENTS}"
    return [
        _Part(object_id=object_id, name=name, read=BatchRead(path=path, version=kind.version))
        for name, path in addresses.items()
    ]


def _expansion(part: Part) -> str:
    return f"{part.name}($expand={part.expand})" if part.expand else part.name


def _page_options(part: Part) -> str:
    """Graph takes no $top beside an $expand on these addresses."""
    if part.expand:
        return f"$expand={quote(part.expand, safe='$=(),')}"
    return f"$top={_MEMBERS_PER_PAGE}"


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
    payload = {key: value for key, value in gathered.item.items() if key != _ASSIGNMENTS}
    for part in kind.parts:
        if part.read is PartRead.PAGE:
            payload.pop(part.name, None)
            if part.name not in errors:
                payload[part.name] = gathered.members[part.name]
    assignments = [] if kind.unassigned else gathered.members.get(_ASSIGNMENTS)
    errors.pop(_ASSIGNMENTS, None)
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
    )
