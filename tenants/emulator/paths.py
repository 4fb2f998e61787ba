"""One request, and what its path names."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote, urlsplit

from tenants.emulator.actions import ACTIONS
from tenants.emulator.refusals import Json

_KEY = re.compile(r"(?P<name>\w+)\('(?P<key>[^']*)'\)")
_FUNCTION = re.compile(r"(?P<name>\w+)\(\w+='(?P<argument>[^']*)'\)")
BOUND = frozenset({"assign", "getByIds", "getOmaSettingPlainTextValue", *ACTIONS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One Graph request, alone or as part of a batch; `path` starts after the version."""

    method: str
    version: str
    path: str
    options: dict[str, str]
    headers: Mapping[str, str]
    body: bytes
    base: str

    @property
    def full_path(self) -> str:
        return f"/{self.version}/{self.path}"

    @property
    def query(self) -> str:
        return "&".join(f"{key}={value}" for key, value in self.options.items())

    @property
    def host(self) -> str:
        return urlsplit(self.base).netloc

    def segments(self) -> list[str]:
        """The path without casts; keys in parentheses and after a slash are the same thing."""
        found: list[str] = []
        for segment in self.path.strip("/").split("/"):
            bare = segment.removeprefix("microsoft.graph.")
            match = _KEY.fullmatch(segment)
            function = _FUNCTION.fullmatch(bare)
            if match:
                found.extend((match["name"], match["key"]))
            elif function:
                found.extend((function["name"], function["argument"]))
            elif bare == segment or bare in BOUND:
                found.append(bare)
        return found


@dataclass(slots=True, kw_only=True)
class Answer:
    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    applied: bool = False
    dropped: bool = False  # the connection is closed without an answer
    content_type: str = "application/json"


def part_of_batch(call: Call, part: Json) -> Call:
    """A batch's part as a call of its own, with the batch's version and host."""
    path, _, query = str(part["url"]).lstrip("/").partition("?")
    body = part.get("body")
    sent = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    headers = {str(key).lower(): str(one) for key, one in (part.get("headers") or {}).items()}
    return replace(
        call,
        method=str(part["method"]).upper(),
        path=unquote(path),
        options=options_of(query),
        headers=headers,
        body=sent,
    )


def options_of(query: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return {unquote(key): unquote(value.replace("+", " ")) for key, _, value in pairs}
