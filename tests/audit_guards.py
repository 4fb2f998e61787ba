"""The database without the trail's guards: what its owner could make of what is stored."""

from contextlib import contextmanager

from django.db import connection
from django.db.models import QuerySet

_TABLES = ("tenants_auditevent", "tenants_auditchain")


@contextmanager
def guards_lifted(database):
    """Inside, the trail's rows can be changed and removed; afterwards the guards stand again."""
    lift = _lifted_sqlite if database.vendor == "sqlite" else _lifted_postgresql
    with lift(database):
        yield


@contextmanager
def _lifted_sqlite(database):
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN (%s, %s)",
            _TABLES,
        )
        guards = cursor.fetchall()
        for name, _ in guards:
            cursor.execute(f"DROP TRIGGER {name}")
    yield
    with database.cursor() as cursor:
        for _, sql in guards:
            cursor.execute(sql)


@contextmanager
def _lifted_postgresql(database):
    def switch(word):
        with database.cursor() as cursor:
            # A table is not altered while checks of its keys wait for the end.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in _TABLES:
                cursor.execute(f"ALTER TABLE {table} {word} TRIGGER USER")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")

    switch("DISABLE")
    yield
    switch("ENABLE")


def edit(rows, **changes):
    """Change stored rows as the database's owner could."""
    with guards_lifted(connection):
        QuerySet.update(rows, **changes)


def remove(rows):
    """Remove stored rows as the database's owner could."""
    with guards_lifted(connection):
        rows._raw_delete(connection.alias)  # noqa: SLF001 -- past what refuses it
