"""What the owners of work answer: what an end means, to whom, and whether it is worth a notice."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from operations import reconciliation
from operations.models import MAX_ATTEMPTS, Notification, RunOutcome
from operations.notifications import notify_initiator
from operations.work_kinds import CONCEALED_SENTENCE, continuation_of
from restore_safety.backups.unread import Unread
from restore_safety.models import RestoreItem
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.evidence import CaptureState
from tests.operations.factories import NOW, OperationRunFactory
from tests.restore_safety.factories import BackupSetFactory
from tests.restore_safety.factories_runs import (
    WITHOUT_ITS_GROUP,
    WRITTEN,
    EvidenceFactory,
    RestoreRunFactory,
    item_of,
)

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


def given_up(tenant, operator, **values):
    """A run of which no worker made an end, after the reconciler has been by."""
    run = OperationRunFactory(
        tenant=tenant, initiator=operator, running=True, attempts=MAX_ATTEMPTS, **values
    )
    reconciliation.reconcile(now=NOW + timedelta(hours=1))
    run.refresh_from_db()
    return run


@pytest.mark.parametrize(
    ("state", "found", "outcome"),
    [
        (CaptureState.CAPTURING, {}, RunOutcome.FAILED),
        (CaptureState.FAILED, {}, RunOutcome.FAILED),
        (CaptureState.COMPLETE, {}, RunOutcome.SUCCEEDED),
        (CaptureState.COMPLETE, {"not_evaluable": 1}, RunOutcome.PARTIALLY_SUCCEEDED),
        (CaptureState.COMPLETE, {"unknowns": 1}, RunOutcome.PARTIALLY_SUCCEEDED),
    ],
)
def test_an_abandoned_capture_comes_to_what_its_evidence_is(
    tenant, operator, state, found, outcome
):
    evidence = EvidenceFactory(draft__tenant=tenant, draft__owner=operator, state=state, **found)

    run = given_up(tenant, operator, kind="preview", subject=str(evidence.pk))

    evidence.refresh_from_db()
    assert (run.outcome, run.failure_code) == (outcome, "abandoned")
    assert (evidence.state == CaptureState.FAILED) is (outcome is RunOutcome.FAILED)


@pytest.mark.parametrize(
    ("unreadable", "outcome"),
    [([], RunOutcome.SUCCEEDED), (["Scripts"], RunOutcome.PARTIALLY_SUCCEEDED)],
)
def test_an_abandoned_backup_that_was_kept_is_not_called_failed(
    tenant, operator, unreadable, outcome
):
    run = OperationRunFactory(
        tenant=tenant,
        initiator=operator,
        kind="backup_capture",
        running=True,
        attempts=MAX_ATTEMPTS,
    )
    BackupSetFactory(
        tenant=tenant,
        operation_run=run,
        item_count=7,
        unreadable=[Unread(name=name, reason="refused").to_json() for name in unreadable],
    )

    reconciliation.reconcile(now=NOW + timedelta(hours=1))

    run.refresh_from_db()
    assert run.outcome == outcome
    assert run.summary_counts == {"items": 7, "unreadable": len(unreadable)}


def test_an_abandoned_backup_that_was_not_kept_failed(tenant, operator):
    run = given_up(tenant, operator, kind="backup_capture")

    assert (run.outcome, run.summary_counts) == (RunOutcome.FAILED, {})


def test_a_restore_is_told_to_who_may_see_it_and_to_nobody_else(tenant, operator, outsider):
    restore = RestoreRunFactory(tenant=tenant, requested_by=operator)
    item_of(restore, WRITTEN)
    run = restore.operation_run
    owner = continuation_of(run)

    assert owner.follow_up(run, operator).url == reverse("restores:run-detail", args=[restore.pk])
    assert list(owner.follow_ups([run], operator)) == [run.pk]
    concealed = owner.follow_up(run, outsider)
    assert (concealed.concealed, concealed.sentence) == (True, CONCEALED_SENTENCE)
    assert (concealed.url, concealed.action, concealed.cause) == (None, None, None)
    assert owner.follow_ups([run], outsider) == {}


def test_a_restore_whose_record_is_gone_leaves_no_dead_link(sign_in, operator, tenant):
    run = OperationRunFactory(tenant=tenant, initiator=operator, kind="restore", completed=True)

    text = sign_in(operator).get(run.get_absolute_url()).content.decode()

    assert "The record of this restore was deleted for good" in text
    assert "/restores/" not in text.partition("<main")[2].partition("</main")[0]


def test_the_operation_page_costs_the_same_however_much_was_restored(sign_in, operator, tenant):
    browser = sign_in(operator)
    small = RestoreRunFactory(tenant=tenant, requested_by=operator, status=RestoreStatus.PARTIAL)
    item_of(small, WITHOUT_ITS_GROUP)
    large = RestoreRunFactory(tenant=tenant, requested_by=operator, status=RestoreStatus.PARTIAL)
    for fact in (WRITTEN, WITHOUT_ITS_GROUP) * 10:
        item_of(large, fact)

    with CaptureQueriesContext(connection) as of_one:
        browser.get(small.operation_run.get_absolute_url())
    with CaptureQueriesContext(connection) as of_many:
        browser.get(large.operation_run.get_absolute_url())

    assert RestoreItem.objects.filter(run=large).count() == 20
    assert len(of_many) == len(of_one)
    assert len(of_one) < 20
