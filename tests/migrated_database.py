"""The tests' SQLite database: migrated once, then copied until a migration or a model changes."""

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from django.db.backends.sqlite3.creation import DatabaseCreation

ROOT = Path(__file__).resolve().parents[1]
_MADE_FROM = ("requirements*.lock", "*/migrations/*.py", "*/models.py", "*/models/*.py")


def template():
    """Where the migrated database is kept, by the digest of all that it is made from."""
    digest = hashlib.sha256(sqlite3.sqlite_version.encode())
    for file in sorted(file for pattern in _MADE_FROM for file in ROOT.glob(pattern)):
        digest.update(file.read_bytes())
    return ROOT / ".pytest_cache" / f"database-{digest.hexdigest()[:16]}.sqlite3"


class Copied(DatabaseCreation):
    """New test databases begin as a copy of the template, so that nothing is left to migrate."""

    def _create_test_db(self, *args, **options):
        name = super()._create_test_db(*args, **options)
        self.connection.close()
        self.connection.settings_dict["NAME"] = name
        self.connection.ensure_connection()
        with closing(sqlite3.connect(template())) as source:
            source.backup(self.connection.connection)
        return name


def keep(connection):
    """Keep a copy of the database as the template, in place of earlier ones."""
    file = template()
    file.parent.mkdir(exist_ok=True)
    unfinished = file.with_suffix(f".{os.getpid()}")
    connection.ensure_connection()
    with closing(sqlite3.connect(unfinished)) as target:
        connection.connection.backup(target)
    unfinished.rename(file)
    for earlier in file.parent.glob("database-*.sqlite3"):
        if earlier != file:
            earlier.unlink(missing_ok=True)
