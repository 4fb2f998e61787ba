"""What the database itself holds true of runs."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from operations.models import OperationRun, RunOutcome, RunStatus
from tests.operations.factories import NOW, NotificationFactory, OperationRunFactory


@pytest.mark.parametrize(
    "state",
    [
        {"status": RunStatus.COMPLETED},
        {"outcome": RunOutcome.SUCCEEDED},
        {"running": True, "ended_at": NOW},
        {"completed": True, "ended_at": None},
        {"completed": True, "status": "paused"},
        {"completed": True, "outcome": "splendid"},
    ],
)
def test_status_outcome_and_end_agree(tenant, state):
    with pytest.raises(IntegrityError), transaction.atomic():
        OperationRunFactory(tenant=tenant, **state)


def test_a_person_gets_one_notice_per_run(tenant):
    notice = NotificationFactory(run__tenant=tenant)

    with pytest.raises(IntegrityError), transaction.atomic():
        NotificationFactory(run=notice.run)


def test_families_hold_every_member():
    assert set(RunStatus) - RunStatus.LIVE == {RunStatus.COMPLETED}
    assert set(RunOutcome) - RunOutcome.FINAL == {RunOutcome.PENDING}


def test_live_runs_newest_first(tenant):
    older = OperationRunFactory(tenant=tenant)
    newer = OperationRunFactory(tenant=tenant, running=True, queued_at=NOW + timedelta(seconds=1))
    OperationRunFactory(tenant=tenant, completed=True)

    runs = OperationRun.objects.live().newest_first()

    assert list(runs) == [newer, older]
    assert runs.totally_ordered


def test_duration_is_known_once_the_run_ended():
    assert OperationRunFactory.build(completed=True).duration == timedelta(seconds=75)
    assert OperationRunFactory.build(running=True).duration is None
