"""Which endings the owner of a kind finds worth a notice."""

import pytest

from operations.models import Notification, RunOutcome
from operations.notifications import notify_initiator
from tests.operations.factories import NOW, OperationRunFactory

ENDINGS = sorted(RunOutcome.FINAL)


@pytest.mark.parametrize("kind", ["checks", "preview"])
def test_capture_of_evidence_is_news_when_it_failed(tenant, operator, kind):
    told = {}
    for outcome in ENDINGS:
        run = OperationRunFactory(
            tenant=tenant, initiator=operator, kind=kind, completed=True, outcome=outcome
        )
        notify_initiator(run=run, now=NOW)
        told[outcome] = Notification.objects.filter(run=run).exists()

    assert told == {outcome: outcome == RunOutcome.FAILED for outcome in ENDINGS}


@pytest.mark.parametrize("kind", ["restore", "backup_capture", "backup_import"])
@pytest.mark.parametrize("outcome", ENDINGS)
def test_every_ending_of_other_work_is_news(tenant, operator, kind, outcome):
    run = OperationRunFactory(
        tenant=tenant, initiator=operator, kind=kind, completed=True, outcome=outcome
    )

    notify_initiator(run=run, now=NOW)

    assert Notification.objects.filter(run=run).count() == 1
