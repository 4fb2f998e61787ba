"""The same policy in several files: the copy that is most whole is kept, the others are named."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from restore_safety.backups.storing import PreparedItem
from restore_safety.backups.unread import Unread

# How the reason of a copy begins by which nothing is lost.


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """One file's copy of a policy."""

    name: str
    item: PreparedItem
    # Digests of what an operator configured, and of the assignments; "" when those are unknown.
    content: str
    assignments: str
    # How whole it is: of two, the greater is kept.
    rank: tuple[bool, ...]
    problems: tuple[str, ...] = ()

    @property
    def identity(self) -> tuple[str, str]:
        """Policies of one id are one; without an id, those of one content."""
        return self.item.contract_key, self.item.object_id.casefold() or self.content


@dataclass(slots=True)
class _Taken:
    kept: Copy
    # Nearly always none, of thousands.
    others: tuple[Copy, ...] = ()

    def add(self, copy: Copy) -> None:
        """Keep the one that is most whole; of equals the first."""
        if copy.rank > self.kept.rank:
            self.kept, copy = copy, self.kept
        self.others += (copy,)


@dataclass(slots=True)
class Copies:
    """All policies of an import, each with its copies."""

    _taken: dict[tuple[str, str], _Taken] = field(default_factory=dict)

    def add(self, copy: Copy) -> None:
        taken = self._taken.get(copy.identity)
        if taken is None:
            self._taken[copy.identity] = _Taken(copy)
        else:
            taken.add(copy)

    def settle(self) -> None:
        """Once all were added: take a copy without an id for the one policy of its content."""
        without_id = [key for key, one in self._taken.items() if not one.kept.item.object_id]
        by_content: dict[tuple[str, str], list[_Taken]] = {key: [] for key in without_id}
        for taken in self._taken.values():
            same = by_content.get((taken.kept.item.contract_key, taken.kept.content))
            if same is not None and taken.kept.item.object_id:
                same.append(taken)
        for identity in without_id:
            same = by_content[identity]
            if len(same) == 1:
                taken = self._taken.pop(identity)
                for copy in (taken.kept, *taken.others):
                    same[0].add(copy)

    @property
    def kept(self) -> list[Copy]:
        return [taken.kept for taken in self._taken.values()]

    def left(self) -> Iterator[Unread]:
        """What becomes of each copy that is not kept."""
        for taken in self._taken.values():
            for other in taken.others:
                yield _left_for(taken.kept, other)


def _left_for(kept: Copy, other: Copy) -> Unread:
    """A copy that differs in what was configured is lost; any other is not."""
    if other.content != kept.content:
        reason = (
            f"the same id as “{kept.name}”, but the contents differ: “{kept.name}” was imported, "
            "this was not"
        )
        reasons = " ".join((f"{reason}.", *other.problems))
        return Unread(name=other.name, reason=reasons.removesuffix("."))
    if other.assignments and kept.assignments and other.assignments != kept.assignments:
        reason = (
            f"the same policy as “{kept.name}”, but assigned differently: “{kept.name}” was "
            "imported, this was not"
        )
        return Unread(name=other.name, reason=reason)
    reason = f"duplicate: the same policy as “{kept.name}”, which was imported"
    return Unread(name=other.name, reason=reason, matters=False, duplicate_of=kept.name)
