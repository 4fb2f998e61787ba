"""What a command says where the database gives no answer: one line, as for every other refusal."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from django.db import DatabaseError


@contextmanager
def errors_in_one_line() -> Iterator[None]:
    """A database that does not answer, or has not its tables, is a refusal and no traceback."""
    try:
        yield
    except DatabaseError as error:
        raise CommandError(one_line(error)) from error


def one_line(error: DatabaseError) -> str:
    said = str(error).strip().partition("\n")[0] or "it gave no reason"
    return f"The database could not be used: {said}. Are its address and its migrations as needed?"
