"""What keeps a confirmed restore from writing at once is said before it is queued."""

from datetime import timedelta

import pytest
from django.utils import timezone

from restore_safety.models import PlanItem
from restore_safety.models.evidence import CapturedEvidence
from tenants.graph.contracts import contract
from tenants.models import ProviderPace
from tests.factories import ChangeWindowFactory
from tests.restore_safety.factories_runs import FindingFactory
from tests.restore_safety.wizard.test_proof import ENTERED, late, offered, prove, queue

__all__ = ["late"]
QUEUE = '<button type="submit" class="btn btn-primary" name="action" value="restore">Queue restore'


@pytest.fixture
def hold(connection, proven):
    """`hold(seconds)`: the provider asked so long a wait of what the plan writes."""
    planned = PlanItem.objects.filter(evidence=proven[1])
    planned.update(writes=[{"purpose": "create"}])
    own = contract(planned.first().backup_item.contract_key).workload

    def hold(seconds, workload=own):
        until = timezone.now() + timedelta(seconds=seconds)
        past = timezone.now() - timedelta(days=1)
        ProviderPace.objects.create(
            cloud=connection.cloud,
            directory_id=connection.directory_id,
            client_id=connection.client_id,
            workload=workload,
            next_free_at=past,
            reads_free_at=past,
            reads_held_until=past,
            held_until=until,
        )
        return until

    return hold


def test_a_long_wait_the_provider_asked_for_is_announced(desk, hold):
    until = hold(3600)

    page = desk.get("confirm")

    assert page.context["section"].held_until == until
    assert "Writes to this tenant are held off" in page.text
    assert until.isoformat() in page.text


@pytest.mark.parametrize("how", [{"seconds": 60}, {"seconds": 3600, "workload": "another"}])
def test_a_wait_that_holds_up_nothing_of_the_plan_is_not(desk, hold, how):
    hold(**how)

    assert "held off" not in desk.page("confirm")


def test_in_a_freeze_nothing_is_queued_for_now(desk, proven):
    before = desk.page("confirm")
    ChangeWindowFactory(tenant=desk.draft.tenant, starts_at=timezone.now() - timedelta(hours=1))

    page = desk.page("confirm")

    assert (QUEUE in before, QUEUE in page) == (True, False)
    assert "It cannot start now: schedule its start above" in page
    assert "Queue for this start" in page
    assert "Queue for this start" not in before


def test_ticks_that_are_dropped_while_proving_are_said_to_be(late, proven):
    queue(late)
    checks = CapturedEvidence.objects.get(pk=proven[0].pk)
    newer = CapturedEvidence.objects.get(pk=checks.pk)
    newer.pk, newer.started_at = None, timezone.now()
    newer.completed_at, newer._state.adding = timezone.now(), True
    newer.save()
    FindingFactory(evidence=newer)
    prove(late)

    page = late.get("confirm")

    assert page.context["confirm_form"]["acknowledged"].value() == []
    assert "except what you acknowledged: the scope, the checks or the preview changed" in page.text


def test_ticks_that_are_kept_are_shown_ticked(late):
    queue(late)
    prove(late)

    page = late.get("confirm")

    assert f'value="{ENTERED["acknowledged"][0]}" checked' in page.text
    assert "except what you acknowledged" not in page.text
    assert offered(page)
