"""The API against its own document: whatever is sent, the answer is one that is documented."""

from zlib import crc32

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from restore_safety.wsgi import application
from tenants.models.token_scopes import TokenScope

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]

config = schemathesis.Config(seed=1042)
document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application, config=config)


@pytest.fixture(autouse=True)
def _connection_of_the_test():
    """Outlives each request, as under `django.test.Client`: the test is one transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def scripts(request, world, script_of):
    """Scripts by what they may do; nothing in an address belongs to the outsider."""
    people = ("operator", "owner", "auditor", "outsider")
    operator, owner, auditor, outsider = map(request.getfixturevalue, people)
    return {
        "everything": [script_of(operator), script_of(owner, tenant=world.tenant)],
        "a part": [
            script_of(auditor, TokenScope.READ),
            script_of(operator, TokenScope.CAPTURE, TokenScope.DRY_RUN, name="no restore"),
        ],
        "nothing": [script_of(outsider)],
    }


@document.parametrize()
@pytest.mark.parametrize("may", ["everything", "a part", "nothing"])
@settings(max_examples=4, suppress_health_check=list(HealthCheck))
def test_hostile_input_gets_a_documented_answer(case, may, scripts, world, settings):
    settings.API_RATE = "1000000/s"
    sent = repr((case.method, case.path, case.path_parameters, case.query, case.body))
    lot = crc32(sent.encode("utf-8", "replace"))
    if case.meta.phase.name is TestPhase.COVERAGE and lot % 2:
        return  # there are many of these; half of them keep the suite quick
    path = case.meta.components.get(ParameterLocation.PATH)
    if path is None or path.mode is GenerationMode.POSITIVE:
        # What is there can break; nearly every id that is made up is not there.
        for name in case.path_parameters or {}:
            case.path_parameters[name] = world.id_at(case.path, name)
    # By what is sent, so that a failure repeats itself with the same caller.
    script = scripts[may][lot // 2 % len(scripts[may])]
    answer = case.call_and_validate(
        headers={"Authorization": f"Bearer {script.text}"}, checks=CHECKS
    )

    assert answer.status_code < 500
