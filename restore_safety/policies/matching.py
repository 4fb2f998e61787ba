"""Which live policy a backed-up one corresponds to: by id where ids mean something, else by name.

Names are not keys: two candidates are an answer of their own, never a guess.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property, partial

from tenants.graph.contracts import Contract, match_key, name_of
from tenants.graph.payloads import Json


class MatchKind(StrEnum):
    BY_ID = "by_id"
    BY_NAME = "by_name"
    ABSENT = "absent"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The live objects that could be meant: one when matched, several when ambiguous."""

    kind: MatchKind
    candidates: tuple[Json, ...] = ()

    @property
    def target(self) -> Json | None:
        """The one live object that is meant, or None."""
        return self.candidates[0] if len(self.candidates) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """Which policies of backups the tenant's objects are known to stand for; ids in small letters.

    `made` holds, by type and id, what a restore created, and the id it had in its backup.
    `backed_up` holds the types and ids of a backup of this very tenant.
    """

    made: Mapping[tuple[str, str], str] = field(default_factory=dict)
    backed_up: frozenset[tuple[str, str]] = frozenset()

    def is_of_another(self, key: str, live_id: str, object_id: str) -> bool:
        """Whether the tenant's object is known to stand for another policy than this one."""
        live, source = live_id.casefold(), object_id.casefold()
        if not source or live == source:
            return False
        made = self.made.get((key, live))
        return made != source if made is not None else (key, live) in self.backed_up


class LiveListing:
    """Every live object of a type, arranged so that thousands of policies find theirs in it.

    The listing has to be whole: what a failed or partial listing lacks is unknown, not absent.
    """

    def __init__(
        self, contract: Contract, objects: Sequence[Json], identities: Identities | None = None
    ) -> None:
        self._contract = contract
        self._objects = objects
        self._identities = identities or Identities()

    def __len__(self) -> int:
        return len(self._objects)

    def match(self, *, payload: Json, object_id: str, same_origin: bool) -> Match:
        """Find the policy among the live objects.

        An id counts only in the tenant it came from, and only while it still names the same type.
        After it comes what an earlier restore created from this policy, then the name. What is
        known to stand for another policy is never meant, whatever its name.
        """
        key = match_key(self._contract, payload)
        if same_origin and object_id:
            for live in self._by_id.get(object_id.casefold(), ()):
                if match_key(self._contract, live)[0] == key[0]:
                    return Match(kind=MatchKind.BY_ID, candidates=(live,))
        if made := self._made_from(object_id, key[0]):
            return Match(kind=MatchKind.BY_ID, candidates=(made,))
        named = tuple(
            live
            for live in self._by_key.get(key, ())
            if not self._identities.is_of_another(self._contract.key, str(live["id"]), object_id)
        )
        if not named:
            return Match(kind=MatchKind.ABSENT)
        name = name_of(self._contract, payload)
        # Of namesakes that differ in case or blanks, the one of exactly this name is meant.
        exact = tuple(live for live in named if name_of(self._contract, live) == name)
        if len(named) > 1 and len(exact) != 1:
            return Match(kind=MatchKind.AMBIGUOUS, candidates=exact or named)
        return Match(kind=MatchKind.BY_NAME, candidates=exact or named)

    def with_id(self, object_id: str) -> Match:
        """The live object of exactly this id, whatever it is called."""
        found = tuple(self._by_id.get(object_id.casefold(), ())) if object_id else ()
        return Match(kind=MatchKind.BY_ID if found else MatchKind.ABSENT, candidates=found)

    def _made_from(self, object_id: str, type_name: str) -> Json | None:
        """The one object of the type that an earlier restore created from the policy."""
        there = [
            live
            for made in self._made.get(object_id.casefold(), ())
            for live in self._by_id.get(made, ())
            if match_key(self._contract, live)[0] == type_name
        ]
        return there[0] if len(there) == 1 else None

    @cached_property
    def _made(self) -> Mapping[str, list[str]]:
        """What was created of this type, by the id of what it was made from."""
        made: dict[str, list[str]] = {}
        for (key, live), source in self._identities.made.items():
            if key == self._contract.key:
                made.setdefault(source, []).append(live)
        return made

    def ids_named(self, name: str) -> list[str]:
        """The ids of what bears the name, of whatever kind it is."""
        return sorted(str(live["id"]) for live in self._by_name.get(_plain(name), ()))

    @cached_property
    def _by_id(self) -> Mapping[str, list[Json]]:
        return self._arranged(_id_of)

    @cached_property
    def _by_key(self) -> Mapping[tuple[str, ...], list[Json]]:
        return self._arranged(partial(match_key, self._contract))

    @cached_property
    def _by_name(self) -> Mapping[str, list[Json]]:
        return self._arranged(lambda live: _plain(name_of(self._contract, live)))

    def _arranged[Key](self, key_of: Callable[[Json], Key]) -> Mapping[Key, list[Json]]:
        arranged: dict[Key, list[Json]] = {}
        for live in self._objects:
            arranged.setdefault(key_of(live), []).append(live)
        return arranged


def match(  # noqa: PLR0913 -- a policy, a listing, and what is known of both
    *,
    contract: Contract,
    payload: Json,
    object_id: str,
    same_origin: bool,
    listing: Sequence[Json],
    identities: Identities | None = None,
) -> Match:
    """Find one policy in a listing; for many of one type, arrange the listing once."""
    arranged = LiveListing(contract, listing, identities)
    return arranged.match(payload=payload, object_id=object_id, same_origin=same_origin)


def _id_of(live: Json) -> str:
    return str(live.get("id", "")).casefold()


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()
