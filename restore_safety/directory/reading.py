"""Read the tenant's directory from Graph, kind by kind. What could not be read says so.

Every reading has a bound; what lies beyond it is named, and never taken for absent.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import batched, islice

from restore_safety.directory.sources import SOURCES, Entry, Source, storable
from restore_safety.models import DirectoryKind, ObjectDetail
from tenants.graph.batching import BatchAnswer, BatchRead
from tenants.graph.client import GraphClient
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.payloads import Json
from tenants.guids import is_guid

MOST_OF_A_KIND = 100_000
MOST_SIZES = 2_000
MOST_USERS = 2_000
_AT_ONCE = 200
_COUNTABLE = re.compile(r"[0-9]{1,9}")
# What keeps all kinds from being read alike: trying the others takes time and says nothing more.
_HOPELESS = frozenset({ErrorKind.AUTHENTICATION, ErrorKind.UNREACHABLE})
_POLICIES = "identity/conditionalAccess/policies"
_READS_POLICIES = "Policy.Read.All"
_READS_USERS = "User.Read.All"

type Watch = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class KindReading:
    """One kind as it was read; without entries because of the problem, or with what it lacks."""

    entries: tuple[Entry, ...] | None = None
    is_complete: bool = False
    problem: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the product's own rows ask for first: ids of groups and of users, in lower case."""

    groups: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _List:
    objects: tuple[Json, ...]
    problem: str = ""


@dataclass(slots=True)
class DirectoryReader:
    """Reads one tenant; a list that serves two kinds is asked for once."""

    client: GraphClient
    wanted: Wanted = field(default_factory=Wanted)
    watch: Watch = lambda note: None
    _lists: dict[str, _List | GraphError] = field(default_factory=dict, init=False)

    def read(self, kind: DirectoryKind) -> KindReading:
        """The kind's objects, or why they could not be read.

        Raises GraphError when no kind can be read: no sign-in, or nothing answers.
        """
        self.watch(f"Reading {kind.plural.lower()}")
        if kind is DirectoryKind.USER:
            return self._users()
        source = SOURCES[kind]
        listed = self._listed(source)
        if isinstance(listed, GraphError):
            return KindReading(problem=_why(listed, source.permission))
        entries = _distinct(filter(None, map(source.entry, listed.objects)))
        reading = KindReading(
            entries=entries, is_complete=not listed.problem, problem=listed.problem
        )
        return self._sized(entries, reading) if kind is DirectoryKind.GROUP else reading

    def _listed(self, source: Source) -> _List | GraphError:
        if source.path not in self._lists:
            self._lists[source.path] = self._list(source)
        return self._lists[source.path]

    def _list(self, source: Source) -> _List | GraphError:
        objects: list[Json] = []
        last: list[Json] = []
        try:
            pages = self.client.pages(source.path, version=source.version, params=source.params)
            for page in pages:
                last = page["value"]
                objects += last
                if len(objects) > MOST_OF_A_KIND:
                    problem = f"Only the first {MOST_OF_A_KIND:,} were read."
                    return _List(tuple(objects[:MOST_OF_A_KIND]), problem)
        except GraphError as error:
            if error.kind in _HOPELESS:
                raise
            return error
        if source.page and len(last) == source.page:
            # A full page without a link to the next proves no end.
            return _List(tuple(objects), "The last page was full, so there may be more.")
        return _List(tuple(objects))

    def _sized(self, entries: Sequence[Entry], reading: KindReading) -> KindReading:
        """The groups with the number of their members, transitive ones among them."""
        ordered = sorted(entries, key=lambda one: one.object_id not in self.wanted.groups)
        ids = (one.object_id for one in ordered if is_guid(one.object_id))
        counted = self._sizes(list(islice(ids, MOST_SIZES)))
        sized = tuple(
            replace(one, detail=replace(one.detail, members=counted.get(one.object_id)))
            for one in entries
        )
        return replace(reading, entries=sized, note=_about_sizes(len(counted), len(entries)))

    def _sizes(self, groups: Sequence[str]) -> dict[str, int]:
        sizes: dict[str, int] = {}
        for some in batched(groups, _AT_ONCE, strict=False):
            self.watch("Counting the members of groups")
            reads = [
                BatchRead(
                    path=f"groups/{group}/transitiveMembers/$count",
                    version="v1.0",
                    is_eventual=True,
                )
                for group in some
            ]
            counts = zip(some, map(_count_in, self._batch(reads)), strict=True)
            sizes |= {group: count for group, count in counts if count is not None}
        return sizes

    def _users(self) -> KindReading:
        """The users that conditional access policies name, in the tenant and in its backups."""
        named = self._users_of_policies()
        if isinstance(named, GraphError):
            return KindReading(problem=_why(named, _READS_POLICIES))
        asked = sorted(named | self.wanted.users)
        problem = ""
        if len(asked) > MOST_USERS:
            problem = f"Only {MOST_USERS:,} of the {len(asked):,} users named were read."
        entries: list[Entry] = []
        for some in batched(asked[:MOST_USERS], _AT_ONCE, strict=False):
            self.watch("Reading users")
            for answer in self._batch([_user_read(user) for user in some]):
                if answer.error is None:
                    entries.append(_user(answer.body))
                elif answer.error.kind is not ErrorKind.NOT_FOUND:
                    return KindReading(problem=_why(answer.error, _READS_USERS))
        return KindReading(entries=_distinct(entries), problem=problem)

    def _users_of_policies(self) -> frozenset[str] | GraphError:
        listed = self._listed(Source(path=_POLICIES, permission=_READS_POLICIES))
        if isinstance(listed, GraphError):
            return listed
        return frozenset().union(*map(users_named_by, listed.objects))

    def _batch(self, reads: Sequence[BatchRead]) -> Sequence[BatchAnswer]:
        try:
            return self.client.batch(reads)
        except GraphError as error:
            if error.kind in _HOPELESS:
                raise
            return [BatchAnswer(status=error.status or 0, body={}, error=error)] * len(reads)


