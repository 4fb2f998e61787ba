"""One request to Graph and its answer: the address, the token, and what is said of it."""

import json
import ssl
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx
import structlog

from tenants.graph.answers import error_of, malformed, unreachable
from tenants.graph.auth import Credentials, TokenSource
from tenants.graph.clouds import Cloud, endpoints
from tenants.graph.deadline import Deadline, hold_to
from tenants.graph.payloads import Json

logger = structlog.stdlib.get_logger(__name__)

_VERSIONS = frozenset({"beta", "v1.0"})
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# A host that does not even take the connection is not going to.
CONNECT_SECONDS = 10.0
# Far more than twenty policies in one batch hold; it is unpacked before it is counted.
LARGEST_ANSWER = 100 * 1024 * 1024
_CONNECTIONS = httpx.Limits(max_connections=10, max_keepalive_connections=5)


def at_once() -> None:
    """Before a request of a caller that holds nothing meanwhile."""


def longest_exchange(timeout: float) -> float:
    """The seconds after which a whole request is given up, however its answer trickles in.

    A worker has to be allowed to be silent for as long.
    """
    return min(timeout, CONNECT_SECONDS) + timeout


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back, read to its end."""

    status: int
    headers: httpx.Headers
    content: bytes

    @property
    def is_success(self) -> bool:
        return httpx.codes.is_success(self.status)

    @property
    def body(self) -> Any:
        """What the answer holds, None where that is no JSON."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            return None


@cache
def _trusted_certificates() -> ssl.SSLContext:
    """Return the authorities that a server's certificate is checked against.

    Read once per process: reading them costs more than several requests do.
    """
    return httpx.create_ssl_context()


class Exchange:
    """Asks one tenant's Graph, once for each call but for a token that has to be renewed."""

    def __init__(
        self,
        *,
        cloud: Cloud,
        credentials: Credentials,
        before_request: Callable[[], None] = at_once,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        there = endpoints(cloud)
        self._base = httpx.URL(there.graph)
        seconds = there.timeout_seconds
        self._deadline = Deadline(longest_exchange(seconds))

        def begin(request: httpx.Request) -> None:
            before_request()
            self._deadline.restart()

        self._http = httpx.Client(
            timeout=httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
            limits=_CONNECTIONS,
            # A hook of the exchange itself, so that signing in is no gap either.
            event_hooks={"request": [begin]},
            transport=transport,
            verify=_trusted_certificates(),
            # A proxy of the environment has no business between this process and the emulator.
            trust_env=cloud is not Cloud.EMULATOR,
        )
        if transport is None:
            hold_to(self._http, self._deadline)
        self._tokens = TokenSource(credentials, there, self._http)

    def close(self) -> None:
        self._http.close()

    def sign_in(self) -> float:
        """Hold a current token, so that the next request leaves at once; the seconds it took."""
        began = time.monotonic()
        self._tokens.token()
        return time.monotonic() - began

    def roles(self) -> frozenset[str]:
        return self._tokens.roles()

    def address(self, version: str, path: str) -> httpx.URL:
        segments = path.partition("?")[0].split("/")
        if version not in _VERSIONS or "://" in path or not all(segments) or ".." in segments:
            raise ValueError("Graph is asked by version and relative path.")
        return httpx.URL(f"{self._base}/{version}/{path}")

    def pinned(self, link: str) -> httpx.URL:
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

    def ask(
        self,
        method: str,
        url: httpx.URL,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        before_again: Callable[[], None] = at_once,
    ) -> Answer:
        """One request with a current token; raises unless it succeeded.

        Where Graph refuses the token, the request leaves once more with another one;
        `before_again` is called right before it does.
        """
        token = self._tokens.token()
        for is_renewed in (False, True):
            if is_renewed:
                before_again()
            answer, trace = self._once(method, url, token, content=content, headers=headers)
            if answer.is_success:
                return answer
            if answer.status != httpx.codes.UNAUTHORIZED or is_renewed:
                break
            token = self._tokens.renew()
        raise error_of(
            answer.status,
            {name.lower(): text for name, text in answer.headers.items()},
            self._tokens.conceal(answer.body, token),
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
    ) -> tuple[Answer, str]:
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
            answer = self._answer_to(
                self._http.build_request(method, url, content=content, headers=sent)
            )
        except httpx.HTTPError as error:
            reason = self._why_not(error)
            log.warning("graph_unreachable", reason=reason, seconds=_since(started))
            was_sent = not isinstance(error, _NEVER_SENT)
            raise unreachable(reason, client_request_id=trace, was_sent=was_sent) from error
        log.debug(
            "graph_answered",
            status=answer.status,
            request_id=answer.headers.get("request-id", ""),
            seconds=_since(started),
        )
        return answer, trace

    def _answer_to(self, request: httpx.Request) -> Answer:
        response = self._http.send(request, stream=True)
        try:
            content = bytearray()
            for piece in response.iter_bytes():
                content += piece
                if len(content) > LARGEST_ANSWER:
                    raise malformed("it is larger than any answer to this request")
            return Answer(
                status=response.status_code, headers=response.headers, content=bytes(content)
            )
        finally:
            response.close()

    def _why_not(self, error: httpx.HTTPError) -> str:
        if isinstance(error, httpx.TimeoutException) and self._deadline.left <= 0:
            return f"no whole answer in {self._deadline.seconds:g} seconds"
        return type(error).__name__


def object_in(answer: Answer) -> Json:
    """The JSON object of an answer; anything else is an error."""
    body = answer.body
    if not isinstance(body, dict):
        raise malformed("the answer is not a JSON object", status=answer.status)
    return body


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
