"""Keep secret values of policies off the pages, whether a backup holds them masked or in clear."""

from collections.abc import Mapping
from typing import Any

HIDDEN = "•••• (secret, not shown)"

_ENDINGS = (
    "password",
    "passphrase",
    "presharedkey",
    "privatekey",
    "productkey",
    "secret",
    "secretreferencevalueid",
    "sharedkey",
)


def without_secrets(value: Any) -> Any:
    """A copy that may be shown: every secret replaced, however deep it lies."""
    if isinstance(value, list):
        return [without_secrets(element) for element in value]
    if not isinstance(value, Mapping):
        return value
    hides_value = _holds_secret_value(value)
    return {
        key: HIDDEN
        if _names_secret(key, inner) or (hides_value and key == "value" and inner is not None)
        else without_secrets(inner)
        for key, inner in value.items()
    }


def _holds_secret_value(value: Mapping[str, Any]) -> bool:
    declared = str(value.get("@odata.type", ""))
    return declared.endswith("SecretSettingValue") or value.get("isEncrypted") is True


def _names_secret(key: str, value: Any) -> bool:
    return isinstance(value, str) and bool(value) and key.lower().endswith(_ENDINGS)
