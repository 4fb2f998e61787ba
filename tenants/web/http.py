"""The typed request, and what every request carries."""

from collections.abc import Callable, Iterator
from ipaddress import ip_address
from uuid import uuid4
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django_htmx.http import HttpResponseClientRefresh
from django_htmx.middleware import HtmxDetails

from tenants.models import User
from tenants.printable import printable
from tenants.web.request_origin import RequestOrigin, request_origin

NUL = "\x00"
_HTML = "text/html"

type GetResponse = Callable[[HttpRequest], HttpResponse]


class PersonRequest(HttpRequest):
    """A request of a known person, by whichever way they showed it."""

    user: User


class AuthedRequest(PersonRequest):
    """A request as views get it: signed in, and with HTMX's headers read."""

    htmx: HtmxDetails


class NulMiddleware:
    """Refuses an address with a NUL in it, which no name here has and no database column takes.

    What is posted is for the forms to refuse.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if any(NUL in part for part in _address_of(request)):
            raise BadRequest("The address holds a NUL.")
        return self.get_response(request)


class RequestIdMiddleware:
    """Gives each request an id: in its logs, its audit events and its answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Always a new one: an id a client could choose would let it blur the audit trail.
        origin = RequestOrigin(request_id=uuid4().hex, address=client_address(request))
        token = request_origin.set(origin)
        try:
            with structlog.contextvars.bound_contextvars(request_id=origin.request_id):
                response = self.get_response(request)
        finally:
            request_origin.reset(token)
            # An API token names itself in the log; the next request of this thread is another's.
            structlog.contextvars.unbind_contextvars("token")
        response.headers["X-Request-ID"] = origin.request_id
        return response


class SignInMiddleware(LoginRequiredMiddleware):
    """Sends who is not signed in to sign in, and the whole page of what only asks for a part.

    What polls would follow the redirect and put the sign-in form where the part was.
    """

    def handle_no_permission(  # type: ignore[override]  # Django takes any answer, not redirects alone
        self, request: HttpRequest, view_func: Callable[..., HttpResponseBase]
    ) -> HttpResponse:
        if request.headers.get("HX-Request") == "true":
            return HttpResponseClientRefresh()
        return super().handle_no_permission(request, view_func)


class FreshMiddleware:
    """Keeps no answer anywhere: who goes back to a page sees what is true by then.

    A browser's copy of the confirm step would go on saying "Ready" after the scope moved.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class LegibleMiddleware:
    """Shows every character of a page: none hides, and none turns around what stands beside it.

    Names come from tenants, files and people; whichever template prints one, no one reads it as
    another. Files that are downloaded keep them exactly.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.streaming and response.headers.get("Content-Type", "").startswith(_HTML):
            response.content = printable(response.text)
        return response


class TimeZoneMiddleware:
    """Shows times in the zone of whoever reads."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(_zone_of(request)):
            return self.get_response(request)


def client_address(request: HttpRequest) -> str:
    """The address the request came from, or "" where none is known.

    `X-Forwarded-For` counts only as far from the right as there are proxies of our own: the
    rest is what a client claims.
    """
    proxies: int = getattr(settings, "TRUSTED_PROXIES", 0)
    address = request.META.get("REMOTE_ADDR", "")
    if proxies:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",")]
        address = hops[-proxies] if len(hops) >= proxies else hops[0]
    try:
        return str(ip_address(address))
    except ValueError:
        return ""


def _address_of(request: HttpRequest) -> Iterator[str]:
    """The path, and what the query and the cookies say once they are decoded."""
    yield request.path
    for name, values in request.GET.lists():
        yield name
        yield from values
    yield from request.COOKIES.values()


def _zone_of(request: HttpRequest) -> ZoneInfo | None:
    if not request.user.is_authenticated:
        return None
    try:
        return ZoneInfo(request.user.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None
