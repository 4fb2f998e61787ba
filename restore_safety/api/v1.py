"""Version 1 of the API: its operations, its errors, its addresses."""

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import (
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    TooManyFieldsSent,
)
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from operations.lifecycle import RunNotCancellableError
from restore_safety.api import (
    access,
    approvals,
    audit,
    backups,
    directory,
    drafts,
    evidence,
    operations,
    queueing,
    restores,
    scope,
    tenants,
)
from restore_safety.api.answers import problem
from restore_safety.api.auth import ApiToken
from restore_safety.api.document import DocumentedApi
from restore_safety.api.scope import ScopeOvertakenError
from restore_safety.api.shapes import InvalidChoiceError
from restore_safety.backups.deleting import BackupGoneError
from restore_safety.backups.sources import ImportRefusedError, UploadTooLargeError
from restore_safety.drafts.capture_records import EmptyScopeError
from restore_safety.drafts.service import DraftDiscardedError, DraftSubmittedError
from restore_safety.execution.gate import RestoreRefusedError
from restore_safety.restores.receipts.issuing import ReceiptRefusedError
from restore_safety.restores.records import RecordRefusedError
from tenants.access.service import AccessDeniedError, ScopeDeniedError

_ABOUT = (
    "What scripts read and do in a person's name. A token acts as its person, within its scopes: "
    "what it may do is what both allow. A restore passes the same evidence, confirmation and "
    "gates as in the browser."
)

api = DocumentedApi(
    title="Restore Safety",
    version="1",
    description=_ABOUT,
    docs_url=None,
    openapi_url="/openapi.json",
    auth=ApiToken(),
    urls_namespace="api",
)
for _part in (
    tenants,
    access,
    directory,
    backups,
    drafts,
    scope,
    evidence,
    queueing,
    approvals,
    restores,
    operations,
    audit,
):
    api.add_router("", _part.router)


def _open_to_tokens(
    patterns: list[URLPattern | URLResolver],
) -> list[URLPattern | URLResolver]:
    """Spare the operations the way to the sign-in page: they ask for a token themselves."""
    for pattern in patterns:
        if isinstance(pattern, URLPattern):
            pattern.callback = login_not_required(pattern.callback)
    # Ninja's own page at the root says nothing; an address that leads nowhere is a 404.
    return [one for one in patterns if getattr(one, "name", "") != "api-root"]


def answered[E: Exception](
    *kinds: type[E],
) -> Callable[[Callable[[E], HttpResponse]], Callable[[E], HttpResponse]]:
    """Answer these errors, whichever operation they end."""

    def register(answer: Callable[[E], HttpResponse]) -> Callable[[E], HttpResponse]:
        def handle(request: HttpRequest, error: Any) -> HttpResponse:
            return answer(error)

        for kind in kinds:
            api.add_exception_handler(kind, handle)
        return answer

    return register


@answered(AuthenticationError)
def _not_authenticated(error: AuthenticationError) -> HttpResponse:
    return problem(401, headers={"WWW-Authenticate": "Bearer"})


@answered(Throttled)
def _throttled(error: Throttled) -> HttpResponse:
    return problem(429, headers={"Retry-After": str(error.wait or 1)})


@answered(HttpError)
def _unreadable(error: HttpError) -> HttpResponse:
    return problem(error.status_code)


@answered(ValidationError)
def _invalid(error: ValidationError) -> HttpResponse:
    """What was sent is not said back: it may hold what must not be in a log."""
    return problem(
        422,
        "invalid",
        "The request is not what is asked for here.",
        [{"place": _place(one["loc"]), "sentence": one["msg"]} for one in error.errors],
    )


def _place(within: Sequence[str | int]) -> str:
    """Where in the request it is: a body is one, whether it was sent as JSON or as a form."""
    match within:
        case ["body", "body", *parts] | ["form" | "file", *parts]:
            return ".".join(map(str, ["body", *parts]))
        case _:
            return ".".join(map(str, within))


@answered(InvalidChoiceError)
def _not_a_choice(error: InvalidChoiceError) -> HttpResponse:
    return problem(422, "invalid", "The request is not what is asked for here.", error.errors)


@answered(Http404)
def _not_found(error: Http404) -> HttpResponse:
    return problem(404)


@answered(PermissionDenied)
def _forbidden(error: PermissionDenied) -> HttpResponse:
    return problem(403)


@answered(AccessDeniedError)
def _capability_missing(error: AccessDeniedError) -> HttpResponse:
    lacking = {"place": "capability", "sentence": error.capability.value}
    return problem(403, "capability_missing", str(error), [lacking])


@answered(ScopeDeniedError)
def _scope_missing(error: ScopeDeniedError) -> HttpResponse:
    lacking = {"place": "scope", "sentence": error.scope.value}
    return problem(403, "scope_missing", str(error), [lacking])


@answered(RestoreRefusedError)
def _restore_refused(error: RestoreRefusedError) -> HttpResponse:
    return problem(409, error.refusal.value, error.sentence)


@answered(RecordRefusedError)
def _record_refused(error: RecordRefusedError) -> HttpResponse:
    return problem(409, "record_refused", str(error))


@answered(DraftSubmittedError)
def _submitted(error: DraftSubmittedError) -> HttpResponse:
    return problem(
        409, "draft_submitted", "This draft was queued as a restore and no longer changes."
    )


@answered(DraftDiscardedError)
def _discarded(error: DraftDiscardedError) -> HttpResponse:
    return problem(404)


@answered(BackupGoneError)
def _backup_gone(error: BackupGoneError) -> HttpResponse:
    return problem(409, "backup_gone", str(error))


@answered(EmptyScopeError)
def _empty(error: EmptyScopeError) -> HttpResponse:
    return problem(409, "scope_empty", "Nothing is in scope. Select at least one policy first.")


@answered(ScopeOvertakenError)
def _overtaken(error: ScopeOvertakenError) -> HttpResponse:
    return problem(
        409,
        "scope_changed",
        "The scope is another one by now than you have seen. Read it, then decide again.",
    )


@answered(ReceiptRefusedError)
def _no_receipt(error: ReceiptRefusedError) -> HttpResponse:
    return problem(409, "no_receipt", str(error))


@answered(RunNotCancellableError)
def _ended(error: RunNotCancellableError) -> HttpResponse:
    return problem(
        409, "already_ended", "The run has already ended, so there is nothing to cancel."
    )


@answered(UploadTooLargeError)
def _upload_too_large(error: UploadTooLargeError) -> HttpResponse:
    return problem(413, "too_large", str(error))


@answered(ImportRefusedError)
def _import_refused(error: ImportRefusedError) -> HttpResponse:
    refused = {"place": "body.file", "sentence": str(error)}
    return problem(422, "import_refused", str(error), [refused])


@answered(RequestDataTooBig)
def _too_big(error: RequestDataTooBig) -> HttpResponse:
    return problem(413)


@answered(SuspiciousOperation, TooManyFieldsSent)
def _suspicious(error: SuspiciousOperation) -> HttpResponse:
    return problem(400)


_patterns, _app, _namespace = api.urls
urls = (_open_to_tokens(_patterns), _app, _namespace)
