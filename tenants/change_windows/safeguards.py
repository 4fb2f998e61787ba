"""Lowering what guards a tenant: what that opens, and the name that is typed to do it."""

from collections.abc import Callable, Iterable
from datetime import datetime

from tenants.models import Tenant

type Waiting = Callable[[Tenant, datetime], Iterable[str]]

_WAITING: list[Waiting] = []


class NameNotTypedError(Exception):
    """What opens a tenant for writes is done by typing its name."""


def register(waiting: Waiting) -> None:
    """Ask this function too what waits behind the safeguards of a tenant, in sentences."""
    if waiting not in _WAITING:
        _WAITING.append(waiting)


def waiting_behind(tenant: Tenant, *, now: datetime) -> tuple[str, ...]:
    """What the other apps say would be let through sooner, each in one sentence."""
    return tuple(sentence for waiting in _WAITING for sentence in waiting(tenant, now))


def confirm_named(tenant: Tenant, typed: str) -> None:
    """Raise NameNotTypedError unless the tenant's name was typed as it is written."""
    if typed.strip() != tenant.name:
        raise NameNotTypedError(f"Type the tenant's name exactly as it is written: {tenant.name}")
