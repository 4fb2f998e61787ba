"""Whether the triggers that refuse changes of the trail stand as the migration set them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module

from django.db import connection

_SET_BY = import_module("tenants.migrations.0002_audit_chain")
_FUNCTION = re.compile(r"CREATE FUNCTION (\w+)\(\).*?\$\$(.*)\$\$", re.DOTALL)
_CALLED = re.compile(r"EXECUTE FUNCTION (\w+)\(\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guards:
    """Which of the triggers are not there or are off, and which do something else."""

    missing: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()


def guards() -> Guards:
    """The triggers of this database, held against the text of the migration that set them."""
    vendor = connection.vendor
    wanted = _wanted_of_sqlite() if vendor == "sqlite" else _wanted_of_postgresql()
    found = _found_in_sqlite() if vendor == "sqlite" else _found_in_postgresql()
    return Guards(
        missing=tuple(sorted(wanted.keys() - found.keys())),
        altered=tuple(
            sorted(name for name in wanted.keys() & found.keys() if wanted[name] != found[name])
        ),
    )


def _wanted_of_sqlite() -> dict[str, str]:
    return {_name_in(statement): _plain(statement) for statement in _SET_BY.SQLITE}


def _found_in_sqlite() -> dict[str, str]:
    stored = _rows("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    return {name: _plain(sql) for name, sql in stored}


def _wanted_of_postgresql() -> dict[str, str]:
    """Each trigger together with the body of the function it calls."""
    bodies = dict(_functions_in(_SET_BY.POSTGRESQL))
    return {
        _name_in(statement): _plain(statement, bodies[called.group(1)])
        for statement in _SET_BY.POSTGRESQL
        if (called := _CALLED.search(statement))
    }


def _found_in_postgresql() -> dict[str, str]:
    stored = _rows(
        "SELECT tgname, pg_get_triggerdef(pg_trigger.oid, true), prosrc "
        "FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
        "WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    )
    return {name: _plain(trigger, body) for name, trigger, body in stored}


def _functions_in(statements: Iterable[str]) -> Iterable[tuple[str, str]]:
    for statement in statements:
        if function := _FUNCTION.search(statement):
            yield function.group(1), function.group(2)


def _name_in(statement: str) -> str:
    return statement.split()[2]


def _plain(*parts: str) -> str:
    """The text without what a database lays out its own way: blanks, and quotes around names."""
    return " ".join(" ".join(parts).replace('"', "").split())


def _rows(query: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())
