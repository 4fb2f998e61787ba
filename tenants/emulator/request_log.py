"""What was asked of Graph: one row a request and one a part of a batch, never a body or a token."""

import hashlib
from dataclasses import dataclass

from tenants.emulator.clock import graph_time, now
from tenants.emulator.refusals import Json
from tenants.emulator.state import State

_READING_METHODS = frozenset({"GET", "HEAD"})
_READING_POSTS = ("/$batch", "/getByIds")
_PAGE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedRequest:
    tenant: str | None
    method: str
    path: str
    query: str
    body: bytes
    status: int  # 0 where the connection was closed without an answer
    request_id: str
    client_request_id: str
    batch: bool
    applied: bool


def is_write(method: str, path: str) -> bool:
    return method not in _READING_METHODS and not path.endswith(_READING_POSTS)


def record(state: State, request: LoggedRequest) -> None:
    state.db.execute(
        "INSERT INTO requests (at, tenant, method, path, query, status, bytes, body_sha256,"
        " request_id, client_request_id, authenticated, batch, is_write, applied)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            graph_time(now()),
            request.tenant,
            request.method,
            request.path,
            request.query,
            request.status,
            len(request.body),
            hashlib.sha256(request.body).hexdigest() if request.body else "",
            request.request_id,
            request.client_request_id,
            request.tenant is not None,
            request.batch,
            is_write(request.method, request.path),
            request.applied,
        ),
    )


def requests_since(state: State, *, tenant: str | None, after: int, writes: bool) -> list[Json]:
    rows = state.db.execute(
        "SELECT * FROM requests WHERE seq > ? AND (? IS NULL OR tenant = ?)"
        " AND (NOT ? OR is_write) ORDER BY seq LIMIT ?",
        (after, tenant, tenant, writes, _PAGE),
    )
    flags = ("authenticated", "batch", "is_write", "applied")
    return [{**dict(row), **{flag: bool(row[flag]) for flag in flags}} for row in rows]
