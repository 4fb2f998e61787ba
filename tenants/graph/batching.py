"""Many reads in few requests: Graph's `$batch`, twenty parts at a time, reads only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from tenants.graph.answers import error_of, malformed
from tenants.graph.errors import GraphError
from tenants.graph.payloads import Json

PARTS_PER_BATCH = 20
RETRIED = frozenset({429, 502, 503, 504})
_OK = range(200, 300)
_STATUSES = range(100, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRead:
    """One GET; the path is relative and may carry a query."""

    path: str
    version: str = "beta"
    is_eventual: bool = False  # advanced queries of the directory, `$count` among them, need it


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """The answer to one part: its body, or the error it came to.

    A body that is no JSON object, like that of `$count`, is in `text`.
    """

    status: int
    body: Json
    error: GraphError | None = None
    text: str = ""


def chunks(
    reads: Sequence[BatchRead], waiting: Iterable[int]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The positions of the reads to send together, each with the version they share."""
    by_version: dict[str, list[int]] = {}
    for position in waiting:
        by_version.setdefault(reads[position].version, []).append(position)
    for version, positions in by_version.items():
        for together in batched(positions, PARTS_PER_BATCH, strict=False):
            yield version, together


def batch_body(reads: Sequence[BatchRead], positions: Iterable[int]) -> Json:
    return {
        "requests": [
            {
                "id": str(position),
                "method": "GET",
                "url": f"/{reads[position].path.lstrip('/')}",
                "headers": _headers(reads[position]),
            }
            for position in positions
        ]
    }


def _headers(read: BatchRead) -> dict[str, str]:
    headers = {"Accept": "application/json", "Prefer": "include-unknown-enum-members"}
    return headers | ({"ConsistencyLevel": "eventual"} if read.is_eventual else {})


def answers_in(body: Json, positions: Sequence[int]) -> dict[int, BatchAnswer]:
    """The answers by position, in whatever order Graph gave them; others are left out."""
    parts = body.get("responses")
    if not isinstance(parts, list):
        raise malformed("a batch came without its answers")
    asked = {str(position): position for position in positions}
    answers: dict[int, BatchAnswer] = {}
    for part in parts:
        if not isinstance(part, dict):
            raise malformed("an answer in a batch is not an object")
        position = asked.get(str(part.get("id")))
        if position is not None:
            answers[position] = _answer(part)
    return answers


def _answer(part: Mapping[str, Any]) -> BatchAnswer:
    status, headers = part.get("status"), part.get("headers") or {}
    if type(status) is not int or status not in _STATUSES:
        raise malformed("an answer in a batch has no HTTP status")
    if not isinstance(headers, dict):
        raise malformed("an answer in a batch has unreadable headers")
    body = part.get("body")
    content = body if isinstance(body, dict) else {}
    if status in _OK:
        text = str(body) if isinstance(body, str | int) else ""
        return BatchAnswer(status=status, body=content, text=text)
    texts = {str(name).lower(): str(text) for name, text in headers.items()}
    return BatchAnswer(status=status, body=content, error=error_of(status, texts, content))
