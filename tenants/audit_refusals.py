"""No refused write goes unrecorded: what a service did not write down itself is written here."""

from django.http import HttpRequest, HttpResponse

from tenants import audit
from tenants.http import GetResponse
from tenants.models import AuditOutcome, User

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_FORBIDDEN = 403
_PATH_LENGTH = 200


class RefusalMiddleware:
    """Records a write that was answered 403, where nothing more telling of it is on record."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with audit.watching_refusals() as refusals:
            response = self.get_response(request)
        is_refused_write = (
            response.status_code == _FORBIDDEN and request.method not in _SAFE_METHODS
        )
        if is_refused_write and not refusals:
            audit.record(
                action="request.refused",
                actor=request.user if isinstance(request.user, User) else None,
                tenant=None,
                outcome=AuditOutcome.DENIED,
                detail={"method": request.method, "path": request.path[:_PATH_LENGTH]},
            )
        return response
