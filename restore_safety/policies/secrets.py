"""Keep secret values of policies off the pages, whether a backup holds them masked or in clear."""

from collections.abc import Iterator, Mapping
from typing import Any

from tenants.graph.secrecy import is_secret_member

HIDDEN = "•••• (secret, not shown)"


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


def secret_values(value: Any) -> Iterator[str]:
    """Every secret in clear, however deep it lies: what may not be repeated anywhere."""
    if isinstance(value, list):
        for element in value:
            yield from secret_values(element)
    elif isinstance(value, Mapping):
        hides_value = _holds_secret_value(value)
        for key, inner in value.items():
            if _names_secret(key, inner) or (hides_value and key == "value"):
                yield from _texts(inner)
            else:
                yield from secret_values(inner)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


def _holds_secret_value(value: Mapping[str, Any]) -> bool:
    declared = str(value.get("@odata.type", ""))
    return declared.endswith("SecretSettingValue") or value.get("isEncrypted") is True


def _names_secret(key: str, value: Any) -> bool:
    return isinstance(value, str) and bool(value) and is_secret_member(key)
