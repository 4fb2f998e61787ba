"""Reading one tenant through Graph: objects, pages and batches, at the pace all workers share."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

import httpx

from tenants.graph.answers import malformed
from tenants.graph.auth import Credentials
from tenants.graph.batch_reader import BatchReader
from tenants.graph.batching import BatchAnswer, BatchRead
from tenants.graph.clouds import Cloud
from tenants.graph.contracts import workload_of
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.exchange import Exchange, at_once, object_in
from tenants.graph.patience import Patience, is_passing
from tenants.graph.payloads import Json
from tenants.graph.throttling import PATIENCE, ReadPacer

# Named, as inside the class `list` is its method.
type Members = list[Json]
type BatchAnswers = list[BatchAnswer]


class GraphClient:
    """Reads one tenant. It has no way to change anything."""

    def __init__(  # noqa: PLR0913 -- who is asked, and the things that hold a reader back
        self,
        *,
        cloud: Cloud,
        credentials: Credentials,
        pacer: ReadPacer,
        patience: float = PATIENCE,
        sleep: Callable[[float], None] = time.sleep,
        before_request: Callable[[], None] = at_once,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._pacer = pacer
        self._patience = patience
        self._sleep = sleep
        self._exchange = Exchange(
            cloud=cloud,
            credentials=credentials,
            before_request=before_request,
            transport=transport,
        )
        self._batches = BatchReader(self._exchange, pacer=pacer, sleep=sleep, patience=patience)

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
        return self._read(url, headers=headers)

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
        return self._batches.answers_to(reads)

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
            page = self._read(self._exchange.pinned(link))

    def _read(self, url: httpx.URL, *, headers: Mapping[str, str] | None = None) -> Json:
        """Ask until there is an answer: asking again changes nothing."""
        workload = workload_of(url.path.split("/", 2)[-1])
        patience = Patience(self._patience)
        while True:
            self._pacer.wait_to_read(workload)
            try:
                return object_in(self._exchange.ask("GET", url, headers=headers))
            except GraphError as error:
                if not is_passing(error):
                    raise
                pause = patience.pause_after(error)
                is_asked_for = error.kind is ErrorKind.THROTTLED or error.retry_after is not None
            if is_asked_for:
                self._pacer.hold_off_reads(workload, pause)
            else:
                self._sleep(pause)


def _members(pages: Iterator[Json]) -> Members:
    return [member for page in pages for member in page["value"]]
