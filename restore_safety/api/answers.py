"""The one shape of an error, and the frame of every answer of the API."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import Field, Schema

PREFIX = "/api/"
_JSON = "application/json"

# What is answered where no service has words of its own.
SENTENCES = {
    400: ("malformed", "The request cannot be read. Send well-formed JSON, or a form with a file."),
    401: (
        "not_authenticated",
        "Send a valid API token: Authorization: Bearer, and then the token.",
    ),
    403: ("forbidden", "You may not do this."),
    404: ("not_found", "There is no such thing, or it is not open to you."),
    405: ("method_not_allowed", "The address does not take this method."),
    413: ("too_large", "The request is larger than is taken."),
    429: ("too_many_requests", "Too many requests. Wait as long as Retry-After says."),
    503: ("unavailable", "Something this needs does not answer right now. Try again later."),
    500: ("failed", "Something went wrong here. The request id helps to find out what."),
}


class FieldProblem(Schema):
    """What is wrong with one part of the request."""

    place: str = Field(description="Where it is: body.label, query.limit, or what is missing.")
    sentence: str


class Problem(Schema):
    """Every error of the API looks like this."""

    code: str = Field(description="Stable; what a script decides by.")
    sentence: str = Field(description="For people; may change.")
    errors: list[FieldProblem] = Field(default_factory=list, description="Part by part.")

    model_config = {
        "json_schema_extra": {
            "examples": [{"code": "not_found", "sentence": SENTENCES[404][1], "errors": []}]
        }
    }


def problem(
    status: int,
    code: str = "",
    sentence: str = "",
    errors: Iterable[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """An error; without words of its own it has those of its status."""
    usual_code, usual_sentence = SENTENCES.get(status, SENTENCES[500])
    body = {
        "code": code or usual_code,
        "sentence": sentence or usual_sentence,
        "errors": list(errors),
    }
    return JsonResponse(body, status=status, headers=dict(headers or {}))


class ApiAnswerMiddleware:
    """Keeps answers of the API out of caches, and gives errors from below the API their shape.

    An address that leads nowhere, a NUL in it, a method it does not take: Django answers those
    with pages, which no script reads.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not request.path.startswith(PREFIX):
            return response
        is_ours = response.headers.get("Content-Type", "").startswith(_JSON)
        if response.status_code >= 400 and not is_ours:  # noqa: PLR2004 -- where errors begin
            kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
            response = problem(response.status_code, headers=kept)
        response.headers["Cache-Control"] = "no-store"
        return response


_KEPT = ("Allow", "X-Request-ID", "Retry-After", "WWW-Authenticate")


def dumped(document: Any) -> str:
    """A JSON document as it is kept in a file."""
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
