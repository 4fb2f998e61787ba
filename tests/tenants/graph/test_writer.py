import gzip
import json
from contextlib import suppress
from dataclasses import replace

import httpx
import pytest
import structlog

from tenants.graph.clouds import Cloud
from tenants.graph.errors import (
    ApprovalRequiredError,
    FenceRefusalError,
    GraphError,
    LongWaitError,
    ThrottledError,
)
from tenants.graph.exchange import LARGEST_ANSWER, Exchange
from tenants.graph.fence import PlannedWrite, WriteFence, WritePurpose, placeholder
from tenants.graph.throttling import LONGEST_WAIT, OUTAGE_AFTER
from tenants.graph.writer import AT_ONCE_SECONDS, GraphWriter
from tests.tenants.graph.scripted import (
    BASE,
    CREATE,
    CREDENTIALS,
    ID,
    POLICIES,
    Pacer,
    Service,
    refusal,
)

ASSIGN = PlannedWrite(
    operation_id="a:2",
    purpose=WritePurpose.ASSIGN,
    method="POST",
    version="beta",
    path=f"{POLICIES}/{placeholder('a')}/assign",
    body=b'{"assignments":[]}',
)


@pytest.fixture(autouse=True)
def _emulator_address(settings):
    settings.GRAPH_EMULATOR_URL = BASE


@pytest.fixture
def writer():
    def make(*answers, plan=(CREATE, ASSIGN)):
        service, pacer = Service(*answers), Pacer()
        client = GraphWriter(
            cloud=Cloud.EMULATOR,
            credentials=CREDENTIALS,
            fence=WriteFence(plan),
            pacer=pacer,
            transport=httpx.MockTransport(service),
        )
        return client, service, pacer

    return make


def test_planned_writes_leave_byte_for_byte(writer):
    created = httpx.Response(
        201, headers={"request-id": "r", "Location": "l"}, json={"id": ID, "name": "a"}
    )
    client, service, pacer = writer(created, httpx.Response(204))

    answer = client.send(CREATE)
    client.send(ASSIGN)

    assert (answer.status, answer.object_id, answer.request_id, answer.location) == (
        201,
        ID,
        "r",
        "l",
    )
    sent = [(request.method, str(request.url), request.content) for request in service.requests]
    assert sent == [
        ("POST", f"{BASE}/beta/{POLICIES}", b'{"name":"a"}'),
        ("POST", f"{BASE}/beta/{POLICIES}/{ID}/assign", b'{"assignments":[]}'),
    ]
    assert pacer.calls == [("turn", "intune"), ("turn", "intune")]


@pytest.mark.parametrize(
    "write",
    [
        replace(CREATE, method="DELETE"),
        replace(CREATE, path="deviceManagement/assignmentFilters"),
        replace(CREATE, version="v1.0"),
        replace(CREATE, body=b'{"name":"A"}'),
        replace(CREATE, operation_id="b:1"),
        ASSIGN,
    ],
)
def test_unplanned_writes_never_leave(writer, write):
    client, service, pacer = writer(httpx.Response(204))

    with pytest.raises(FenceRefusalError):
        client.send(write)

    assert service.requests == []
    assert pacer.calls == []


def test_write_that_succeeded_never_leaves_again(writer):
    client, service, _ = writer(httpx.Response(201, json={"id": ID}))
    client.send(CREATE)

    with pytest.raises(FenceRefusalError, match="already"):
        client.send(CREATE)

    assert len(service.requests) == 1


def test_throttled_write_waits_with_everybody(writer):
    client, service, pacer = writer(
        refusal(429, {"Retry-After": "4"}), httpx.Response(201, json={"id": ID})
    )

    assert client.send(CREATE).status == 201
    assert len(service.requests) == 2
    assert pacer.calls == [("turn", "intune"), ("hold", "intune", 4.0), ("turn", "intune")]


def test_throttled_write_gives_up_for_sure(writer):
    client, service, _ = writer(refusal(429))

    with pytest.raises(ThrottledError) as refused:
        client.send(CREATE)

    assert not refused.value.is_ambiguous
    assert len(service.requests) == 5


def test_wait_of_an_hour_is_kept_for_everybody_and_slept_by_nobody(writer):
    client, service, pacer = writer(refusal(429, {"Retry-After": "3600"}))

    with pytest.raises(LongWaitError) as refused:
        client.send(CREATE)

    assert (refused.value.seconds, refused.value.was_sent) == (3600.0, False)
    assert pacer.calls == [("turn", "intune"), ("hold", "intune", 3600.0)]
    assert len(service.requests) == 1


def test_turn_that_is_far_away_sends_nothing(writer):
    client, service, pacer = writer(httpx.Response(204))
    pacer.held = LONGEST_WAIT + 1

    with pytest.raises(LongWaitError):
        client.send(CREATE, before_exchange=pytest.fail)

    assert service.requests == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_wait_that_an_unclear_answer_asks_for_is_kept_before_anything_leaves(writer, status):
    client, service, pacer = writer(
        refusal(status, {"Retry-After": "20"}), httpx.Response(201, json={"id": ID})
    )

    with pytest.raises(GraphError) as refused:
        client.send(CREATE)
    waits = []
    client.send(CREATE, before_exchange=waits.append)

    assert (refused.value.is_ambiguous, refused.value.retry_after) == (True, 20.0)
    assert waits == [True]
    assert pacer.calls == [("turn", "intune"), ("hold", "intune", 20.0), ("turn", "intune")]
    assert len(service.requests) == 2


