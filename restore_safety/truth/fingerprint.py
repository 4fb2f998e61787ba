"""Fingerprint of a scope: changes exactly when the scope does."""

import hashlib
import re
from functools import lru_cache

import rfc8785

from restore_safety.truth.scope import Scope

FINGERPRINT_VERSION = "rs1"

_KNOWN = re.compile(rf"{FINGERPRINT_VERSION}:[0-9a-f]{{64}}")


# One page asks a dozen times for the fingerprints of very few scopes, of thousands of items each.
@lru_cache(maxsize=8)
def fingerprint_of(scope: Scope) -> str:
    digest = hashlib.sha256(rfc8785.dumps(scope.to_json())).hexdigest()
    return f"{FINGERPRINT_VERSION}:{digest}"


def is_known_version(fingerprint: str) -> bool:
    """Whether this code can compare the fingerprint at all; a malformed one it cannot."""
    return _KNOWN.fullmatch(fingerprint) is not None


def short(fingerprint: str) -> str:
    """Enough of it to tell two apart by eye; never compare with this."""
    version, separator, digest = fingerprint.partition(":")
    return f"{version}{separator}{digest[:12]}"
