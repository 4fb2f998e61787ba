"""A provider that takes its time with every answer costs no worker its run."""

import httpx
import pytest
from django.utils import timezone

from operations import lifecycle
from operations.lifecycle import RunNotStartableError
from operations.models import OperationRun
from restore_safety.backups import capture as backups
from restore_safety.checks import capture as checks
from restore_safety.drafts import preview
from tests.restore_safety.execution.scene import (
    CATALOG,
    FILTERS,
    SCRIPTS,
    catalog,
    device_filter,
    facts,
    script,
)

SECONDS_PER_ANSWER = 25
UPDATED = ("updated", "verified", "written")
CREATED = ("created", "verified", "written")
UNCHANGED = ("unchanged", "verified", "as_wanted")


@pytest.fixture
def exchanges(monkeypatch):
    """Says what happens at every exchange with the provider, signing in as well."""
    answered = httpx.HTTPTransport.handle_request
    happenings = []

    def handle(transport, request):
        answer = answered(transport, request)
        for happening in happenings:
            happening(request)
        return answer

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    return happenings


def test_no_one_takes_over_a_restore_whose_provider_is_slow(scene, exchanges):
    names = [f"Policy {number}" for number in range(3)]
    scene.fill(
        *((CATALOG, catalog(name, value=2)) for name in names),
        *((SCRIPTS, script(f"Script {number}")) for number in range(3)),
    )
    run = scene.queued(
        *((CATALOG, catalog(name)) for name in names),
        *((SCRIPTS, script(f"Script {number}")) for number in range(3)),
        (FILTERS, device_filter()),
    )
    asked, takeovers = [], []

    def take_time(request):
        scene.clock.sleep(SECONDS_PER_ANSWER)
        asked.append(request.url.path)
        try:
            lifecycle.start(run_id=run.operation_run_id, now=scene.clock())
        except RunNotStartableError:
            return
        takeovers.append(request.url.path)

    exchanges.append(take_time)
    run = scene.work(run)

    assert len(asked) > 10
    assert takeovers == []
    assert run.operation_run.attempts == 1
    assert facts(run) == {
        "Corporate": CREATED,
        **dict.fromkeys(names, UPDATED),
        **{f"Script {number}": UNCHANGED for number in range(3)},
    }


@pytest.mark.parametrize("kind", ["checks", "preview", "backup_capture"])
def test_every_request_of_a_capture_renews_its_lease_in_time(
    scene, operator, exchanges, settings, kind
):
    scene.fill((CATALOG, catalog()), (SCRIPTS, script()))
    draft = scene.draft((CATALOG, catalog()), (SCRIPTS, script()))
    # So short that a quarter of it has gone by before any request.
    settings.OPERATION_LEASE_SECONDS = 0.000_4
    run, work = _queued(kind, draft, operator, scene.tenant)
    heard = []
    exchanges.append(lambda _: heard.append(OperationRun.objects.get(pk=run).heartbeat_at))

    work(run_id=str(run))

    assert len(heard) > 4
    assert len(set(heard)) == len(heard)


def _queued(kind, draft, operator, tenant):
    if kind == "backup_capture":
        return backups.queue_backup(actor=operator, tenant=tenant).run.pk, backups.work
    queue, work = {
        "checks": (checks.queue_checks, checks.work),
        "preview": (preview.queue_preview, preview.work),
    }[kind]
    evidence = queue(actor=operator, draft=draft, now=timezone.now())
    return evidence.operation_run_id, work
