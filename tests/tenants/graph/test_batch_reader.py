"""Batches under limits and trouble: every part is asked until it is answered, or given up."""

import json
from collections import Counter

import httpx
import pytest

from tenants.graph.batching import AtOnce, BatchRead
from tenants.graph.client import GraphClient
from tenants.graph.clouds import Cloud
from tenants.graph.contracts import CONDITIONAL_ACCESS, DIRECTORY, INTUNE, workload_of
from tenants.graph.errors import AuthenticationError, ErrorKind, LongWaitError, ThrottledError
from tenants.graph.throttling import ATTEMPTS, PATIENCE
from tests.tenants.graph.scripted import BASE, CREDENTIALS, POLICIES, Pacer, Service, refusal

ACCESS = "identity/conditionalAccess/policies"


@pytest.fixture(autouse=True)
def _emulator_address(settings):
    settings.GRAPH_EMULATOR_URL = BASE


@pytest.fixture
def pacer():
    return Pacer()


@pytest.fixture
def asked(pacer):
    """What `answer(url, times)` has for each part, and how a batch of reads came out."""

    def ask(answer, *paths):
        asked_for = Counter()
        batches = []

        def answers(request):
            parts = json.loads(request.content)["requests"]
            batches.append([part["url"].lstrip("/") for part in parts])
            given = []
            for part in parts:
                url = part["url"].lstrip("/")
                asked_for[url] += 1
                status, headers = answer(url, asked_for[url])
                body = {"id": url} if status == 200 else {"error": {"code": "C", "message": "M"}}
                given.append({"id": part["id"], "status": status, "headers": headers, "body": body})
            return httpx.Response(200, json={"responses": given})

        client = GraphClient(
            cloud=Cloud.EMULATOR,
            credentials=CREDENTIALS,
            pacer=pacer,
            sleep=pacer.pauses.append,
            transport=httpx.MockTransport(Service(answers)),
        )
        return client.batch([BatchRead(path=path) for path in paths]), batches

    return ask


def statuses(answers):
    return [answer.status for answer in answers]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_part_that_met_with_trouble_is_asked_again(asked, pacer, status):
    answers, batches = asked(
        lambda url, times: (status if url == "b" and times < 3 else 200, {}), "a", "b", "c"
    )

    assert statuses(answers) == [200, 200, 200]
    assert batches == [["a", "b", "c"], ["b"], ["b"]]
    assert len(pacer.pauses) == 2


def test_part_that_always_fails_is_given_up_alone(asked):
    answers, batches = asked(lambda url, times: (500 if url == "b" else 200, {}), "a", "b", "c")

    assert statuses(answers) == [200, 500, 200]
    assert answers[1].error.kind is ErrorKind.UNAVAILABLE
    assert len(batches) == ATTEMPTS


def test_each_part_counts_against_its_own_service(asked, pacer):
    asked(lambda url, times: (200, {}), f"{POLICIES}/1", f"{POLICIES}/2", "groups/1", f"{ACCESS}/1")

    assert pacer.reads == [(INTUNE, 2), (DIRECTORY, 1), (CONDITIONAL_ACCESS, 1)]


def test_service_that_takes_one_at_a_time_gets_one_at_a_time(asked, pacer):
    pacer.at_once = 1

    answers, batches = asked(lambda url, times: (200, {}), *(f"{ACCESS}/{n}" for n in range(5)))

    assert statuses(answers) == [200] * 5
    assert [len(batch) for batch in batches] == [1] * 5


def test_service_that_takes_few_is_read_to_the_end(asked, pacer):
    taken = Counter()

    def three_of_a_batch(url, times):
        # Of what goes out together: the pause after it is another turn.
        turn = len(pacer.reads)
        taken[turn] += 1
        return (200, {}) if taken[turn] <= 3 else (429, {"Retry-After": "1"})

    answers, batches = asked(three_of_a_batch, *(f"{ACCESS}/{n}" for n in range(60)))

    assert statuses(answers) == [200] * 60
    assert [answer.body["id"] for answer in answers] == [f"{ACCESS}/{n}" for n in range(60)]
    assert [len(batch) for batch in batches[:3]] == [20, 3, 3]
    assert len(batches) < 30