def users_named_by(policy: Json) -> frozenset[str]:
    """The ids of the users a conditional access policy includes or excludes, in lower case."""
    conditions = policy.get("conditions")
    users = conditions.get("users") if isinstance(conditions, dict) else None
    if not isinstance(users, dict):
        return frozenset()
    named = [*(users.get("includeUsers") or ()), *(users.get("excludeUsers") or ())]
    return frozenset(one for one in (str(each).lower() for each in named) if is_guid(one))


def _user_read(user: str) -> BatchRead:
    return BatchRead(path=f"users/{user}?$select=id,displayName,userPrincipalName", version="v1.0")


def _user(payload: Json) -> Entry:
    principal = storable(payload.get("userPrincipalName"))
    object_id = storable(payload.get("id")).lower()
    return Entry(
        object_id=object_id,
        name=storable(payload.get("displayName")) or principal or object_id,
        detail=ObjectDetail(user_principal_name=principal),
    )


def _distinct(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """One entry an id, the last: a list that moves while it is read may hold an object twice."""
    return tuple({entry.object_id: entry for entry in entries}.values())


def _count_in(answer: BatchAnswer) -> int | None:
    """A number of members; within a batch, text that is no JSON comes plain or in base64."""
    if answer.error is not None:
        return None
    text = answer.text.strip()
    if not _COUNTABLE.fullmatch(text):
        try:
            text = base64.b64decode(text, validate=True).decode("ascii").strip()
        except (binascii.Error, ValueError):
            return None
    return int(text) if _COUNTABLE.fullmatch(text) else None


def _about_sizes(counted: int, groups: int) -> str:
    if counted == groups:
        return ""
    return f"The number of members is known of {counted:,} of {groups:,} groups."


def sentence_of(error: GraphError) -> str:
    """What went wrong, in a sentence."""
    status = f" ({error.status})" if error.status else ""
    return f"The read failed{status}: {str(error).rstrip('.')}."


def _why(error: GraphError, permission: str) -> str:
    """Why the kind could not be read, and what to do about it."""
    if error.kind is ErrorKind.PERMISSION:
        return f"{sentence_of(error)} Grant the app {permission} and consent to it."
    return sentence_of(error)
