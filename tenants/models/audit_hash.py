"""The hash of one audit event: over everything the trail keeps of it, and over the event before."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tenants.canonical_json import LARGEST_EXACT, digest_of

HASH_VERSION = "audit1"
# What stands for the event before in the first of a chain.
NOTHING_BEFORE = ""

_NUL = "\x00"


def hash_of(facts: Mapping[str, Any]) -> str:
    """`audit1:` and the SHA-256 over the RFC 8785 canonical JSON of the facts and that version."""
    return digest_of({"version": HASH_VERSION, **facts}, version=HASH_VERSION)


def is_known_version(value: str) -> bool:
    """Whether this code can work the hash out anew."""
    return value.partition(":")[0] == HASH_VERSION


def instant(at: datetime) -> str:
    """The one spelling of a time in the trail: UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def kept_text(text: object, *, limit: int | None = None) -> str:
    """The text as every database takes it and gives it back: without NUL, not over the limit."""
    whole = str(text).encode("utf-8", "replace").decode().replace(_NUL, "")
    return whole[:limit]


def kept_value(value: Any) -> Any:  # noqa: PLR0911 -- one flat line per kind of value
    """A value that reads back the same from every database; what JSON would bend becomes text."""
    match value:
        case None | bool():
            return value
        # PostgreSQL and a browser round beyond it.
        case int() if abs(value) <= LARGEST_EXACT:
            return int(value)
        case Mapping():
            return {kept_text(key): kept_value(member) for key, member in value.items()}
        case list() | tuple():
            return [kept_value(member) for member in value]
        case set() | frozenset():
            return sorted((kept_value(member) for member in value), key=str)
        case datetime():
            return instant(value)
        case _:
            return kept_text(value)
