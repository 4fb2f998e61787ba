"""What a backup could not take in: named, with the reason, so that nothing disappears silently."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """One thing left out; it matters unless no policy is lost by it.

    In part: what it is about is in the set, and only this is not. A duplicate names the file that
    was imported in its place.
    """

    name: str
    reason: str
    matters: bool = True
    in_part: bool = False
    duplicate_of: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.reason}"

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "reason": self.reason,
            "matters": self.matters,
            "in_part": self.in_part,
            "duplicate_of": self.duplicate_of,
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Self:
        return cls(
            name=entry["name"],
            reason=entry["reason"],
            matters=entry.get("matters", True),
            in_part=entry.get("in_part", False),
            duplicate_of=entry.get("duplicate_of", ""),
        )
