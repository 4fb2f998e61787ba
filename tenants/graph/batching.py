"""Many reads in few requests: Graph's `$batch`, twenty parts at a time, reads only."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tenants.graph.answers import error_of, malformed
from tenants.graph.contracts import workload_of
from tenants.graph.errors import GraphError
from tenants.graph.payloads import Json

PARTS_PER_BATCH = 20
RETRIED = frozenset({429, 500, 502, 503, 504})
# So many batches in a row that were taken whole are followed by larger ones.
_CLEAN_BEFORE_MORE = 10
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


@dataclass(slots=True)
class AtOnce:
    """How many reads of a workload go into one batch: fewer once the provider refused some.

    Parts are throttled one by one, and what is asked while throttled counts against the next.
    """

    most: int = PARTS_PER_BATCH
    number: int = PARTS_PER_BATCH
    clean: int = 0

    @classmethod
    def of(cls, most: int | None) -> Self:
        """As many as a batch holds, or as the service takes."""
        number = min(PARTS_PER_BATCH, most or PARTS_PER_BATCH)
        return cls(most=number, number=number)

    def took(self, *, asked: int, refused: int) -> None:
        if refused:
            self.number, self.clean = max(1, asked - refused), 0
            return
        self.clean += 1
        if self.clean >= _CLEAN_BEFORE_MORE:
            self.number, self.clean = min(self.most, self.number * 2), 0


def together(
    reads: Sequence[BatchRead], waiting: Iterable[int], at_once: Callable[[str], int]
) -> dict[str, list[int]]:
    """The positions of the reads to send next, all of one version, by their workload."""
    chosen: dict[str, list[int]] = {}
    version, room = "", PARTS_PER_BATCH
    for position in waiting:
        read = reads[position]
        version = version or read.version
        workload = workload_of(read.path)
        fitting = chosen.get(workload, [])
        if read.version == version and len(fitting) < at_once(workload):
            chosen[workload] = [*fitting, position]
            room -= 1
        if not room:
            break
    return chosen


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
