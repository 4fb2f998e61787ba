"""The headers with which a write is filed for the tenant's approver, and comes again approved."""

import base64
from collections.abc import Mapping

_CODE = "x-msft-approval-code"
_JUSTIFICATION = "x-msft-approval-justification"


def justification_of(reason: str, operation_id: str) -> str:
    """What the approver reads; it names the one write, so that its request is found again."""
    return f"{reason} [{operation_id}]"


def filing_headers(reason: str, operation_id: str) -> Mapping[str, str]:
    text = justification_of(reason, operation_id).encode()
    return {_JUSTIFICATION: base64.b64encode(text).decode()}


def approved_headers(code: str) -> Mapping[str, str]:
    return {_CODE: code}