@pytest.mark.parametrize("trouble", [refusal(500), refusal(503), httpx.ConnectError])
def test_writes_that_fail_in_a_row_are_an_outage(writer, trouble):
    client, _, _ = writer(trouble)
    said = []

    for _ in range(OUTAGE_AFTER + 1):
        with pytest.raises(GraphError) as refused:
            client.send(CREATE)
        said.append(refused.value.is_outage)

    assert said == [False] * (OUTAGE_AFTER - 1) + [True, True]


@pytest.mark.parametrize("answer", [httpx.Response(201, json={"id": ID}), refusal(400)])
def test_any_clear_answer_ends_an_outage(writer, answer):
    client, _, pacer = writer(answer)
    pacer.failures = OUTAGE_AFTER

    with suppress(GraphError):
        client.send(CREATE)

    assert pacer.failures == 0


@pytest.mark.parametrize(
    ("answer", "is_ambiguous"),
    [
        (refusal(500), True),
        (refusal(502), True),
        (refusal(503, {"Retry-After": "1"}), True),
        (refusal(504), True),
        (httpx.ReadTimeout, True),
        (httpx.WriteTimeout, True),
        (httpx.RemoteProtocolError, True),
        (httpx.ConnectError, False),
        (httpx.ConnectTimeout, False),
        (refusal(400), False),
        (refusal(403), False),
        (refusal(409), False),
    ],
)
def test_write_is_sent_once_and_says_whether_it_may_have_been_applied(writer, answer, is_ambiguous):
    client, service, _ = writer(answer)

    with pytest.raises(GraphError) as refused:
        client.send(CREATE)

    assert refused.value.is_ambiguous is is_ambiguous
    assert len(service.requests) == 1


def test_answer_that_unpacks_without_measure_is_not_read_on(writer):
    packed = gzip.compress(bytes(LARGEST_ANSWER + 1), compresslevel=1)
    client, _, _ = writer(
        httpx.Response(201, headers={"Content-Encoding": "gzip"}, stream=httpx.ByteStream(packed))
    )

    with pytest.raises(GraphError, match="larger than any answer") as refused:
        client.send(CREATE)

    assert refused.value.is_ambiguous


def test_filed_write_waits_for_its_approver(writer):
    client, _, _ = writer(refusal(412, {"x-msft-approval-code": "q"}))

    with pytest.raises(ApprovalRequiredError) as refused:
        client.send(CREATE)

    assert refused.value.approval_code == "q"
    assert not refused.value.is_ambiguous


def test_conditional_access_keeps_its_own_pace(writer):
    write = replace(
        CREATE,
        path="identity/conditionalAccess/policies",
        body=b'{"displayName":"a"}',
        binds=None,
    )
    client, _, pacer = writer(httpx.Response(201, json={"id": ID}), plan=(write,))

    client.send(write)

    assert pacer.calls == [("turn", "conditional_access")]


def test_log_holds_no_body_no_token_and_no_query(writer):
    client, _, _ = writer(httpx.Response(201, json={"id": ID}))

    with structlog.testing.capture_logs() as lines:
        client.send(CREATE)
        client.get(POLICIES, params={"$filter": "displayName eq 'Payroll'"})

    text = json.dumps(lines)
    assert [line["event"] for line in lines] == [
        "graph_answered",
        "graph_written",
        "graph_answered",
    ]
    for secret in ("hush", "t1", "Payroll", '"name"'):
        assert secret not in text


def test_write_is_asked_for_once_it_is_signed_in(writer):
    client, service, _ = writer(httpx.Response(201, json={"id": ID}))
    signed_in = []

    client.send(CREATE, before_exchange=lambda _: signed_in.append(service.tokens))

    assert signed_in == [1]
    assert service.tokens == 1


def test_sign_in_that_took_its_time_is_a_wait(writer, monkeypatch):
    client, _, _ = writer(httpx.Response(201, json={"id": ID}))
    waits = []
    monkeypatch.setattr(Exchange, "sign_in", lambda _: AT_ONCE_SECONDS + 1)

    client.send(CREATE, before_exchange=waits.append)

    assert waits == [True]


def test_directory_that_gives_no_token_sends_nothing(writer):
    client, service, pacer = writer(httpx.Response(201, json={"id": ID}))
    service.is_login_away = True

    with pytest.raises(GraphError) as refused:
        client.send(CREATE, before_exchange=pytest.fail)

    assert not refused.value.was_sent
    assert pacer.failures == 1
    assert service.requests == []


def test_every_exchange_is_asked_for(writer):
    client, service, _ = writer(
        refusal(401), refusal(429, {"Retry-After": "1"}), httpx.Response(201, json={"id": ID})
    )
    asked = []

    client.send(CREATE, before_exchange=asked.append)

    assert len(asked) == len(service.requests) == 3
