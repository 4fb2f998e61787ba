"""Where a payload holds a mask instead of a secret: writing it would destroy a working value."""

import re
from typing import Any

from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json, Payload, without_annotations

# Asterisks, and the base64 of `<a/>` that Intune answers for an encrypted XML value.
_MASK = re.compile(r"\*{3,}|PGEvPg==")
_IS_SET = "IsSet"


def is_mask(value: Any) -> bool:
    """Whether the service answered this in place of a secret."""
    return isinstance(value, str) and bool(_MASK.fullmatch(value))


def is_token_holder(value: Payload) -> bool:
    """Whether its value is a token, which means something only to the tenant that issued it."""
    return value.get("valueState") == "encryptedValueToken" or value.get("isEncrypted") is True


def masked_secrets(contract: Contract, payload: Payload) -> tuple[str, ...]:
    """The paths at which the captured payload lacks the secret the tenant has."""
    return tuple(dict.fromkeys(_masked(without_annotations(payload), "")))


def _masked(value: Any, path: str) -> list[str]:
    if isinstance(value, list):
        return [
            found
            for position, member in enumerate(value)
            for found in _masked(member, f"{path}[{position}]")
        ]
    if isinstance(value, dict):
        return _masked_members(value, path)
    return [path] if is_mask(value) else []


def _masked_members(value: Json, path: str) -> list[str]:
    prefix = f"{path}." if path else ""
    found = []
    if is_token_holder(value):
        found.append(f"{prefix}value")
    for key, member in value.items():
        secret = key.removesuffix(_IS_SET)
        if member is True and secret != key and not value.get(secret):
            found.append(f"{prefix}{secret}")
        found += _masked(member, f"{prefix}{key}")
    return found
