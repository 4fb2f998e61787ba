"""The texts within a policy, however deep they lie."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# The domain that every tenant is born with, in any cloud.
_INITIAL_DOMAIN = re.compile(
    r"(?<![a-z0-9-])[a-z0-9-]{1,63}(?:\.mail|\.partner)?\.onmicrosoft\.(?:com|us|cn)\b",
    re.IGNORECASE,
)


def texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner)


def written_texts(payload: Mapping[str, Any]) -> Iterator[str]:
    """The values of a payload; its annotations are not written."""
    for name, value in payload.items():
        if "@odata." not in name and not name.startswith("#"):
            yield from texts_in(value)


def initial_domains(payload: Mapping[str, Any]) -> frozenset[str]:
    """The domains ending in onmicrosoft that the written values of a payload hold."""
    return frozenset(
        domain.lower()
        for text in written_texts(payload)
        for domain in _INITIAL_DOMAIN.findall(text)
    )
