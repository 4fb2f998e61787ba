"""Reading one tenant through Graph: objects, pages and batches, asked until there is an answer."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

import httpx

from tenants.graph.answers import malformed
from tenants.graph.auth import Credentials
from tenants.graph.batching import (
    RETRIED,
    BatchAnswer,
    BatchRead,
    answers_in,
    batch_body,
    chunks,
)
from tenants.graph.clouds import Cloud
from tenants.graph.digest import canonical
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.exchange import Exchange, at_once, object_in
from tenants.graph.payloads import Json
from tenants.graph.throttling import ATTEMPTS, LONGEST_WAIT, wait_before

# Named, as inside the class `list` is its method.
type Members = list[Json]
type BatchAnswers = list[BatchAnswer]


class GraphClient:
    """Reads one tenant. It has no way to change anything."""

    def __init__(
        self,
        *,
        cloud: Cloud,
        credentials: Credentials,
        sleep: Callable[[float], None] = time.sleep,
        before_request: Callable[[], None] = at_once,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._sleep = sleep
        self._exchange = Exchange(
            cloud=cloud,
            credentials=credentials,
            before_request=before_request,
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exception_type: type[BaseException] | None,
        exception: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._exchange.close()

    def roles(self) -> frozenset[str]:
        """The application permissions the directory granted."""
        return self._exchange.roles()

    def get(
        self,
        path: str,
        *,
        version: str = "beta",
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        url = self._exchange.address(version, path)
        if params:
            url = url.copy_merge_params(params)
        return self._read("GET", url, headers=headers)

    def pages(
        self, path: str, *, version: str = "beta", params: Mapping[str, str] | None = None
    ) -> Iterator[Json]:
        """Every page of a collection, to the last."""
        yield from self._pages_from(self.get(path, version=version, params=params))

    def list(
        self, path: str, *, version: str = "beta", params: Mapping[str, str] | None = None
    ) -> Members:
        """Every member of a collection, from all its pages."""
        return _members(self.pages(path, version=version, params=params))

    def members(self, first_page: Json) -> Members:
        """Every member of a collection of which a batch gave the first page."""
        return _members(self._pages_from(first_page))

    def batch(self, reads: Sequence[BatchRead]) -> BatchAnswers:
        """The answer to each read, in their order; a part that fails does not fail the others."""
        answers: dict[int, BatchAnswer] = {}
        waiting: Sequence[int] = range(len(reads))
        for attempt in range(1, ATTEMPTS + 1):
            for version, positions in chunks(reads, waiting):
                body = batch_body(reads, positions)
                got = self._read("POST", self._exchange.address(version, "$batch"), body=body)
                answers |= answers_in(got, positions)
            waiting = [
                position
                for position in range(len(reads))
                if position not in answers or answers[position].status in RETRIED
            ]
            if not waiting:
                break
            asked = [error.retry_after for at in waiting if (error := _error_at(answers, at))]
            pause = wait_before(attempt, max((s for s in asked if s is not None), default=None))
            if attempt == ATTEMPTS or pause > LONGEST_WAIT:
                break
            self._sleep(pause)
        return [answers.get(position) or _unanswered() for position in range(len(reads))]

    def _pages_from(self, page: Json) -> Iterator[Json]:
        followed: set[str] = set()
        while True:
            if not isinstance(page.get("value"), list):
                raise malformed("a collection came without its members")
            yield page
            link = page.get("@odata.nextLink")
            if not link:
                return
            if link in followed:
                raise malformed("its pages lead back to one already read")
            followed.add(link)
            page = self._read("GET", self._exchange.pinned(link))

    def _read(
        self,
        method: str,
        url: httpx.URL,
        *,
        body: Json | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """Ask until there is an answer: asking again changes nothing."""
        content = None if body is None else canonical(body)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return object_in(self._exchange.ask(method, url, content=content, headers=headers))
            except GraphError as error:
                pause = wait_before(attempt, error.retry_after)
                if attempt == ATTEMPTS or not _is_passing(error) or pause > LONGEST_WAIT:
                    raise
            self._sleep(pause)
        raise AssertionError("the last attempt returns or raises")


def _unanswered() -> BatchAnswer:
    error = GraphError("Graph left this part of a batch unanswered.", kind=ErrorKind.UNAVAILABLE)
    return BatchAnswer(status=0, body={}, error=error)


def _members(pages: Iterator[Json]) -> Members:
    return [member for page in pages for member in page["value"]]


def _error_at(answers: Mapping[int, BatchAnswer], position: int) -> GraphError | None:
    return answers[position].error if position in answers else None


def _is_passing(error: GraphError) -> bool:
    return error.kind is ErrorKind.UNREACHABLE or error.status in RETRIED
