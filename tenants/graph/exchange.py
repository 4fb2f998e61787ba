"""One request to Graph and its answer: the address, the token, and what is said of it."""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import structlog

from tenants.graph.answers import error_of, malformed, unreachable
from tenants.graph.auth import Credentials, TokenSource
from tenants.graph.clouds import Cloud, endpoints
from tenants.graph.payloads import Json

logger = structlog.stdlib.get_logger(__name__)

_VERSIONS = frozenset({"beta", "v1.0"})
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# A host that does not even take the connection is not going to: with the wait for its answer this
# stays within what a worker may be silent for.
CONNECT_SECONDS = 10.0
_CONNECTIONS = httpx.Limits(max_connections=10, max_keepalive_connections=5)


def at_once() -> None:
    """Before a request of somebody who holds nothing meanwhile."""


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
        self._http = httpx.Client(
            timeout=httpx.Timeout(seconds, connect=min(seconds, CONNECT_SECONDS)),
            limits=_CONNECTIONS,
            # A hook of the exchange itself, so that signing in is no gap either.
            event_hooks={"request": [lambda _: before_request()]},
            transport=transport,
            # A proxy of the environment has no business between this process and the emulator.
            trust_env=cloud is not Cloud.EMULATOR,
        )
        self._tokens = TokenSource(credentials, there, self._http)

    def close(self) -> None:
        self._http.close()

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
            self._tokens.conceal(json_in(response), token),
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


def object_in(response: httpx.Response) -> Json:
    """The JSON object of an answer; anything else is an error."""
    body = json_in(response)
    if not isinstance(body, dict):
        raise malformed("the answer is not a JSON object", status=response.status_code)
    return body


def json_in(response: httpx.Response) -> Any:
    """What an answer holds, None where that is no JSON."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _port(url: httpx.URL) -> int:
    return url.port or (443 if url.scheme == "https" else 80)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
