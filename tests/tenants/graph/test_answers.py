import json

import pytest

from tenants.graph.answers import error_of
from tenants.graph.errors import (
    ApprovalRequiredError,
    AuthenticationError,
    ErrorKind,
    GraphError,
    NotFoundError,
    ThrottledError,
)

WRAPPED = json.dumps(
    {
        "_version": 3,
        "Message": "Display name is too long - Operation ID (for customer support): 00 "
        "- Activity ID: 11 - Url: https://fef.example.manage.microsoft.com/DeviceConfiguration",
        "CustomApiErrorPhrase": "NameTooLong",
        "RetryAfter": None,
    }
)


def _body(code="BadRequest", message="No.", **more):
    return {"error": {"code": code, "message": message, **more}}


def test_error_carries_code_message_and_ids():
    error = error_of(
        400,
        {"retry-after": "3"},
        _body(innerError={"request-id": "r"}),
        client_request_id="c",
    )

    assert (error.kind, error.status, error.code, error.message) == (
        ErrorKind.REJECTED,
        400,
        "BadRequest",
        "No.",
    )
    assert (error.request_id, error.client_request_id, error.retry_after) == ("r", "c", 3.0)
    assert not error.is_ambiguous


def test_other_spelling_of_inner_error_is_read():
    assert error_of(400, {}, _body(innererror={"request-id": "r"})).request_id == "r"


@pytest.mark.parametrize(
    "message", [WRAPPED, json.dumps({"error": {"code": "UnknownError", "message": WRAPPED}})]
)
def test_wrapped_message_is_unwrapped_to_its_cause(message):
    error = error_of(400, {}, _body(message=message))

    assert (error.code, error.message) == ("NameTooLong", "Display name is too long")


@pytest.mark.parametrize("body", [None, [], {}, {"error": "x"}, {"error": {"message": "{broken"}}])
def test_unreadable_bodies_still_make_an_error(body):
    assert error_of(500, {}, body).kind is ErrorKind.UNAVAILABLE


def test_addresses_and_length_are_cut():
    error = error_of(400, {}, _body(message="see http://internal/x now " + "y" * 900))

    assert error.message.startswith("see (address) now ")
    assert len(error.message) == 501


@pytest.mark.parametrize(
    ("status", "kind", "error_type", "is_ambiguous"),
    [
        (401, ErrorKind.AUTHENTICATION, AuthenticationError, False),
        (403, ErrorKind.PERMISSION, GraphError, False),
        (404, ErrorKind.NOT_FOUND, NotFoundError, False),
        (408, ErrorKind.UNAVAILABLE, GraphError, True),
        (409, ErrorKind.CONFLICT, GraphError, False),
        (412, ErrorKind.CONFLICT, GraphError, False),
        (422, ErrorKind.REJECTED, GraphError, False),
        (429, ErrorKind.THROTTLED, ThrottledError, False),
        (500, ErrorKind.UNAVAILABLE, GraphError, True),
        (504, ErrorKind.UNAVAILABLE, GraphError, True),
    ],
)
def test_status_decides_the_kind(status, kind, error_type, is_ambiguous):
    error = error_of(status, {}, _body())

    assert (error.kind, type(error), error.is_ambiguous) == (kind, error_type, is_ambiguous)


@pytest.mark.parametrize(
    ("status", "headers", "code", "message", "approval_code"),
    [
        (400, {}, "BadRequest", "Header 'x-msft-approval-justification' is required", ""),
        (412, {"x-msft-approval-code": "q"}, "PreconditionFailed", "Filed.", "q"),
        (403, {}, "ApprovalRequired", "Wait.", ""),
        (409, {}, "Conflict", "There is an active approval request for this operation.", ""),
    ],
)
def test_approval_gate_is_told_apart(status, headers, code, message, approval_code):
    error = error_of(status, headers, _body(code, message))

    assert type(error) is ApprovalRequiredError
    assert error.approval_code == approval_code
