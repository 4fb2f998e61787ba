"""The texts within a policy, however deep they lie."""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

# The domain that every tenant is born with, in any cloud.
_INITIAL_DOMAIN = re.compile(
    r"(?<![a-z0-9-])[a-z0-9-]{1,63}(?:\.mail|\.partner)?\.onmicrosoft\.(?:com|us|cn)\b",
    re.IGNORECASE,
)

# Shorter ones cannot hold such a domain.
_BASE64 = re.compile(r"[A-Za-z0-9+/]{20,}={0,2}")
_BASE64_BLOCK = 4


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
        for reading in _readings(text)
        for domain in _INITIAL_DOMAIN.findall(reading)
    )


def _readings(text: str) -> Iterator[str]:
    """The text, and what it holds where it is base64: scripts and XML stand in a payload so."""
    yield text
    if len(text) % _BASE64_BLOCK or not _BASE64.fullmatch(text):
        return
    with suppress(ValueError):
        yield b64decode(text, validate=True).decode()
