"""Too many attempts: the page that says so, and the one event a minute that records it."""

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tenants.audit import trail
from tenants.audit.sign_ins import subject_tried
from tenants.models import AuditOutcome, User
from tenants.web.caches import CacheUnavailableError
from tenants.web.http import client_address

# A flood of attempts must not become a flood of events.
_SECONDS_BETWEEN_EVENTS = 60
_TOO_MANY = 429


def too_many_attempts(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The page for who tried too often; nothing was looked at, right or wrong."""
    _record(request)
    response = render(request, "429.html", status=_TOO_MANY)
    response.headers["Retry-After"] = str(_SECONDS_BETWEEN_EVENTS)
    return response


def _record(request: HttpRequest) -> None:
    actor = request.user if isinstance(request.user, User) else None
    source = f"user:{actor.pk}" if actor else client_address(request)
    if not _is_first(f"rate-limited:{source}"):
        return
    trail.record(
        action="sign_in.rate_limited",
        actor=actor,
        tenant=None,
        # The name that is tried, where a person has it: their workspaces' owners have to know.
        subject="" if actor else subject_tried(request.POST.get("username", "")),
        outcome=AuditOutcome.DENIED,
        detail={"path": request.path},
    )


def _is_first(key: str) -> bool:
    """Whether nothing of the kind was recorded within the minute, as far as is known."""
    try:
        return bool(cache.add(key, "recorded", timeout=_SECONDS_BETWEEN_EVENTS))
    except CacheUnavailableError:
        return True
