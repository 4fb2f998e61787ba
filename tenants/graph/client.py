"""The HTTP exchange with Graph: reading freely, writing only what a fence lets through."""

import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx
import structlog

from tenants.graph.answers import error_of, malformed, unreachable
from tenants.graph.auth import Credentials, TokenSource
from tenants.graph.batching import (
    RETRIED,
    BatchAnswer,
    BatchRead,
    answers_in,
    batch_body,
    chunks,
)
from tenants.graph.clouds import Cloud, CloudEndpoints, endpoints
from tenants.graph.contracts import workload_of
from tenants.graph.digest import canonical
from tenants.graph.errors import (
    ApprovalRequiredError,
    ErrorKind,
    GraphError,
    ThrottledError,
)
from tenants.graph.fence import PlannedWrite, WriteFence
from tenants.graph.filing import approved_headers, filing_headers
from tenants.graph.payloads import Json
from tenants.graph.throttling import ATTEMPTS, LONGEST_WAIT, Pacer, wait_before

logger = structlog.stdlib.get_logger(__name__)

# Named, as inside the class `list` is its method.
type Members = list[Json]
type BatchAnswers = list[BatchAnswer]

_VERSIONS = frozenset({"beta", "v1.0"})
# An address ends in its object's id, in one of the two forms that Graph uses.
_ID_AT_END = re.compile(r"(?:\('([A-Za-z0-9_-]+)'\)|/([A-Za-z0-9_-]+))$")
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# A host that does not even take the connection is not going to: with the wait for its answer this
# stays within what a worker may be silent for.
CONNECT_SECONDS = 10.0
_CONNECTIONS = httpx.Limits(max_connections=10, max_keepalive_connections=5)


