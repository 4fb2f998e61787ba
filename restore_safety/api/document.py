"""The API as one OpenAPI document, complete: errors, headers, examples, scopes."""

from typing import Any

from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema

_HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {
        "description": "Names this request in the logs and in the audit trail.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
    },
    "Cache-Control": {"required": True, "schema": {"type": "string", "const": "no-store"}},
    "WWW-Authenticate": {"required": True, "schema": {"type": "string", "const": "Bearer"}},
    "Retry-After": {
        "description": "How long to wait, in seconds.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
}
_ALWAYS = ("X-Request-ID", "Cache-Control")
_HEADERS_OF = {401: ("WWW-Authenticate",), 429: ("Retry-After",), 503: ("Retry-After",)}
ERRORS = {
    400: "The request cannot be read.",
    401: "No token, or one that opens nothing: which of the two is not said.",
    403: "The token's scopes, or the person's role, do not include this; `errors` names which.",
    404: "There is no such thing, or it is not open to the token.",
    409: "Refused as things stand; `code` says which condition failed. Nothing was changed.",
    413: "Larger than is taken.",
    422: "Well-formed, but not what is asked for; `errors` says what, part by part.",
    429: "The token called too often.",
    503: "The database, or the store that counts calls, does not answer. Nothing was changed.",
}


class NameTakenError(Exception):
    """Two different shapes of one name: one would replace the other in the document."""


class Document(OpenAPISchema):
    """What is the same everywhere, errors and headers, is written once."""

    def add_schema_definitions(self, definitions: dict[str, Any]) -> None:
        for name, shape in definitions.items():
            if self.schemas.get(name, shape) != shape:
                raise NameTakenError(name)
        super().add_schema_definitions(definitions)

    def operation_parameters(self, operation: Any) -> list[dict[str, Any]]:
        parameters = super().operation_parameters(operation)
        for parameter in parameters:
            parameter["schema"] = _said_or_left_out(parameter["schema"])
        return parameters

    def responses(self, operation: Any) -> dict[int, Any]:
        answers: dict[int, Any] = {}
        for status, answer in super().responses(operation).items():
            is_error = status in ERRORS
            answers[status] = _to("responses", str(status)) if is_error else _headed(answer)
        return dict(sorted(answers.items()))

    def get_components(self) -> dict[str, Any]:
        problem = {"application/json": {"schema": _to("schemas", "Problem")}}
        return super().get_components() | {
            "headers": _HEADERS,
            "responses": {
                str(status): _headed({"description": said, "content": problem}, status)
                for status, said in ERRORS.items()
            },
        }


def _headed(answer: dict[str, Any], status: int = 200) -> dict[str, Any]:
    names = (*_ALWAYS, *_HEADERS_OF.get(status, ()))
    return answer | {"headers": {name: _to("headers", name) for name in names}}


def _to(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}


def _said_or_left_out(schema: dict[str, Any]) -> dict[str, Any]:
    """An address says a choice or leaves it out; it cannot say that it is none."""
    match schema.get("anyOf"):
        case [said, {"type": "null"}]:
            rest = {name: value for name, value in schema.items() if name != "anyOf"}
            return {**rest, **said}
        case _:
            return schema


class DocumentedApi(NinjaAPI):
    def get_openapi_schema(self, **kwargs: Any) -> OpenAPISchema:
        prefix: str | None = kwargs.get("path_prefix")
        return Document(self, "api/v1/" if prefix is None else prefix.lstrip("/"))
