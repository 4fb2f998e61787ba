"""What nobody sends on purpose is refused in words, and the emulator goes on."""

import httpx
import pytest

from tenants.emulator.bodies import UnreadableBodyError, read_object
from tests.tenants.emulator.graph_bodies import ACCESS, BODIES, SCRIPTS, TAGS

JSON = {"Content-Type": "application/json"}
UNREADABLE = [
    b"[" * 200_000,
    b'{"a":' * 200_000,
    b'{"displayName": ' + b"[" * 150 + b"]" * 150 + b"}",
    b'{"displayName": "\\ud800"}',
    b'{"\\udfff": 1}',
    b'{"displayName": "\xed\xa0\x80"}',
    b'{"displayName": "\xff"}',
    b'{"displayName": NaN}',
    b'{"displayName": 1e999}',
    b"[]",
    b"",
]
PART = {"id": "1", "method": "GET", "url": "/groups"}


def part_of(**changes):
    return {"requests": [PART | changes]}


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: body[:24])
def test_bytes_that_are_no_usable_object_are_not_read(body):
    with pytest.raises(UnreadableBodyError):
        read_object(body)


def test_an_object_is_read_with_every_character_there_is():
    body = '\ufeff{"name": "\\ud83d\\ude00 é", "deep": ' + "[" * 90 + "]" * 90 + "}"

    assert read_object(body.encode())["name"] == "\U0001f600 é"


@pytest.mark.parametrize("body", UNREADABLE, ids=lambda body: body[:24])
@pytest.mark.parametrize("path", [TAGS, "/beta/$batch"])
def test_an_unusable_body_is_refused_as_graph_refuses_it(graph, path, body):
    answer = graph.post(path, content=body, headers=JSON)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


@pytest.mark.parametrize(
    "body",
    [
        part_of(dependsOn=5),
        part_of(dependsOn="1"),
        part_of(dependsOn=[{}]),
        part_of(headers=["x"]),
        part_of(url=5),
        part_of(method=None),
        {"requests": 5},
        {"requests": ["x"]},
        {"requests": None},
        {},
    ],
)
def test_a_batch_of_another_shape_is_refused_whole(graph, body):
    answer = graph.post("/beta/$batch", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


def test_a_path_of_nothing_but_a_cast_leads_nowhere(graph):
    answer = graph.get("/beta/microsoft.graph.group")

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BadRequest")


@pytest.mark.parametrize("body", [{"ids": [[1]]}, {"ids": 5}, {"ids": [], "types": 5}])
def test_ids_that_are_no_texts_are_refused(graph, body):
    answer = graph.post("/v1.0/directoryObjects/getByIds", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "Request_BadRequest")


def test_conditions_may_be_null(graph):
    nothing = {"includeGroups": None, "excludeGroups": None}
    conditions = BODIES[ACCESS]["conditions"] | {"locations": None}
    conditions["users"] = conditions["users"] | nothing

    answer = graph.post(ACCESS, json=BODIES[ACCESS] | {"conditions": conditions})

    assert answer.status_code == 201


def test_a_token_form_that_is_no_utf8_is_refused_as_the_login_service_does(tenant):
    answer = httpx.post(
        f"{tenant.url}/{tenant.id}/oauth2/v2.0/token",
        content=b"grant_type=\xff\xfe",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert (answer.status_code, answer.json()["error"], answer.json()["error_codes"]) == (
        400,
        "invalid_request",
        [90013],
    )


@pytest.mark.parametrize(
    "document",
    [
        {"rules": ["x"]},
        {"rules": "x"},
        {"rules": [{"effect": "x"}]},
        {"rules": [{"match": "x", "effect": {"status": 500}}]},
        {"rules": [{"match": {"path": 5}, "effect": {"status": 500}}]},
        {"rules": [{"match": {"path": "("}, "effect": {"status": 500}}]},
        {"rules": [{"effect": {"status": "x"}}]},
        {"rules": [{"effect": {"status": 999}}]},
        {"rules": [{"effect": {"status": 429, "retry_after": "soon"}}]},
        {"rules": [{"times": "x", "effect": {"status": 500}}]},
        {"rules": [], "seed": "x"},
    ],
)
def test_a_fault_rule_that_could_not_be_carried_out_is_refused(tenant, document):
    answer = httpx.put(f"{tenant.url}/_emulator/faults", json=document)

    assert (answer.status_code, answer.json().keys()) == (400, {"error"})


@pytest.mark.parametrize(
    "body",
    [*UNREADABLE, b'{"groups": ["x"]}', b'{"objects": 5}', b'{"clients": ["x"]}'],
    ids=lambda body: body[:24],
)
def test_a_control_given_something_else_says_so(tenant, body):
    answer = httpx.put(f"{tenant.url}/_emulator/tenants/{tenant.id}", content=body)

    assert (answer.status_code, answer.json().keys()) == (400, {"error"})


def test_asking_for_headers_alone_is_no_write(graph, tenant):
    graph.head(SCRIPTS)

    asked = tenant.control.requests(tenant.id)
    assert [(one["method"], one["is_write"]) for one in asked] == [("HEAD", False)]
    assert tenant.control.requests(tenant.id, writes=True) == []
