"""A whole exchange ends in time: a socket's own timeout is over one byte, however many follow."""

import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import httpx

# What a long body is sent in, so that the time is looked at in between.
_PIECE = 65_536


class Deadline:
    """The moment at which the exchange under way has to be over."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self._clock = clock
        self._at = clock() + seconds

    def restart(self) -> None:
        """Another exchange begins."""
        self._at = self._clock() + self.seconds

    @property
    def left(self) -> float:
        return self._at - self._clock()


def hold_to(client: httpx.Client, deadline: Deadline) -> None:
    """Read and write all sockets of the client against the deadline.

    Those of its proxies too. httpx has no door for it but the pools it makes: an httpx that keeps
    them elsewhere fails here, before anything is sent.
    """
    for transport in (client._transport, *client._mounts.values()):  # noqa: SLF001 -- see above
        if transport is not None:
            pool: Any = transport._pool  # type: ignore[attr-defined] # noqa: SLF001 -- likewise
            pool._network_backend = _TimedBackend(pool._network_backend, deadline)  # noqa: SLF001


class _TimedBackend(httpcore.NetworkBackend):
    def __init__(self, backend: httpcore.NetworkBackend, deadline: Deadline) -> None:
        self._backend = backend
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._backend.connect_tcp(
            host,
            port,
            timeout=_within(self._deadline, timeout, httpcore.ConnectTimeout),
            local_address=local_address,
            socket_options=socket_options,
        )
        return _TimedStream(stream, self._deadline)


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        seconds = _within(self._deadline, timeout, httpcore.ReadTimeout)
        return self._stream.read(max_bytes, timeout=seconds)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            seconds = _within(self._deadline, timeout, httpcore.WriteTimeout)
            self._stream.write(buffer[start : start + _PIECE], timeout=seconds)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(
            ssl_context,
            server_hostname=server_hostname,
            timeout=_within(self._deadline, timeout, httpcore.ConnectTimeout),
        )
        return _TimedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _within(
    deadline: Deadline, timeout: float | None, error: type[httpcore.TimeoutException]
) -> float:
    left = deadline.left
    if left <= 0:
        raise error
    return left if timeout is None else min(timeout, left)