def test_throttling_without_end_is_given_up_and_the_rest_is_kept(asked, pacer):
    def only_intune(url, times):
        return (200, {}) if workload_of(url) == INTUNE else (429, {"Retry-After": "60"})

    answers, _ = asked(only_intune, f"{POLICIES}/1", f"{ACCESS}/1", f"{ACCESS}/2")

    assert statuses(answers) == [200, 429, 429]
    assert isinstance(answers[1].error, ThrottledError)
    assert PATIENCE / 2 < sum(pacer.pauses) <= PATIENCE


def test_throttling_that_asks_for_no_wait_at_all_ends(asked, pacer):
    answers, batches = asked(lambda url, times: (429, {"Retry-After": "0"}), f"{ACCESS}/1")

    assert statuses(answers) == [429]
    assert len(batches) < 100


def test_wait_of_an_hour_gives_up_its_service_and_no_other(asked, pacer):
    def an_hour(url, times):
        return (200, {}) if workload_of(url) == INTUNE else (429, {"Retry-After": "3600"})

    answers, batches = asked(
        an_hour, f"{POLICIES}/1", *(f"{ACCESS}/{n}" for n in range(25)), f"{POLICIES}/2"
    )

    assert statuses(answers) == [200, *[0] * 25, 200]
    assert {type(answer.error) for answer in answers[1:-1]} == {LongWaitError}
    assert pacer.pauses == []
    assert pacer.reads_held == {CONDITIONAL_ACCESS: 3600.0}
    assert sum(url.startswith(ACCESS) for batch in batches for url in batch) == 19


def test_batch_that_fails_as_a_whole_is_asked_again(pacer):
    good = {"responses": [{"id": "0", "status": 200, "body": {"id": "x"}}]}
    client, service = _scripted(pacer, refusal(500), refusal(503), httpx.Response(200, json=good))

    (answer,) = client.batch([BatchRead(path=POLICIES)])

    assert (answer.status, len(service.requests), len(pacer.pauses)) == (200, 3, 2)


@pytest.mark.parametrize("trouble", [refusal(500), httpx.ReadTimeout])
def test_what_was_answered_outlives_batches_that_fail_for_good(pacer, trouble):
    whole = {
        "responses": [{"id": str(n), "status": 200, "body": {"id": str(n)}} for n in range(20)]
    }
    client, service = _scripted(pacer, httpx.Response(200, json=whole), trouble)

    answers = client.batch([BatchRead(path=f"{POLICIES}/{n}") for n in range(70)])

    assert statuses(answers)[:20] == [200] * 20
    assert all(answer.error is not None for answer in answers[20:])
    # The batches behind it wait for the trouble to pass instead of meeting it each by itself.
    assert len(service.requests) == 1 + ATTEMPTS


def test_batch_that_is_throttled_as_a_whole_waits_as_it_was_asked(pacer):
    good = {"responses": [{"id": "0", "status": 200, "body": {}}]}
    throttled = refusal(429, {"Retry-After": "7"})
    client, _ = _scripted(pacer, throttled, httpx.Response(200, json=good))

    (answer,) = client.batch([BatchRead(path=POLICIES)])

    assert (answer.status, pacer.pauses) == (200, [7.0])


def test_batch_that_is_refused_for_good_is_an_error(pacer):
    client, service = _scripted(pacer, refusal(401))

    with pytest.raises(AuthenticationError):
        client.batch([BatchRead(path=POLICIES)])

    assert len(service.requests) == 2


def test_fewer_go_at_once_after_a_refusal_and_more_again_after_a_while():
    at_once = AtOnce.of(None)

    at_once.took(asked=20, refused=16)
    after_refusal = at_once.number
    for _ in range(9):
        at_once.took(asked=4, refused=0)
    before, _ = at_once.number, at_once.took(asked=4, refused=0)

    assert (after_refusal, before, at_once.number) == (4, 4, 8)


def test_never_more_go_at_once_than_the_service_takes():
    at_once = AtOnce.of(1)

    for _ in range(20):
        at_once.took(asked=1, refused=0)
    at_once.took(asked=1, refused=1)

    assert at_once.number == 1


def _scripted(pacer, *answers):
    service = Service(*answers)
    client = GraphClient(
        cloud=Cloud.EMULATOR,
        credentials=CREDENTIALS,
        pacer=pacer,
        sleep=pacer.pauses.append,
        transport=httpx.MockTransport(service),
    )
    return client, service
