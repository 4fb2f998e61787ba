"""Graph's answers read into errors: codes, readable causes, ids for support."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tenants.graph.errors import ErrorKind, GraphError, error_class
from tenants.graph.throttling import retry_after_of

_KINDS = {
    401: ErrorKind.AUTHENTICATION,
    403: ErrorKind.PERMISSION,
    404: ErrorKind.NOT_FOUND,
    408: ErrorKind.UNAVAILABLE,
    409: ErrorKind.CONFLICT,
    410: ErrorKind.NOT_FOUND,
    412: ErrorKind.CONFLICT,
    429: ErrorKind.THROTTLED,
}
_APPROVAL_CODE = "x-msft-approval-code"
_APPROVAL_HINTS = (
    "x-msft-approval-justification",
    "approvalrequired",
    # Said with 409 to a write that was filed before and still waits.
    "active approval request",
)
# Intune wraps its message in JSON, at times twice.
_DEEPEST_WRAPPING = 3
_AFTER_THE_CAUSE = re.compile(r"\s*-?\s*(?:Operation ID|Activity ID|Url:).*", re.DOTALL)
_ADDRESS = re.compile(r"https?://\S+")
_LONGEST_MESSAGE = 500
_SERVER_ERROR = 500


def error_of(
    status: int,
    headers: Mapping[str, str],
    body: Any,
    *,
    client_request_id: str = "",
) -> GraphError:
    """The error an answer stands for; header names are in lower case."""
    error = _error_object(body)
    code, message = _cause(error)
    approval_code = headers.get(_APPROVAL_CODE, "")
    kind = _kind(status, code, f"{code} {error.get('message') or ''}", approval_code)
    return error_class(kind)(
        message or _default_message(status),
        kind=kind,
        status=status,
        code=code,
        request_id=headers.get("request-id") or _inner(error).get("request-id") or "",
        client_request_id=client_request_id or headers.get("client-request-id", ""),
        retry_after=retry_after_of(headers.get("retry-after")),
        approval_code=approval_code,
    )


def unreachable(reason: str, *, client_request_id: str = "", was_sent: bool = True) -> GraphError:
    return GraphError(
        f"Graph could not be reached: {reason}.",
        kind=ErrorKind.UNREACHABLE,
        client_request_id=client_request_id,
        was_sent=was_sent,
    )


def malformed(reason: str, *, status: int | None = None) -> GraphError:
    return GraphError(
        f"Graph's answer cannot be used: {reason}.", kind=ErrorKind.UNAVAILABLE, status=status
    )


def _kind(status: int, code: str, text: str, approval_code: str) -> ErrorKind:
    gated = approval_code or any(hint in text.lower() for hint in _APPROVAL_HINTS)
    if gated and status < _SERVER_ERROR:
        return ErrorKind.APPROVAL_REQUIRED
    if status >= _SERVER_ERROR:
        return ErrorKind.UNAVAILABLE
    return _KINDS.get(status, ErrorKind.REJECTED)


def _error_object(body: Any) -> dict[str, Any]:
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _inner(error: dict[str, Any]) -> dict[str, Any]:
    inner = error.get("innerError") or error.get("innererror")
    return inner if isinstance(inner, dict) else {}


def _cause(error: dict[str, Any]) -> tuple[str, str]:
    """The most specific code and the readable part of the message."""
    code, message = str(error.get("code") or ""), str(error.get("message") or "")
    for _ in range(_DEEPEST_WRAPPING):
        wrapped = _wrapped(message)
        if wrapped is None:
            break
        inner = wrapped.get("error") if isinstance(wrapped.get("error"), dict) else wrapped
        code = str(_first(inner, "ErrorCode", "CustomApiErrorPhrase", "code") or code)
        message = str(_first(inner, "Message", "message") or "")
    return code, _readable(message)


def _wrapped(message: str) -> dict[str, Any] | None:
    if not message.lstrip().startswith("{"):
        return None
    try:
        value = json.loads(message)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _first(value: Any, *names: str) -> Any:
    return next((value[name] for name in names if value.get(name)), None)


def _readable(message: str) -> str:
    """Without ids and internal addresses, and never longer than a person reads."""
    cause = _ADDRESS.sub("(address)", _AFTER_THE_CAUSE.sub("", message)).strip()
    return cause if len(cause) <= _LONGEST_MESSAGE else f"{cause[:_LONGEST_MESSAGE]}…"


def _default_message(status: int) -> str:
    return f"Graph answered {status} without saying why."
