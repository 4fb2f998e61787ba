"""The OpenAPI document: complete, valid, public, and the one in the repository."""

import json
from pathlib import Path

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from restore_safety.api.document import ERRORS, Document, NameTakenError
from restore_safety.api.v1 import api

ROOT = Path(__file__).parents[3]
KEPT = ROOT / "docs" / "contracts" / "api.openapi.json"
DOCUMENT = json.loads(KEPT.read_text())
OPERATIONS = [
    (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
]


def test_document_is_valid():
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


@pytest.mark.django_db
def test_document_is_open_to_everybody():
    answer = Client().get("/api/v1/openapi.json")

    assert (answer.status_code, answer.json()) == (200, DOCUMENT)


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)
def test_operation_documents_everything(path, method, operation):
    acts = method != "get"

    statuses = {int(status) for status in operation["responses"]}
    assert statuses >= {400, 401, 403, 422, 429, 503} | ({404} if acts or "{" in path else set())
    assert (413 in statuses) == acts
    assert {status for status in statuses if status >= 400} <= set(ERRORS)
    assert operation["summary"]
    assert operation["description"]
    assert operation["operationId"]
    assert operation["security"] == [{"ApiToken": []}]
    assert operation["tags"]


def test_every_operation_has_a_name_of_its_own():
    names = [operation["operationId"] for _, _, operation in OPERATIONS]

    assert len(names) == len(set(names)) == 43


def test_every_body_has_an_example():
    bodies = [
        operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for _, _, operation in OPERATIONS
        if "application/json" in operation.get("requestBody", {}).get("content", {})
    ]

    assert len(bodies) == 7
    assert [
        name for name in bodies if not DOCUMENT["components"]["schemas"][name]["examples"]
    ] == []


def test_two_shapes_of_one_name_are_an_error():
    document = Document(api, "api/v1/")

    with pytest.raises(NameTakenError, match="Problem"):
        document.add_schema_definitions({"Problem": {"type": "string"}})
