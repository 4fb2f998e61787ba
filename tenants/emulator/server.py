"""The HTTP side of the emulator: routes, the closing of connections, and the process."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from tenants.emulator import login
from tenants.emulator.administration import control_routes
from tenants.emulator.certificate import CertificateFiles, certificate_beside
from tenants.emulator.gateway import Gateway
from tenants.emulator.paths import Answer, Call, options_of
from tenants.emulator.refusals import Json
from tenants.emulator.state import State

_TRANSPORT = "emulator.transport"
_ALL_METHODS = ["GET", "POST", "PATCH", "PUT", "DELETE"]
_MAX_BODY = 32 * 1024 * 1024

type _Message = MutableMapping[str, Any]


class DroppingProtocol(H11Protocol):
    """Hands the transport to the application, which must be able to hang up without a word."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        inner = self.app

        async def app(
            scope: Any,
            receive: Callable[[], Awaitable[_Message]],
            send: Callable[[_Message], Awaitable[None]],
        ) -> None:
            await inner({**scope, _TRANSPORT: transport}, receive, send)

        self.app = app


class _HangUp(Response):
    """Closes the connection where an answer would have been."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_TRANSPORT].close()
        message = await receive()
        while message["type"] != "http.disconnect":
            message = await receive()


def application(state: State) -> Starlette:
    gateway = Gateway(state)

    async def graph(request: Request) -> Response:
        body = await request.body()
        if len(body) > _MAX_BODY:
            return Response(status_code=413)
        return _response(await gateway.serve(_call(request, body)))

    async def token(request: Request) -> Response:
        tenant, body = request.path_params["tenant"], await request.body()
        return _login(lambda: login.issue_token(state, tenant, login.read_form(body)))

    async def discovery(request: Request) -> Response:
        tenant = request.path_params["tenant"]
        return _login(lambda: login.discovery(state, tenant, _base(request)))

    async def keys(request: Request) -> Response:
        return _login(lambda: login.published_keys(state, request.path_params["tenant"]))

    return Starlette(
        routes=[
            *control_routes(state),
            Route("/{tenant}/oauth2/v2.0/token", token, methods=["POST"]),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", discovery, methods=["GET"]),
            Route("/{tenant}/discovery/v2.0/keys", keys, methods=["GET"]),
            Route("/{version:str}/{path:path}", graph, methods=_ALL_METHODS),
        ],
        exception_handlers={ClientDisconnect: _gone},
    )


async def _gone(request: Request, error: Exception) -> Response:
    """Who dies while sending a request is owed no answer."""
    return _HangUp()


def serve(*, host: str, port: int, state_file: Path, tls: bool = False) -> None:
    """Runs until a signal asks it to end; says where it listens once it does."""
    state = State(state_file)
    files = certificate_beside(state_file) if tls else None
    config = uvicorn.Config(
        application(state),
        http=DroppingProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ssl_certfile=files.server if files else None,
        # A client that keeps its connection idle would not say goodbye to TLS for half a minute.
        timeout_graceful_shutdown=1 if files else None,
    )
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    # uvicorn raises the signal again after its orderly end; by default that would kill.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    try:
        asyncio.run(_Announcing(config, files).serve([_listener(host, port)]))
    except KeyboardInterrupt:
        return
    finally:
        state.close()


def _listener(host: str, port: int) -> socket.socket:
    # asyncio turns Nagle's delay off only where the socket names its protocol.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, files: CertificateFiles | None) -> None:
        super().__init__(config)
        self._files = files

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        scheme = "https" if self._files else "http"
        for listener in sockets or ():
            host, port = listener.getsockname()[:2]
            print(f"listening on {scheme}://{host}:{port}", flush=True)  # noqa: T201 -- the handshake
        if self._files:
            print(f"certificate {self._files.authority}", flush=True)  # noqa: T201 -- likewise


def _login(answer: Callable[[], Json]) -> Response:
    try:
        return JSONResponse(answer(), headers={"Cache-Control": "no-store"})
    except login.LoginError as error:
        return JSONResponse(error.body(), status_code=error.status)


def _base(request: Request) -> str:
    """The address the client used: adapters that rewrite a host name say so in these headers."""
    scheme = request.headers.get("x-forwarded-proto", request.url.scheme)
    host = request.headers.get("x-forwarded-host") or request.headers.get("host", "localhost")
    return f"{scheme}://{host}"


def _call(request: Request, body: bytes) -> Call:
    raw = request.scope["raw_path"].decode("ascii").lstrip("/")
    version, _, path = raw.partition("/")
    return Call(
        method=request.method,
        version=version,
        path=unquote(path).strip("/"),
        options=options_of(request.url.query),
        headers={key.lower(): value for key, value in request.headers.items()},
        body=body,
        base=_base(request),
    )


def _response(answer: Answer) -> Response:
    if answer.dropped:
        return _HangUp()
    if answer.body is None:
        return Response(status_code=answer.status, headers=answer.headers)
    if answer.content_type == "text/plain":
        return Response(
            str(answer.body), answer.status, headers=answer.headers, media_type="text/plain"
        )
    return JSONResponse(answer.body, status_code=answer.status, headers=answer.headers)
