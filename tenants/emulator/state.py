"""Everything the emulator remembers, in one SQLite file."""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tenants.emulator.refusals import Json

_TABLES = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS tenants (id TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, tenant TEXT NOT NULL, collection TEXT NOT NULL,
    id TEXT NOT NULL, body TEXT NOT NULL, assignments TEXT NOT NULL, visible_at REAL NOT NULL,
    UNIQUE (tenant, collection, id));
CREATE TABLE IF NOT EXISTS requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, tenant TEXT, method TEXT NOT NULL,
    path TEXT NOT NULL, query TEXT NOT NULL, status INTEGER NOT NULL, bytes INTEGER NOT NULL,
    body_sha256 TEXT NOT NULL, request_id TEXT NOT NULL, client_request_id TEXT NOT NULL,
    authenticated INTEGER NOT NULL, batch INTEGER NOT NULL, is_write INTEGER NOT NULL,
    applied INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS requests_of_tenant ON requests (tenant, is_write, seq);
CREATE TABLE IF NOT EXISTS faults (
    position INTEGER PRIMARY KEY, rule TEXT NOT NULL, seed INTEGER NOT NULL,
    matched INTEGER NOT NULL DEFAULT 0, fired INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS fault_passes (position INTEGER NOT NULL, at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS approval_requests (
    code TEXT PRIMARY KEY, tenant TEXT NOT NULL, method TEXT NOT NULL, target TEXT NOT NULL,
    body_sha256 TEXT NOT NULL, client_id TEXT NOT NULL, policy_type TEXT NOT NULL,
    justification TEXT NOT NULL, status TEXT NOT NULL, answer TEXT NOT NULL DEFAULT '',
    requested_at TEXT NOT NULL, changed_at TEXT NOT NULL, expires_at TEXT NOT NULL);
"""


@dataclass(slots=True, kw_only=True)
class StoredObject:
    id: str
    body: Json
    assignments: list[Json] = field(default_factory=list)
    seq: int = 0
    visible_at: float = 0.0

    @property
    def is_visible(self) -> bool:
        return self.visible_at <= time.time()


class State:
    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.db = sqlite3.connect(path, autocommit=True)
        self.db.row_factory = sqlite3.Row
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.executescript(_TABLES)

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a refusal undoes what its request had begun."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def kept(self, key: str, make: Callable[[], str]) -> str:
        """A value made once, which outlives a restart."""
        row = self.db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        if row is None:
            row = {"value": make()}
            self.db.execute("INSERT INTO meta VALUES (?, ?)", (key, row["value"]))
        value: str = row["value"]
        return value

    def tenant(self, tenant: str) -> Json | None:
        row = self.db.execute("SELECT document FROM tenants WHERE id = ?", (tenant,)).fetchone()
        return _loaded(row["document"]) if row else None

    def save_tenant(self, tenant: str, document: Json) -> None:
        self.db.execute(
            "INSERT INTO tenants VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET document ="
            " excluded.document",
            (tenant, json.dumps(document)),
        )

    def forget_tenant(self, tenant: str) -> None:
        """Removes the tenant and its objects; what was asked of it stays in the request log."""
        self.db.execute("DELETE FROM tenants WHERE id = ?", (tenant,))
        self.db.execute("DELETE FROM objects WHERE tenant = ?", (tenant,))
        self.db.execute("DELETE FROM approval_requests WHERE tenant = ?", (tenant,))

    def objects(
        self, tenant: str, collection: str, *, after: int = 0, limit: int = -1
    ) -> Iterator[StoredObject]:
        rows = self.db.execute(
            "SELECT * FROM objects WHERE tenant = ? AND collection = ? AND seq > ?"
            " ORDER BY seq LIMIT ?",
            (tenant, collection, after, limit),
        )
        return (_stored(row) for row in rows.fetchall())

    def collections(self, tenant: str) -> list[str]:
        rows = self.db.execute(
            "SELECT DISTINCT collection FROM objects WHERE tenant = ? ORDER BY 1", (tenant,)
        )
        return [row["collection"] for row in rows]

    def ids(self, tenant: str, collection: str) -> frozenset[str]:
        rows = self.db.execute(
            "SELECT id FROM objects WHERE tenant = ? AND collection = ?", (tenant, collection)
        )
        return frozenset(row["id"] for row in rows)

    def object(self, tenant: str, collection: str, key: str) -> StoredObject | None:
        row = self.db.execute(
            "SELECT * FROM objects WHERE tenant = ? AND collection = ? AND id = ? COLLATE NOCASE",
            (tenant, collection, key),
        ).fetchone()
        return _stored(row) if row else None

    def holds_any(self, tenant: str, collection: str) -> bool:
        row = self.db.execute(
            "SELECT 1 FROM objects WHERE tenant = ? AND collection = ? LIMIT 1",
            (tenant, collection),
        ).fetchone()
        return row is not None

    def save_object(self, tenant: str, collection: str, stored: StoredObject) -> None:
        self.db.execute(
            "INSERT INTO objects (tenant, collection, id, body, assignments, visible_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (tenant, collection, id) DO UPDATE SET"
            " body = excluded.body, assignments = excluded.assignments,"
            " visible_at = excluded.visible_at",
            (
                tenant,
                collection,
                stored.id,
                json.dumps(stored.body),
                json.dumps(stored.assignments),
                stored.visible_at,
            ),
        )

    def remove_object(self, tenant: str, collection: str, key: str) -> bool:
        done = self.db.execute(
            "DELETE FROM objects WHERE tenant = ? AND collection = ? AND id = ?",
            (tenant, collection, key),
        )
        return done.rowcount > 0


def _loaded(text: str) -> Json:
    document: Json = json.loads(text)
    return document


def _stored(row: sqlite3.Row) -> StoredObject:
    assignments: list[Any] = json.loads(row["assignments"])
    return StoredObject(
        id=row["id"],
        body=_loaded(row["body"]),
        assignments=assignments,
        seq=row["seq"],
        visible_at=row["visible_at"],
    )
