"""The one canonical form of JSON (RFC 8785) and the digests made from it.

It imports nothing of Django: the pure rules in `restore_safety.truth` use it as well.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Any

import rfc8785

# The largest integer a double holds exactly: RFC 8785 has no form for the ones beyond it.
LARGEST_EXACT = 2**53 - 1


def canonical(value: Any) -> bytes:
    """The one byte sequence for a JSON value, whatever the order of its keys."""
    try:
        return rfc8785.dumps(value)
    except rfc8785.IntegerDomainError:
        return rfc8785.dumps(_with_tagged_integers(value))


def exact(value: Any) -> str:
    """The one text from which every number reads back as it is, also beyond a double's range.

    Keys are in order, which puts `@odata.type` before what it governs: Graph relies on that.
    """
    return json.dumps(
        value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, allow_nan=False
    )


def digest_of(value: Any, *, version: str = "sha256") -> str:
    """The SHA-256 of the canonical form, after the version of what was digested."""
    return digest_of_bytes(canonical(value), version=version)


def digest_of_array(members: Iterable[Any]) -> str:
    """The digest of the array, taken member by member: thousands are never in memory at once."""
    digest = hashlib.sha256(b"[")
    for number, member in enumerate(members):
        digest.update(b"," if number else b"")
        digest.update(canonical(member))
    digest.update(b"]")
    return f"sha256:{digest.hexdigest()}"


def digest_of_bytes(content: bytes, *, version: str = "sha256") -> str:
    return f"{version}:{hashlib.sha256(content).hexdigest()}"


def carried(value: Any) -> Any:
    """The value as every reader of JSON takes it: whole numbers beyond a double's are tagged."""
    match value:
        case None | bool():
            return value
        case int() if abs(value) > LARGEST_EXACT:
            return {"$integer": str(value)}
        case int():
            return int(value)
        case str():
            return str(value).encode("utf-8", "replace").decode()
        case dict():
            return {str(key): carried(member) for key, member in value.items()}
        case list() | tuple():
            return [carried(member) for member in value]
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a receipt.")


def _with_tagged_integers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_tagged_integers(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_with_tagged_integers(member) for member in value]
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > LARGEST_EXACT:
        # An object, so that the number never digests like the text of the same digits.
        return {"$integer": str(value)}
    return value
