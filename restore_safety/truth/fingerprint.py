"""Fingerprint of a scope: changes exactly when the scope does."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from restore_safety.truth.scope import (
    FIELDS_OF_UNDO_VERSION_2,
    FIELDS_OF_VERSION_1,
    FIELDS_OF_VERSION_2,
    Scope,
)
from tenants.canonical_json import digest_of

FINGERPRINT_VERSION = "rs3"

_VERSIONS_BEFORE = (
    (FIELDS_OF_VERSION_1, "rs1"),
    (FIELDS_OF_VERSION_2, "rs2"),
    (FIELDS_OF_UNDO_VERSION_2, "rs2"),
)

_KNOWN = re.compile(rf"{FINGERPRINT_VERSION}:[0-9a-f]{{64}}")


# One page asks a dozen times for the fingerprints of very few scopes, of thousands of items each.
@lru_cache(maxsize=8)
def fingerprint_of(scope: Scope) -> str:
    return digest_of(scope.to_json(), version=FINGERPRINT_VERSION)


def fingerprint_of_document(stored: Mapping[str, Any]) -> str:
    """The fingerprint of a stored scope, of the version that its form belongs to."""
    versions = (one for fields, one in _VERSIONS_BEFORE if stored.keys() == fields)
    return digest_of(dict(stored), version=next(versions, FINGERPRINT_VERSION))


def is_known_version(fingerprint: str) -> bool:
    """Whether this code can compare the fingerprint at all; a malformed one it cannot."""
    return _KNOWN.fullmatch(fingerprint) is not None


def short(fingerprint: str) -> str:
    """Enough of it to distinguish two by eye; never compare with this."""
    version, separator, digest = fingerprint.partition(":")
    return f"{version}{separator}{digest[:12]}"
