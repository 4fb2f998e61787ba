"""Which events of the trail a restore's own rows ask for."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from restore_safety.execution.audit_anchor import missing_events
from tenants.audit import trail
from tenants.audit.verification import Verdict, verify
from tenants.audit.witnesses import DueEvent
from tenants.models import AuditEvent
from tests.restore_safety.factories_runs import NOW, RestoreRunFactory, on_record


@pytest.fixture
def opened(tenant):
    trail.record(action="tenant.added", actor=None, tenant=tenant)


@pytest.mark.usefixtures("opened")
def test_restore_without_its_queueing_in_the_trail_is_named(tenant):
    run = RestoreRunFactory(tenant=tenant)
    answer = StringIO()

    with pytest.raises(CommandError) as ended:
        call_command("verify_audit", stdout=answer)

    assert ended.value.returncode == 1
    assert f"restore_run:{run.pk} has no event restore.queued." in answer.getvalue()
    report = verify()
    assert (report.verdict, report.missing_events) == (
        Verdict.ALTERED,
        (DueEvent(action="restore.queued", subject=f"restore_run:{run.pk}"),),
    )


@pytest.mark.usefixtures("opened")
def test_end_that_was_cut_off_with_the_head_set_back_is_named(tenant):
    run = on_record(RestoreRunFactory(tenant=tenant, running=True))
    assert verify().verdict is Verdict.INTACT

    run.ended_at = NOW + timedelta(minutes=2)
    run.save()

    assert verify().missing_events == (
        DueEvent(action="restore.ended", subject=f"restore_run:{run.pk}"),
    )


def test_run_of_before_the_digests_needs_no_event_of_its_end(tenant):
    on_record(RestoreRunFactory(tenant=tenant), anchored=False)
    on_record(RestoreRunFactory(tenant=tenant))

    assert AuditEvent.objects.filter(action="restore.ended").count() == 1
    assert list(missing_events(None)) == []


def test_one_workspace_is_asked_about_apart_from_another(tenant, other_tenant):
    mine, theirs = RestoreRunFactory(tenant=tenant), RestoreRunFactory(tenant=other_tenant)

    asked = [
        [due.subject for due in missing_events(each)]
        for each in (tenant.workspace, other_tenant.workspace, None)
    ]

    assert asked == [
        [f"restore_run:{mine.pk}"],
        [f"restore_run:{theirs.pk}"],
        [f"restore_run:{mine.pk}", f"restore_run:{theirs.pk}"],
    ]
