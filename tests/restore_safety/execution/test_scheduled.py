"""A scheduled restore begins at its time, if all still holds then; else it ends and says why."""

from datetime import timedelta

import pytest
from django.utils import timezone

from operations import lifecycle
from operations.models import Notification, OperationRun
from restore_safety.execution import approval_requests
from restore_safety.execution.gate import Refusal, RestoreRefusedError
from restore_safety.models import RestoreRun
from restore_safety.truth.attention import RestoreStatus
from tenants.models import AuditEvent, Verification
from tests.factories import ChangeWindowFactory
from tests.restore_safety.execution.scene import CATALOG, SCRIPTS, catalog, facts, script

HOUR = timedelta(hours=1)


@pytest.fixture
def draft(scene):
    return scene.capture(scene.draft((CATALOG, catalog())))


@pytest.fixture
def scheduled(scene, draft):
    return scene.queue(draft, starts_at=timezone.now() + HOUR)


def begin(scene, run, *, after=HOUR):
    scene.clock.ahead = max(scene.clock.ahead, after + timedelta(seconds=1))
    return scene.work(run)


def test_scheduled_restore_waits_and_holds_no_lock(scene, scheduled):
    operation = scheduled.operation_run

    assert scheduled.status == RestoreStatus.SCHEDULED
    assert operation.waits_until == scheduled.starts_at
    assert operation.dispatched_at is None
    other = scene.queued((SCRIPTS, script()))
    assert scene.work(other).status == "completed"


def test_it_starts_when_all_still_holds(scene, scheduled):
    ended = begin(scene, scheduled)

    assert ended.status == "completed"
    assert len(scene.applied()) == 1


@pytest.mark.parametrize("ahead", [timedelta(0), -HOUR, timedelta(days=31)])
def test_start_out_of_reach_is_refused(scene, draft, ahead):
    with pytest.raises(RestoreRefusedError) as caught:
        scene.queue(draft, starts_at=timezone.now() + ahead)

    assert caught.value.refusal is Refusal.START_INVALID


def test_start_is_held_against_the_windows_at_that_time(scene, draft, tenant):
    now = timezone.now()
    ChangeWindowFactory(tenant=tenant, starts_at=now - HOUR, ends_at=now + HOUR)

    with pytest.raises(RestoreRefusedError) as frozen:
        scene.queue(draft, starts_at=now + HOUR / 2)
    run = scene.queue(draft, starts_at=now + 2 * HOUR)

    assert frozen.value.refusal is Refusal.FROZEN
    assert run.status == RestoreStatus.SCHEDULED


def close_the_gate(scene, tenant):
    tenant.writes_enabled = False
    tenant.save()


def freeze(scene, tenant):
    ChangeWindowFactory(tenant=tenant, starts_at=timezone.now() - HOUR)


def unverify(scene, tenant):
    scene.connection.verification = Verification.FAILED
    scene.connection.save()


def connect_elsewhere(scene, tenant):
    scene.connection.directory_id = "00000000-0000-4000-8000-00000000e15e"
    scene.connection.save()


def age_the_evidence(scene, tenant):
    tenant.max_evidence_age = timedelta(minutes=30)
    tenant.save()


def lose_the_right(scene, tenant):
    scene.operator.tenantuserpermission_set.filter(permission__codename="execute_restore").delete()


def need_approval(scene, tenant):
    tenant.needs_approval = True
    tenant.save()


def forget_the_requester(scene, tenant):
    RestoreRun.objects.update(requested_by=None)


CHANGES = [
    close_the_gate,
    freeze,
    unverify,
    connect_elsewhere,
    age_the_evidence,
    lose_the_right,
    need_approval,
    forget_the_requester,
]


