"""What is answered when something fails: a plain sentence, which needs no database to be said."""

import errno
import sys
from dataclasses import dataclass

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.views.defaults import server_error

from restore_safety.api.answers import PREFIX, problem
from tenants.web.caches import CacheUnavailableError

_RETRY_SECONDS = "30"
_UNAVAILABLE = 503


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """What cannot be reached, and what that means for who asked."""

    code: str
    title: str
    sentence: str


DATABASE = Outage(
    code="database_unavailable",
    title="The database does not answer",
    sentence=(
        "Nothing can be shown or changed until it does. Work that was queued is not lost: it goes "
        "on by itself once the database is back. Try again in a moment. If it takes long, tell "
        "whoever runs this installation."
    ),
)
LIMITS = Outage(
    code="limits_unavailable",
    title="Attempts cannot be counted right now",
    sentence=(
        "The store that counts them does not answer. Until it does, no one can sign in or prove "
        "who they are, and nothing can be changed through the API. Who is signed in can go on. "
        "Try again in a moment. If it takes long, tell whoever runs this installation."
    ),
)


DISK = Outage(
    code="disk_full",
    title="There is no room left on the disk",
    sentence=(
        "What was sent could not be kept, so nothing was changed. Tell whoever runs this "
        "installation, and try again when there is room."
    ),
)
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})
# How PostgreSQL and SQLite say the same of the disk that the database lies on.
_DISK_FULL_STATE = "53100"
_DISK_FULL_CODE = "SQLITE_FULL"


def failed(request: HttpRequest) -> HttpResponse:
    """Answer for an error that nothing else answered for."""
    match sys.exception():
        case OperationalError() as error if _has_no_room(error):
            return unavailable(request, DISK)
        case OperationalError() | InterfaceError():
            return unavailable(request, DATABASE)
        case CacheUnavailableError():
            return unavailable(request, LIMITS)
        case OSError(errno=number) if number in _NO_ROOM:
            return unavailable(request, DISK)
        case _:
            return server_error(request)


def _has_no_room(error: OperationalError) -> bool:
    cause = error.__cause__
    state, code = getattr(cause, "sqlstate", None), getattr(cause, "sqlite_errorname", None)
    return state == _DISK_FULL_STATE or code == _DISK_FULL_CODE


def unavailable(request: HttpRequest, outage: Outage) -> HttpResponse:
    """Say what does not answer, in JSON to a script and on a page to a person."""
    headers = {"Retry-After": _RETRY_SECONDS}
    if request.path.startswith(PREFIX):
        said = f"{outage.title}. {outage.sentence}"
        return problem(_UNAVAILABLE, outage.code, said, headers=headers)
    # Without the request: whatever reads who is signed in would ask the database again.
    page = render_to_string("503.html", {"outage": outage})
    return HttpResponse(page, status=_UNAVAILABLE, headers=headers)
