import json

import httpx
import pytest

from tenants.graph.batching import BatchRead
from tenants.graph.client import GraphClient
from tenants.graph.clouds import Cloud
from tenants.graph.errors import (
    ErrorKind,
    GraphError,
    LongWaitError,
    NotFoundError,
    ThrottledError,
)
from tenants.graph.throttling import PATIENCE
from tests.tenants.graph.scripted import BASE, CREDENTIALS, POLICIES, Pacer, Service, refusal


@pytest.fixture(autouse=True)
def _emulator_address(settings):
    settings.GRAPH_EMULATOR_URL = BASE


@pytest.fixture
def pauses():
    return []


@pytest.fixture
def pacer(pauses):
    pacer = Pacer()
    pacer.pauses = pauses
    return pacer


@pytest.fixture
def reader(pacer, pauses):
    def make(*answers):
        service = Service(*answers)
        client = GraphClient(
            cloud=Cloud.EMULATOR,
            credentials=CREDENTIALS,
            pacer=pacer,
            sleep=pauses.append,
            transport=httpx.MockTransport(service),
        )
        return client, service

    return make


def _page(*members, link=None):
    page = {"value": list(members)}
    return httpx.Response(200, json=page | ({"@odata.nextLink": link} if link else {}))


def test_request_says_who_asks_and_what_it_takes(reader):
    client, service = reader(httpx.Response(200, json={"id": "x"}))

    assert client.get(f"{POLICIES}/x", params={"$select": "id"}) == {"id": "x"}
    client.get(f"{POLICIES}/x")

    first, second = service.requests
    assert first.url == f"{BASE}/beta/{POLICIES}/x?%24select=id"
    assert first.headers["Authorization"] == "Bearer t1"
    assert first.headers["Accept"] == "application/json"
    assert first.headers["Prefer"] == "include-unknown-enum-members"
    assert first.headers["client-request-id"] != second.headers["client-request-id"]
    assert service.tokens == 1


def test_list_reads_to_the_last_page(reader):
    link = f"{BASE}/beta/{POLICIES}?$skiptoken=a%2Bb"
    client, service = reader(_page("a", "b", link=link), _page("c"))

    assert client.list(POLICIES) == ["a", "b", "c"]
    assert service.urls == [f"{BASE}/beta/{POLICIES}", link]


@pytest.mark.parametrize(
    "link",
    [
        "http://evil.example/beta/x",
        "https://127.0.0.1:8765/beta/x",
        "http://127.0.0.1:9999/beta/x",
        "http://user:word@127.0.0.1:8765/beta/x",
        "//evil.example/x",
        "/beta/x",
        "not an address",
    ],
)
def test_token_never_follows_a_link_elsewhere(reader, link):
    client, service = reader(_page("a", link=link))

    with pytest.raises(GraphError, match="link to the next page"):
        client.list(POLICIES)

    assert len(service.requests) == 1


def test_pages_that_lead_in_circles_are_an_error(reader):
    client, _ = reader(_page("a", link=f"{BASE}/beta/{POLICIES}?again"))

    with pytest.raises(GraphError, match="lead back"):
        client.list(POLICIES)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"value": None}),
    ],
)
def test_answer_that_is_no_collection_is_never_an_empty_one(reader, answer):
    client, _ = reader(answer)

    with pytest.raises(GraphError, match="cannot be used"):
        client.list(POLICIES)


@pytest.mark.parametrize(
    ("first", "pause"),
    [
        (refusal(429, {"Retry-After": "3"}), 3.0),
        (refusal(503, {"Retry-After": "2.128"}), 2.128),
        (refusal(504, {"Retry-After": "Thu, 01 Jan 2015 00:00:00 GMT"}), 0.0),
    ],
)
def test_reads_are_tried_again_when_graph_said(reader, pauses, first, pause):
    client, _ = reader(first, _page("a"))

    assert client.list(POLICIES) == ["a"]
    assert pauses == [pause]


@pytest.mark.parametrize(
    "first", [refusal(429), refusal(500), httpx.ReadTimeout, httpx.ConnectError]
)
def test_reads_back_off_where_nothing_was_said(reader, pauses, first):
    client, _ = reader(first, first, _page("a"))

    assert client.list(POLICIES) == ["a"]
    assert 0.5 <= pauses[0] <= 1
    assert 1 <= pauses[1] <= 2


def test_reads_give_up_after_a_while(reader, pauses):
    client, service = reader(refusal(429))

    with pytest.raises(ThrottledError):
        client.get(POLICIES)

    assert PATIENCE - 60 < sum(pauses) <= PATIENCE
    assert len(service.requests) == len(pauses) + 1


def test_reads_that_meet_with_trouble_are_tried_a_few_times(reader, pauses):
    client, service = reader(refusal(500))

    with pytest.raises(GraphError):
        client.get(POLICIES)

    assert (len(service.requests), len(pauses)) == (5, 4)


def test_reads_do_not_sleep_for_hours(reader, pauses):
    client, _ = reader(refusal(429, {"Retry-After": "3600"}))

    with pytest.raises(LongWaitError) as refused:
        client.get(POLICIES)

    assert refused.value.retry_after == 3600.0
    assert pauses == []


