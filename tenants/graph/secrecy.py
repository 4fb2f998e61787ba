"""Where a payload holds a mask instead of a secret: writing it would destroy a working value."""

import re
from collections.abc import Iterable
from typing import Any

from tenants.graph.contracts import Contract
from tenants.graph.payloads import Json, Payload, without_annotations

# Asterisks, and the base64 of `<a/>` that Intune answers for an encrypted XML value.
_MASK = re.compile(r"\*{3,}|PGEvPg==")
_IS_SET = "IsSet"
# How the members that hold secrets end, in small letters.
_SECRET_ENDINGS = (
    "password",
    "passphrase",
    "presharedkey",
    "privatekey",
    "productkey",
    "secret",
    "secretreferencevalueid",
    "sharedkey",
)
_CONCEALED = "(concealed)"
# Fewer letters than these prove nothing: they would be found in any text.
_SHORTEST = 4


def is_secret_member(name: str) -> bool:
    """Whether a member of this name holds a secret, which Graph takes and does not answer."""
    return name.lower().endswith(_SECRET_ENDINGS)


def is_mask(value: Any) -> bool:
    """Whether the service answered this in place of a secret."""
    return isinstance(value, str) and bool(_MASK.fullmatch(value))


def concealed(text: str, secrets: Iterable[str]) -> str:
    """The text without any of the secrets, nor the beginning of one where the text was cut."""
    found = {secret for secret in secrets if len(secret) >= _SHORTEST}
    for secret in sorted(found, key=len, reverse=True):
        text = text.replace(secret, _CONCEALED)
        whole = text.rstrip("… ")
        for length in range(len(secret) - 1, _SHORTEST - 1, -1):
            if whole.endswith(secret[:length]):
                text = f"{whole[:-length]}{_CONCEALED}"
                break
    return text


def concealed_in(value: Any, secrets: Iterable[str]) -> Any:
    """The JSON value without any of the secrets in its texts, however deep they lie."""
    hidden = tuple(secrets)
    if isinstance(value, list):
        return [concealed_in(member, hidden) for member in value]
    if isinstance(value, dict):
        return {key: concealed_in(member, hidden) for key, member in value.items()}
    return concealed(value, hidden) if isinstance(value, str) else value


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
