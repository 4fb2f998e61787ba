"""A freeze stops a restore at its queueing and between two requests, unless it is overridden."""

from datetime import timedelta

import pytest
from django.utils import timezone

from restore_safety.execution.gate import Refusal, RestoreRefusedError
from restore_safety.execution.overrides import is_frozen, overrides_of
from restore_safety.models import RestoreRun
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.truth.overrides import Override
from restore_safety.truth.safety import GateCode
from restore_safety.truth.snapshot import ExecutionSnapshot
from tenants.access.service import AccessDeniedError
from tenants.models import AuditEvent, ChangeWindow
from tests.factories import ChangeWindowFactory
from tests.restore_safety.execution.scene import CATALOG, SCRIPTS, catalog, facts, script


@pytest.fixture
def draft(scene):
    return scene.capture(scene.draft((CATALOG, catalog()), (SCRIPTS, script())))


def freeze(tenant, **values):
    return ChangeWindowFactory(
        tenant=tenant, starts_at=timezone.now() - timedelta(hours=1), **values
    )


def test_restore_is_refused_in_a_freeze_and_a_dry_run_is_not(scene, draft, tenant):
    freeze(tenant)

    with pytest.raises(RestoreRefusedError) as caught:
        scene.queue(draft)
    rehearsal = scene.queue(draft, is_dry_run=True)

    assert caught.value.refusal is Refusal.FROZEN
    assert "A freeze holds until" in caught.value.sentence
    assert rehearsal.is_dry_run


def test_overriding_needs_the_right_to(scene, draft, tenant):
    freeze(tenant)

    with pytest.raises(AccessDeniedError):
        scene.queue(draft, freeze_override="The plant stands still")

    assert not RestoreRun.objects.exists()


def test_override_is_kept_in_snapshot_trail_and_run(scene, draft, tenant, owner):
    window = freeze(tenant)
    scene.operator = owner

    run = scene.queue(draft, freeze_override=" The plant stands still ")

    snapshot = ExecutionSnapshot.from_json(run.metadata[SNAPSHOT_KEY])
    assert snapshot.freeze_override.windows == (window.pk,)
    assert snapshot.freeze_override.reason == "The plant stands still"
    assert dict(snapshot.gates)[GateCode.FREEZE] is False
    assert [(one.override, one.reason) for one in overrides_of(run)] == [
        (Override.FREEZE, "The plant stands still")
    ]
    event = AuditEvent.objects.get(action="restore.freeze_overridden")
    assert (event.subject, event.detail["reason"]) == (
        f"restore_run:{run.pk}",
        "The plant stands still",
    )
    assert {outcome for outcome, _, _ in facts(scene.work(run)).values()} == {"created"}


@pytest.mark.parametrize("reason", ["   ", "x" * 201])
def test_override_without_a_readable_reason_is_refused(scene, draft, tenant, owner, reason):
    freeze(tenant)
    scene.operator = owner

    with pytest.raises(RestoreRefusedError) as caught:
        scene.queue(draft, freeze_override=reason)

    assert caught.value.refusal is Refusal.OVERRIDE_INCOMPLETE


def test_override_where_nothing_is_frozen_overrides_nothing(scene, draft, owner):
    scene.operator = owner

    run = scene.queue(draft, freeze_override="Just in case")

    assert overrides_of(run) == ()
    assert not AuditEvent.objects.filter(action="restore.freeze_overridden").exists()


def test_freeze_that_begins_while_a_restore_runs_stops_the_rest(scene, draft, tenant):
    run = scene.queue(draft)
    begins_after_the_first(scene, tenant)

    ended = scene.work(run)

    assert [fact[0::2] for fact in facts(ended).values()] == [
        ("created", "written"),
        ("not_started", "freeze_window"),
    ]
    assert len(scene.applied()) == 1
    assert ended.status == "partial"


def test_another_freeze_than_the_overridden_one_stops_the_run(scene, draft, tenant, owner):
    freeze(tenant)
    scene.operator = owner
    run = scene.queue(draft, freeze_override="The plant stands still")
    assert not is_frozen(run, at=timezone.now())

    freeze(tenant, reason="A second one")

    assert is_frozen(run, at=timezone.now())
    assert {reason for _, _, reason in facts(scene.work(run)).values()} == {"freeze_window"}
    assert scene.applied() == []


def begins_after_the_first(scene, tenant):
    """A freeze that starts once the tenant has taken a write: each wait of the run asks."""
    clock = scene.clock

    class Watching(type(clock)):
        def __call__(self):
            if scene.applied() and not ChangeWindow.objects.exists():
                freeze(tenant)
            return super().__call__()

    scene.clock = Watching()