def test_missing_item_is_not_asked_for_twice(reader):
    client, service = reader(refusal(404, {"request-id": "r"}))

    with pytest.raises(NotFoundError) as refused:
        client.get(f"{POLICIES}/x")

    assert (refused.value.request_id, len(service.requests)) == ("r", 1)


def test_refused_token_is_renewed_once(reader):
    client, service = reader(refusal(401), _page("a"))

    assert client.list(POLICIES) == ["a"]
    assert [request.headers["Authorization"] for request in service.requests] == [
        "Bearer t1",
        "Bearer t2",
    ]

    client, service = reader(refusal(401))
    with pytest.raises(GraphError) as refused:
        client.get(POLICIES)
    assert refused.value.kind is ErrorKind.AUTHENTICATION
    assert len(service.requests) == 2


@pytest.mark.parametrize("path", ["http://evil.example/x", "a/../b", "/a", "a//b", ""])
def test_paths_are_relative(reader, path):
    client, service = reader(_page())

    with pytest.raises(ValueError, match="relative path"):
        client.get(path)

    assert service.requests == []


def _batch_answer(request):
    parts = json.loads(request.content)["requests"]
    answers = [
        {"id": part["id"], "status": 200, "headers": {}, "body": {"id": part["url"]}}
        for part in reversed(parts)
    ]
    return httpx.Response(200, json={"responses": answers})


def test_batch_goes_out_in_twenties_and_comes_back_in_order(reader):
    client, service = reader(_batch_answer)
    reads = [BatchRead(path=f"groups/{number}", version="v1.0") for number in range(45)]

    answers = client.batch(reads)

    assert [answer.body["id"] for answer in answers] == [f"/groups/{n}" for n in range(45)]
    sizes = [len(json.loads(request.content)["requests"]) for request in service.requests]
    assert sizes == [20, 20, 5]
    assert set(service.urls) == {f"{BASE}/v1.0/$batch"}


def test_batch_asks_by_version(reader):
    client, service = reader(_batch_answer)

    answers = client.batch(
        [BatchRead(path="a", version="v1.0"), BatchRead(path="b"), BatchRead(path="c")]
    )

    assert [answer.body["id"] for answer in answers] == ["/a", "/b", "/c"]
    assert service.urls == [f"{BASE}/v1.0/$batch", f"{BASE}/beta/$batch"]


def test_parts_fail_one_by_one_and_only_passing_ones_are_asked_again(reader, pauses):
    first = {
        "responses": [
            {"id": "2", "status": 429, "headers": {"Retry-After": "1.5"}, "body": {}},
            {"id": "0", "status": 200, "body": {"id": "ok"}},
            {"id": "1", "status": 404, "body": {"error": {"code": "NotFound", "message": "-"}}},
        ]
    }
    client, service = reader(httpx.Response(200, json=first), _batch_answer)

    answers = client.batch([BatchRead(path=name) for name in ("a", "b", "c", "d")])

    assert [answer.status for answer in answers] == [200, 404, 200, 200]
    assert isinstance(answers[1].error, NotFoundError)
    assert pauses[0] == 1.5
    asked_again = [json.loads(request.content)["requests"] for request in service.requests[1:]]
    assert [[part["url"] for part in parts] for parts in asked_again] == [["/c"], ["/d"]]


def test_part_without_an_answer_is_an_error_not_an_absence(reader):
    client, _ = reader(httpx.Response(200, json={"responses": []}))

    (answer,) = client.batch([BatchRead(path="a")])

    assert answer.status == 0
    assert answer.error.kind is ErrorKind.UNAVAILABLE


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"responses": None},
        {"responses": 5},
        {"responses": {"id": "0"}},
        {"responses": ["x"]},
        {"responses": [{"id": "0", "body": {}}]},
        {"responses": [{"id": "0", "status": "x", "body": {}}]},
        {"responses": [{"id": "0", "status": True, "body": {}}]},
        {"responses": [{"id": "0", "status": 1000, "body": {}}]},
        {"responses": [{"id": "0", "status": 404, "headers": ["x"], "body": {}}]},
    ],
)
def test_batch_answer_of_another_shape_is_malformed(reader, body):
    client, _ = reader(httpx.Response(200, json=body))

    with pytest.raises(GraphError, match=r"^Graph's answer cannot be used: ") as raised:
        client.batch([BatchRead(path="a")])

    assert raised.value.kind is ErrorKind.UNAVAILABLE


def test_batch_answers_to_what_nobody_asked_are_left_out(reader):
    strange = [{"id": key, "status": 200, "body": {}} for key in ("7", "9" * 5000, [1], None)]
    wanted = {"id": "0", "status": 200, "body": {"id": "ok"}}
    client, _ = reader(httpx.Response(200, json={"responses": [*strange, wanted]}))

    (answer,) = client.batch([BatchRead(path="a")])

    assert answer.body == {"id": "ok"}


def test_members_go_on_from_the_first_page(reader):
    client, _ = reader(_page("c"))

    first = {"value": ["a", "b"], "@odata.nextLink": f"{BASE}/beta/x?$skip=2"}
    assert client.members(first) == ["a", "b", "c"]