def at_once() -> None:
    """Before a request of somebody who holds nothing meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteAnswer:
    """What came back for a write that succeeded."""

    status: int
    body: Json
    request_id: str
    location: str

    @property
    def object_id(self) -> str:
        """The id of what was created: in the body or its address; "" where the answer has none."""
        found = _ID_AT_END.search(self.location)
        return str(self.body.get("id") or (found and (found[1] or found[2])) or "")


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
        self._endpoints: CloudEndpoints = endpoints(cloud)
        self._base = httpx.URL(self._endpoints.graph)
        self._sleep = sleep
        seconds = self._endpoints.timeout_seconds
        self._http = httpx.Client(
            timeout=httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
            limits=_CONNECTIONS,
            # A hook of the exchange itself, so that signing in is no gap either.
            event_hooks={"request": [lambda _: before_request()]},
            transport=transport,
            # A proxy of the environment has no business between this process and the emulator.
            trust_env=cloud is not Cloud.EMULATOR,
        )
        self._tokens = TokenSource(credentials, self._endpoints, self._http)

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
        self._http.close()

    def roles(self) -> frozenset[str]:
        """The application permissions the directory granted."""
        return self._tokens.roles()

    def get(
        self,
        path: str,
        *,
        version: str = "beta",
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        url = self._address(version, path)
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
                got = self._read("POST", self._address(version, "$batch"), body=body)
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
            page = self._read("GET", self._pinned(link))

    def _pinned(self, link: str) -> httpx.URL:
        """The link, if it stays with the host that the token is for."""
        try:
            url = httpx.URL(link)
        except (httpx.InvalidURL, TypeError) as error:
            raise malformed("the link to the next page is not an address") from error
        base = self._base
        if (url.scheme, url.host, _port(url)) != (base.scheme, base.host, _port(base)):
            raise malformed("the link to the next page leaves Graph's host")
        if url.userinfo:
            raise malformed("the link to the next page carries a sign-in")
        return url

    def _address(self, version: str, path: str) -> httpx.URL:
        segments = path.partition("?")[0].split("/")
        if version not in _VERSIONS or "://" in path or not all(segments) or ".." in segments:
            raise ValueError("Graph is asked by version and relative path.")
        return httpx.URL(f"{self._endpoints.graph}/{version}/{path}")

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
                response = self._exchange(method, url, content=content, headers=headers)
                return _object_in(response)
            except GraphError as error:
                pause = wait_before(attempt, error.retry_after)
                if attempt == ATTEMPTS or not _is_passing(error) or pause > LONGEST_WAIT:
                    raise
            self._sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _exchange(
        self,
        method: str,
        url: httpx.URL,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """One request with a current token; raises unless it succeeded."""
        token = self._tokens.token()
        for is_renewed in (False, True):
            response, trace = self._once(method, url, token, content=content, headers=headers)
            if response.is_success:
                return response
            if response.status_code != httpx.codes.UNAUTHORIZED or is_renewed:
                break
            token = self._tokens.renew()
        raise error_of(
            response.status_code,
            {name.lower(): text for name, text in response.headers.items()},
            self._tokens.conceal(_json_in(response), token),
            client_request_id=trace,
        )

    def _once(
        self,
        method: str,
        url: httpx.URL,
        token: str,
        *,
        content: bytes | None,
        headers: Mapping[str, str] | None,
    ) -> tuple[httpx.Response, str]:
        trace = str(uuid.uuid4())
        sent = {
            **(headers or {}),
            "Accept": "application/json",
            "Authorization": f"Bearer {token}",
            "Prefer": "include-unknown-enum-members",
            "client-request-id": trace,
        }
        if content is not None:
            sent["Content-Type"] = "application/json"
        # The path names collections and ids; the query could hold names, and stays out.
        log = logger.bind(method=method, path=url.path, client_request_id=trace)
        started = time.monotonic()
        try:
            response = self._http.request(method, url, content=content, headers=sent)
        except httpx.HTTPError as error:
            reason = type(error).__name__
            log.warning("graph_unreachable", reason=reason, seconds=_since(started))
            was_sent = not isinstance(error, _NEVER_SENT)
            raise unreachable(reason, client_request_id=trace, was_sent=was_sent) from error
        log.debug(
            "graph_answered",
            status=response.status_code,
            request_id=response.headers.get("request-id", ""),
            seconds=_since(started),
        )
        return response, trace


# A wait up to this long is no reason to look again.
AT_ONCE_SECONDS = 2.0

type BeforeExchange = Callable[[bool], None]


def at_its_turn(has_waited: bool) -> None:  # noqa: FBT001 -- the one thing it is called with
    """Nothing is asked before a write of its own leaves."""


class GraphWriter(GraphClient):
    """Also sends what is on the fence's plan, at the pace all workers share."""

    def __init__(  # noqa: PLR0913 -- the reader's, and the two things that hold a writer back
        self,
        *,
        cloud: Cloud,
        credentials: Credentials,
        fence: WriteFence,
        pacer: Pacer,
        sleep: Callable[[float], None] = time.sleep,
        before_request: Callable[[], None] = at_once,
        transport: httpx.BaseTransport | None = None,
        justification: str = "",
    ) -> None:
        super().__init__(
            cloud=cloud,
            credentials=credentials,
            sleep=sleep,
            before_request=before_request,
            transport=transport,
        )
        self._fence = fence
        self._pacer = pacer
        self._justification = justification

    def send(
        self,
        write: PlannedWrite,
        *,
        before_exchange: BeforeExchange = at_its_turn,
        approval_code: str = "",
    ) -> WriteAnswer:
        """Carry out one planned write; `before_exchange` is called right before each.

        With the `approval_code` of the request that it was filed as, the very same write is
        carried out; without one, a write that the tenant's approver has to agree to is filed.
        Only a throttled write is sent again, as nothing came of it. Any other failure is raised;
        where it `is_ambiguous` the target has to be read before anything else is done. What
        `before_exchange` raises ends the write before it leaves.
        """
        leaving = self._fence.resolved(write)
        workload = workload_of(leaving.path)
        for attempt in range(1, ATTEMPTS + 1):
            # Refused before it waits for a turn, and again when it leaves.
            self._pass_fence(leaving)
            waited = self._pacer.wait_turn(workload)
            before_exchange(attempt > 1 or waited > AT_ONCE_SECONDS)
            try:
                return self._carried_out(leaving, approval_code)
            except ThrottledError as error:
                pause = wait_before(attempt, error.retry_after)
                self._pacer.hold_off(workload, min(pause, LONGEST_WAIT))
                if attempt == ATTEMPTS or pause > LONGEST_WAIT:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def _carried_out(self, write: PlannedWrite, approval_code: str) -> WriteAnswer:
        self._pass_fence(write)
        response = self._exchange_or_file(write, approval_code)
        self._fence.spend(write.operation_id)
        body = _json_in(response)
        answer = WriteAnswer(
            status=response.status_code,
            body=body if isinstance(body, dict) else {},
            request_id=response.headers.get("request-id", ""),
            location=response.headers.get("location", ""),
        )
        if write.binds and answer.object_id:
            self._fence.bind(write.binds, answer.object_id)
        logger.info(
            "graph_written",
            operation_id=write.operation_id,
            status=answer.status,
            request_id=answer.request_id,
        )
        return answer

    def _exchange_or_file(self, write: PlannedWrite, approval_code: str) -> httpx.Response:
        """Where the tenant's approver has to agree, the write is filed, with the reason for it."""
        url = self._address(write.version, write.path)
        headers = approved_headers(approval_code) if approval_code else None
        try:
            return self._exchange(write.method, url, content=write.body, headers=headers)
        except ApprovalRequiredError as error:
            if error.approval_code or approval_code or not self._justification:
                raise
        reason = filing_headers(self._justification, write.operation_id)
        return self._exchange(write.method, url, content=write.body, headers=reason)

    def _pass_fence(self, write: PlannedWrite) -> None:
        self._fence.check(
            write.operation_id, write.method, write.path, write.body, version=write.version
        )


def _unanswered() -> BatchAnswer:
    error = GraphError("Graph left this part of a batch unanswered.", kind=ErrorKind.UNAVAILABLE)
    return BatchAnswer(status=0, body={}, error=error)


def _members(pages: Iterator[Json]) -> Members:
    return [member for page in pages for member in page["value"]]


def _error_at(answers: Mapping[int, BatchAnswer], position: int) -> GraphError | None:
    return answers[position].error if position in answers else None


def _is_passing(error: GraphError) -> bool:
    return error.kind is ErrorKind.UNREACHABLE or error.status in RETRIED


def _object_in(response: httpx.Response) -> Json:
    body = _json_in(response)
    if not isinstance(body, dict):
        raise malformed("the answer is not a JSON object", status=response.status_code)
    return body


def _json_in(response: httpx.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
