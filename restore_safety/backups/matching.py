"""Which live policy a backed-up one corresponds to: by id where ids mean something, else by name.

Names are not keys: two candidates are an answer of their own, never a guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tenants.graph.contracts import Contract, match_key
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


def match(
    *,
    contract: Contract,
    payload: Json,
    object_id: str,
    same_origin: bool,
    listing: Sequence[Json],
) -> Match:
    """Find the policy in a listing of every live object of its type.

    The listing has to be whole: what a failed or partial listing lacks is unknown, not absent.
    An id counts only in the tenant it came from, and only while it still names the same type.
    """
    key = match_key(contract, payload)
    if same_origin and object_id:
        for live in listing:
            if _id_of(live) == object_id.casefold() and match_key(contract, live)[0] == key[0]:
                return Match(kind=MatchKind.BY_ID, candidates=(live,))
    named = tuple(live for live in listing if match_key(contract, live) == key)
    if not named:
        return Match(kind=MatchKind.ABSENT)
    if len(named) > 1:
        return Match(kind=MatchKind.AMBIGUOUS, candidates=named)
    return Match(kind=MatchKind.BY_NAME, candidates=named)


def _id_of(live: Json) -> str:
    return str(live.get("id", "")).casefold()
