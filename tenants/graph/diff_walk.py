"""The one walk over two forms of a policy: what differs, and what no reading can compare."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tenants.graph.payloads import TYPE, Json
from tenants.graph.secrecy import is_mask, is_secret_member, is_token_holder

# Members Graph takes and answers as null, whatever was sent.
_NEVER_ANSWERED = frozenset({"ruleName"})
# Beside a token they say nothing that compares.
_OF_A_TOKEN = frozenset({"value", "valueState"})


class DiffWalk[Place, Found](ABC):
    """Every difference between two forms, as a subclass reports it at its place.

    When two values are the same, and where to look inside, is decided here. A subclass decides
    which elements of two arrays belong together, and what it reports of a difference.
    """

    @abstractmethod
    def within(self, place: Place, key: str) -> Place:
        """Return the place of a member of the object at this place."""

    @abstractmethod
    def ranked(self, keys: set[str], before: Json, after: Json) -> Iterable[Sequence[str]]:
        """Put keys in order; a later group is only looked at where no earlier one differs."""

    @abstractmethod
    def paired(
        self, before: list[Any], after: list[Any], place: Place
    ) -> Iterable[tuple[Any, Any, Place]]:
        """Return each element of both arrays with its partner, None where it has none."""

    @abstractmethod
    def different(self, before: Any, after: Any, place: Place) -> Iterator[Found]:
        """Report two values that are neither the same nor both objects or both arrays."""

    @abstractmethod
    def concealed(self, before: Any, after: Any, place: Place) -> Iterator[Found]:
        """Report two values that differ where a token stands for a secret."""

    @abstractmethod
    def unmentioned(self, before: Any, place: Place) -> Iterator[Found]:
        """Report a value under a key that the other side does not have."""

    @abstractmethod
    def unpaired(self, before: Any, after: Any, place: Place) -> Iterator[Found]:
        """Report an element of an array that only one side has."""

    def values(self, before: Any, after: Any, place: Place) -> Iterator[Found]:
        if is_nothing(before) and is_nothing(after):
            return
        if isinstance(before, dict) and isinstance(after, dict):
            yield from self.members(before, after, place)
        elif isinstance(before, list) and isinstance(after, list):
            yield from self.elements(before, after, place)
        elif before != after or isinstance(before, bool) != isinstance(after, bool):
            yield from self.different(before, after, place)

    def members(self, before: Json, after: Json, place: Place) -> Iterator[Found]:
        keys = set(before.keys() | after.keys())
        if not (TYPE in before and TYPE in after):
            # Graph leaves a type out where only one can stand.
            keys.discard(TYPE)
        if is_token_holder(before) or is_token_holder(after):
            keys -= _OF_A_TOKEN
            old, new = before.get("value"), after.get("value")
            if old != new:
                yield from self.concealed(old, new, self.within(place, "value"))
        for group in self.ranked(keys, before, after):
            differs = False
            for key in group:
                for found in self.member(before, after, key, place):
                    differs = True
                    yield found
            if differs:
                return

    def member(self, before: Json, after: Json, key: str, place: Place) -> Iterator[Found]:
        here = self.within(place, key)
        if key in after:
            yield from self.values(before.get(key), after[key], here)
        elif not is_nothing(before[key]):
            yield from self.unmentioned(before[key], here)

    def elements(self, before: list[Any], after: list[Any], place: Place) -> Iterator[Found]:
        for old, new, here in self.paired(before, after, place):
            if old is None or new is None:
                yield from self.unpaired(old, new, here)
            else:
                yield from self.values(old, new, here)


def is_nothing(value: Any) -> bool:
    """Whether it is what Graph answers for an empty collection: [], null or no key at all."""
    return value is None or value == []


def is_incomparable(key: str, before: Any, after: Any) -> bool:
    """Whether what differs here is a secret that the live side conceals, or Graph never answers."""
    if is_mask(before) or is_mask(after):
        return True
    return before is None and (key in _NEVER_ANSWERED or is_secret_member(key))
