"""No refused write goes unrecorded: what a service did not write down itself is written here."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from tenants.audit import trail
from tenants.models import AuditOutcome, User
from tenants.web.caches import CacheUnavailableError
from tenants.web.http import GetResponse, client_address
from tenants.web.request_origin import request_origin

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_REFUSED = frozenset({403, 404})
_PATH_LENGTH = 200
# Of one person, or of one address: a flood of refusals must not become a flood of events.
_MOST = 30
_WINDOW = 300


class RefusalMiddleware:
    """Records a write that was answered 403 or 404, where nothing more specific is on record.

    What one may not know of and what is not there are answered 404 alike, and recorded alike.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with trail.watching_refusals() as refusals:
            response = self.get_response(request)
        is_refused_write = response.status_code in _REFUSED and request.method not in _SAFE_METHODS
        if is_refused_write and not refusals:
            _record(request)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> None:
        """From here on what is refused names what was asked for."""
        origin = request_origin.get()
        request_origin.set(replace(origin, page=page_of(request, kwargs)))


def page_of(request: HttpRequest, kwargs: dict[str, Any]) -> str:
    """Method and path, with the names in it left out: they may be of what the reader must not know.

    Numbers and UUIDs mean nothing to readers who do not know what they stand for.
    """
    names = {str(value) for value in kwargs.values() if not _is_a_key(value)}
    parts = ("…" if part in names else part for part in request.path.split("/"))
    return f"{request.method} {'/'.join(parts)[:_PATH_LENGTH]}"


def _is_a_key(value: object) -> bool:
    if isinstance(value, UUID) or str(value).isdecimal():
        return True
    try:
        UUID(str(value))
    except ValueError:
        return False
    return True


def _record(request: HttpRequest) -> None:
    person = request.user if isinstance(request.user, User) else None
    count = _counted(f"user:{person.pk}" if person else client_address(request))
    if count > _MOST:
        return
    page = request_origin.get().page
    trail.record(
        action="request.refused",
        actor=person,
        tenant=None,
        outcome=AuditOutcome.DENIED,
        detail={
            "method": request.method,
            "path": request.path[:_PATH_LENGTH],
            **({"page": page} if page else {}),
            # Whoever is shown the hash and not the path must not find the path by trying.
            "salt": secrets.token_hex(16),
            **({"more_not_recorded": True} if count == _MOST else {}),
        },
    )


def _counted(source: str) -> int:
    """The how many-th refusal of the source this is within a few minutes."""
    key = f"refused:{source}"
    try:
        if cache.add(key, 1, timeout=_WINDOW):
            return 1
        if cache.get(key, 0) >= _MOST:
            return _MOST + 1
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two
        return 1
    except CacheUnavailableError:  # rather too many events than a refusal without one
        return 1