@pytest.mark.parametrize("change", CHANGES)
def test_what_no_longer_holds_ends_it_with_nothing_written(scene, scheduled, tenant, change):
    change(scene, tenant)

    ended = begin(scene, scheduled)

    assert [fact[0::2] for fact in facts(ended).values()] == [("not_started", "start_refused")]
    assert scene.applied() == []
    assert ended.operation_run.status == "completed"
    assert "at its start the restore was refused" in ended.items.get().sentence
    assert AuditEvent.objects.filter(action="restore.start_refused", outcome="denied").exists()
    assert Notification.objects.filter(run=ended.operation_run, kind="ended").count() == 1


def test_it_waits_for_a_live_restore_for_a_while_and_then_gives_up(scene, scheduled):
    other = scene.queued((SCRIPTS, script()))

    waiting = begin(scene, scheduled)

    assert waiting.status == RestoreStatus.SCHEDULED
    assert waiting.operation_run.waits_until > scene.clock() - timedelta(minutes=1)
    assert "not finished yet" in waiting.operation_run.wait_note
    ended = begin(scene, scheduled, after=3 * HOUR)
    assert [fact[0::2] for fact in facts(ended).values()] == [("not_started", "start_refused")]
    assert RestoreRun.objects.get(pk=other.pk).status == RestoreStatus.QUEUED


def test_it_starts_once_the_live_restore_has_ended(scene, scheduled):
    other = scene.queued((SCRIPTS, script()))
    begin(scene, scheduled)
    scene.work(other)

    assert begin(scene, scheduled, after=HOUR + timedelta(minutes=5)).status == "completed"


def test_it_does_not_start_hours_late(scene, scheduled):
    ended = begin(scene, scheduled, after=3 * HOUR)

    assert [fact[0::2] for fact in facts(ended).values()] == [("not_started", "start_refused")]
    assert "no worker was there" in ended.items.get().sentence
    assert scene.applied() == []


def test_it_is_cancelled_before_its_start(scene, scheduled):
    ended = lifecycle.request_cancel(
        actor=scene.operator, run=scheduled.operation_run, now=timezone.now()
    )

    assert ended
    scheduled.refresh_from_db()
    assert scheduled.status == "cancelled"
    assert facts(scheduled)
    assert scene.applied() == []


def test_cancelled_while_it_waits_for_another_it_writes_nothing(scene, scheduled):
    scene.queued((SCRIPTS, script()))
    begin(scene, scheduled)
    operation = OperationRun.objects.get(pk=scheduled.operation_run_id)
    lifecycle.request_cancel(actor=scene.operator, run=operation, now=timezone.now())

    assert begin(scene, scheduled).status == "cancelled"
    assert scene.applied() == []


def test_a_worker_lost_while_proving_leaves_the_proof_to_the_next(scene, scheduled, monkeypatch):
    def dies(run, *, now):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("restore_safety.execution.scheduled._refusal", dies)
        with pytest.raises(KeyboardInterrupt):
            begin(scene, scheduled)
    assert RestoreRun.objects.get(pk=scheduled.pk).status == RestoreStatus.QUEUED
    close_the_gate(scene, scene.tenant)

    ended = begin(scene, scheduled, after=4 * HOUR)

    assert [fact[2] for fact in facts(ended).values()] == ["start_refused"]
    assert scene.applied() == []


def test_an_approved_restore_starts_at_its_time(scene, draft, tenant, manager):
    need_approval(scene, tenant)
    starts_at = timezone.now() + timedelta(hours=48)
    now = timezone.now()
    request = approval_requests.ask(
        actor=scene.operator,
        draft=draft,
        confirmation=scene.confirmation(draft, starts_at=starts_at),
        authenticated_at=now,
        now=now,
    )
    approval_requests.decide(
        actor=manager,
        request=request,
        approve=True,
        reason="In the maintenance window",
        authenticated_at=now,
        now=now,
    )
    with pytest.raises(RestoreRefusedError) as at_once:
        scene.queue(draft)
    run = scene.queue(draft, starts_at=starts_at)

    ended = begin(scene, run, after=timedelta(hours=48))

    assert at_once.value.refusal is Refusal.NOT_APPROVED
    assert ended.status == "completed"
