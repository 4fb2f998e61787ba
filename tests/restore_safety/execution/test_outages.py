"""While Microsoft Graph is out nothing fails: the run waits, longer each time, until it is back."""

from datetime import timedelta
from itertools import pairwise

import httpx
import pytest
from django.utils import timezone

from operations import lifecycle
from operations.models import OperationRun
from restore_safety.execution.pauses import RunPausedError, pause_for
from restore_safety.models import RestoreWrite
from tenants.graph.answers import unreachable
from tests.restore_safety.execution.scene import (
    CATALOG,
    FILTERS,
    catalog,
    device_filter,
    facts,
    id_of,
    only,
    rows,
    to_group,
)

CREATED = ("created", "verified", "written")
UPDATED = ("updated", "verified", "written")
CATALOGS = "deviceManagement/configurationPolicies"
NEVER_CONNECTED = [httpx.ConnectError, httpx.ConnectTimeout]
MINUTE = timedelta(minutes=1)


def is_write(request):
    return request.method != "GET" and not request.url.path.endswith(("/$batch", "/token"))


def is_assignment(request):
    return request.url.path.endswith("/assign")


def anything(_):
    return True


class Outage:
    """No connection comes about for what `affects` says, until it is over."""

    def __init__(self, monkeypatch, affects, error=httpx.ConnectError, now=timezone.now):
        self.is_over = False
        self.refused = []
        send = httpx.HTTPTransport.handle_request

        def handle(transport, request):
            # The test's own control of the emulator goes on.
            if not self.is_over and "/_emulator/" not in request.url.path and affects(request):
                self.refused.append(now())
                raise error("refused", request=request)
            return send(transport, request)

        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)


def operation(run):
    return OperationRun.objects.get(pk=run.operation_run_id)


def two(scene):
    scene.fill((CATALOG, catalog("Old", value=2)))
    return scene.queued((CATALOG, catalog("Old")), (CATALOG, catalog("New")))


@pytest.mark.parametrize("error", NEVER_CONNECTED)
@pytest.mark.parametrize("affects", [is_write, anything], ids=["writes", "all"])
def test_what_could_not_be_sent_is_sent_once_the_service_is_back(
    scene, monkeypatch, affects, error
):
    run = two(scene)
    outage = Outage(monkeypatch, affects, error)

    scene.work(run, turns=3)
    paused = operation(run)
    outage.is_over = True
    run = scene.work(run)

    assert len(outage.refused) >= 3
    assert paused.is_paused
    assert paused.wait_note == "Microsoft Graph could not be reached."
    assert facts(run) == {"Old": UPDATED, "New": CREATED}
    assert len(scene.applied()) == len(scene.writes()) == 2
    assert set(RestoreWrite.objects.values_list("doubts", flat=True)) == {0}


def test_the_pauses_grow(scene, monkeypatch):
    run = two(scene)
    outage = Outage(monkeypatch, is_write, now=scene.clock)
    for _ in range(25):
        scene.work(run, turns=1)

    pauses = [round((b - a) / MINUTE) for a, b in pairwise(outage.refused)]
    assert (pauses[0], pauses[-1]) == (1, 10)
    assert max(pauses) <= 11
    assert len(pauses) < 25


@pytest.mark.parametrize(("minutes_ago", "pause"), [(0, 1), (50, 5), (300, 10)])
def test_the_pause_goes_by_when_the_run_last_came_further(scene, minutes_ago, pause):
    run = two(scene)
    now = scene.clock()
    OperationRun.objects.update(started_at=now - timedelta(days=3))
    run.items.filter(position=1).update(settled_at=now - minutes_ago * MINUTE)

    with pytest.raises(RunPausedError) as paused:
        pause_for(unreachable("ConnectError", was_sent=False), run=run, now=now)

    assert paused.value.until - now == pause * MINUTE


def test_it_ends_after_a_day_with_what_is_true_of_each_item(scene, monkeypatch):
    run = scene.queued(
        (FILTERS, device_filter()),
        (CATALOG, catalog("Begun")),
        (CATALOG, catalog("New")),
        assignments={id_of("Begun"): [to_group()]}.items(),
    )
    Outage(monkeypatch, is_assignment)
    scene.work(run, turns=1)
    assert operation(run).is_paused
    OperationRun.objects.update(started_at=scene.clock() - timedelta(days=2))
    run.items.filter(position=1).update(settled_at=scene.clock() - timedelta(hours=25))

    run = scene.work(run)

    assert not operation(run).is_live
    assert facts(run)["Begun"] == ("partial", "not_attempted", "provider_unreachable")
    assert facts(run)["New"] == ("not_started", "not_attempted", "provider_unreachable")
    assert "for a day" in run.items.get(name="New").sentence


def test_a_run_that_is_cancelled_meanwhile_ends_at_once(scene, monkeypatch, operator):
    run = two(scene)
    Outage(monkeypatch, anything)
    scene.work(run, turns=1)

    lifecycle.request_cancel(actor=operator, run=operation(run), now=scene.clock())
    run = scene.work(run, turns=1)

    assert {outcome for outcome, *_ in facts(run).values()} == {"cancelled"}
    assert scene.applied() == []


def test_writes_refused_for_now_without_end_wait_too(scene):
    run = scene.queued((CATALOG, catalog()))
    scene.fault({"status": 429, "retry_after": 1}, path=f"{CATALOGS}$")

    scene.work(run, turns=1)
    paused = operation(run)
    scene.control.clear_faults()

    assert paused.is_paused
    assert rows(run) == [("create", "planned")]
    assert only(scene.work(run)) == CREATED


def test_a_write_whose_answer_was_bad_stays_in_doubt(scene):
    run = scene.queued(*((CATALOG, catalog(f"Policy {number}")) for number in range(4)))
    scene.fault({"status": 503}, path=f"{CATALOGS}$")

    run = scene.work(run)

    assert facts(run)["Policy 0"] == ("failed", "not_attempted", "provider_unavailable")
    assert RestoreWrite.objects.filter(item__name="Policy 0").get().doubts == 2
