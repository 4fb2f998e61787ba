"""What Graph answers when it refuses, in the shapes its front door and its services use."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

type Json = dict[str, Any]

_PHRASES: dict[int, str] = {
    HTTPStatus.TOO_MANY_REQUESTS: "TooManyRequests",
    HTTPStatus.SERVICE_UNAVAILABLE: "ServiceUnavailable",
    HTTPStatus.GATEWAY_TIMEOUT: "UnknownError",
    HTTPStatus.FORBIDDEN: "Forbidden",
    HTTPStatus.UNAUTHORIZED: "InvalidAuthenticationToken",
    HTTPStatus.CONFLICT: "Conflict",
    HTTPStatus.NOT_FOUND: "ResourceNotFound",
}


class RefusedError(Exception):
    """A request Graph does not carry out. `wrapped` marks texts that come from Intune itself."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        wrapped: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.wrapped = wrapped
        self.headers = dict(headers or {})


def default_code(status: int) -> str:
    fallback = "InternalServerError" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "BadRequest"
    return _PHRASES.get(status, fallback)


def bad_request(message: str, *, wrapped: bool = False) -> RefusedError:
    return RefusedError(400, "BadRequest", message, wrapped=wrapped)


def invalid_model(message: str) -> RefusedError:
    return RefusedError(400, "ModelValidationFailure", message)


def no_member(name: str, type_name: str) -> RefusedError:
    return bad_request(
        f"Could not find a property named '{name}' on type 'microsoft.graph.{type_name}'."
    )


def unknown_segment(segment: str) -> RefusedError:
    return bad_request(f"Resource not found for the segment '{segment}'.")


def no_route(method: str, path: str) -> RefusedError:
    return RefusedError(
        400,
        "No method match route template",
        f"No OData route exists that match template ~/{_template(path)} with http verb {method}"
        f" for request /DeviceConfiguration_2501/StatelessDeviceConfigurationFEService/{path}.",
    )


def _template(path: str) -> str:
    return re.sub(r"/[0-9a-fA-F-]{36}|/\d+", "/key", path)


def error_body(
    refused: RefusedError,
    *,
    path: str,
    request_id: str,
    client_request_id: str,
    at: datetime,
) -> Json:
    message = _wrapped(refused, path, request_id) if refused.wrapped else refused.message
    return {
        "error": {
            "code": refused.code,
            "message": message,
            "innerError": {
                "date": f"{at:%Y-%m-%dT%H:%M:%S}",
                "request-id": request_id,
                "client-request-id": client_request_id,
            },
        }
    }


def _wrapped(refused: RefusedError, path: str, request_id: str) -> str:
    """Intune's own error document, which Graph passes on as text inside its message."""
    return json.dumps(
        {
            "_version": 3,
            "Message": (
                f"{refused.message} - Operation ID (for customer support): {request_id}"
                f" - Activity ID: {request_id} - Url: https://fef.msub01.manage.microsoft.com"
                f"/DeviceConfiguration_2501/StatelessDeviceConfigurationFEService/{path}"
                "?api-version=5025-01-01"
            ),
            "CustomApiErrorPhrase": "",
            "RetryAfter": None,
            "ErrorSourceService": "",
            "HttpHeaders": "{}",
        },
        indent=2,
    ).replace("\n", "\r\n")
