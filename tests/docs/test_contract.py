"""The contract of the pages is whole; its addresses, sets and values are those of the code."""

import re
from dataclasses import fields as fields_of

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from openapi_spec_validator import OpenAPIV31SpecValidator

from operations.models import COUNT_KEYS
from restore_safety.documentation.page_contract import CLOSED_SETS
from restore_safety.drafts.scope_changes import ChangeEntry, EvidenceLink, LedgerEntry
from restore_safety.truth.attention import (
    ItemFact,
    ResultAttention,
)
from restore_safety.truth.integrity import Integrity
from restore_safety.truth.safety import (
    ExecutionReadiness,
    Gate,
    Issue,
    SafetyAssessment,
)
from restore_safety.truth.scope import (
    ScopeChange,
)
from restore_safety.truth.snapshot import EvidenceMark, ExecutionSnapshot, ScopeSummary
from restore_safety.wizard.pages.frame import STEP_LABELS
from tests.docs.contract import CONTRACT, METHODS, OPERATIONS, SCHEMAS, filled, nodes
from tests.sign_ins import signed_in

FORM = "application/x-www-form-urlencoded"


# Words of an address, a button or a file: held by the filters, pages and files that use them.
SPOKEN = {
    "RestoreKind",
    "RestoreKindChoice",
    "FollowUpChoice",
    "ArchiveChoice",
    "ItemAttentionChoice",
    "ItemVerificationChoice",
    "WhoseChoice",
    "SuccessorForm",
    "StepAction",
    "ConfirmAction",
}


VALUES = {
    "ExecutionSafetySnapshot": ExecutionSnapshot,
    "EvidenceMark": EvidenceMark,
    "ScopeSummary": ScopeSummary,
    "ResultAttention": ResultAttention,
    "ItemFact": ItemFact,
    "Integrity": Integrity,
    "ScopeChange": ScopeChange,
    "SafetyAssessment": SafetyAssessment,
    "ExecutionReadiness": ExecutionReadiness,
    "ReadinessGate": Gate,
    "Issue": Issue,
    "ChangeEntry": ChangeEntry,
    "EvidenceLink": EvidenceLink,
    "LedgerEntry": LedgerEntry,
}


def test_contract_is_valid_openapi():
    assert list(OpenAPIV31SpecValidator(CONTRACT).iter_errors()) == []


def test_every_reference_is_used():
    used = {part["$ref"] for part in nodes(CONTRACT) if "$ref" in part}
    named = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "responses", "parameters")
        for name in CONTRACT["components"][kind]
    }
    for_readers = {f"#/components/schemas/{one}" for one in ("ExecutionSafetySnapshot", "Refusal")}

    assert named - used == for_readers


def test_every_object_is_closed():
    objects = [part for part in nodes(SCHEMAS) if "properties" in part and "type" in part]

    assert objects
    assert [part for part in objects if part.get("additionalProperties") is not False] == []


def routes(resolver=None, prefix="/"):
    """Every route of restores and operations, as the contract writes an address, with its name.

    The steps of the wizard share one route and have an address each.
    """
    for pattern in (resolver or get_resolver()).url_patterns:
        where = f"{prefix}{pattern.pattern}"
        if not isinstance(pattern, URLPattern):
            yield from routes(pattern, where)
            continue
        if where.startswith(("/restores/", "/operations/")):
            address = re.sub(r"<\w+:(\w+)>", r"{\1}", where)
            steps = STEP_LABELS if "{step}" in address else [""]
            for step in steps:
                yield address.replace("{step}", step)


def test_addresses_are_those_of_the_product():
    assert sorted(routes()) == sorted(CONTRACT["paths"])


@pytest.mark.parametrize("path", CONTRACT["paths"])
def test_methods_are_those_the_address_takes(sign_in, operator, path):
    answer = sign_in(operator).patch(filled(path))

    assert answer.status_code == 405
    allowed = set(answer["Allow"].lower().split(", ")) - {"head", "options"}
    assert allowed == CONTRACT["paths"][path].keys() & set(METHODS)


@pytest.mark.django_db
@pytest.mark.parametrize("name", OPERATIONS)
def test_who_is_not_signed_in_is_sent_to_sign_in(client, name):
    path, method, _ = OPERATIONS[name]

    answer = getattr(client, method)(filled(path))

    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in/")


@pytest.mark.parametrize("name", [name for name, one in OPERATIONS.items() if one[1] == "post"])
def test_form_without_its_token_is_refused(operator, name):
    browser = Client(enforce_csrf_checks=True)
    signed_in(browser, operator)

    assert browser.post(filled(OPERATIONS[name][0])).status_code == 403


def test_every_closed_set_is_held_by_something():
    sets = {name for name, schema in SCHEMAS.items() if "enum" in schema}
    inline = [part for part in nodes(CONTRACT) if "enum" in part]

    assert sets == {*CLOSED_SETS, *SPOKEN}
    assert len(inline) == len(sets)


def test_counts_have_the_keys_of_the_whitelist():
    assert tuple(SCHEMAS["SummaryCounts"]["properties"]) == COUNT_KEYS


# What a value is kept with only where there is something to keep.
SOMETIMES = {
    "ExecutionSafetySnapshot": {
        "undoes",
        "starts_at",
        "approval",
        "break_glass",
        "freeze_override",
    },
}


@pytest.mark.parametrize("name", VALUES)
def test_value_has_the_fields_of_the_code(name):
    stored = {field.name for field in fields_of(VALUES[name])}
    told = set(SCHEMAS[name]["properties"])

    assert stored <= told
    assert {extra for extra in told - stored if not hasattr(VALUES[name], extra)} == set()
    assert set(SCHEMAS[name]["required"]) == told - SOMETIMES.get(name, set())
