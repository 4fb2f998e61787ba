"""How a run ends that no worker brought to its end, and what its facts come to."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from operations import lifecycle, reconciliation
from operations.models import MAX_ATTEMPTS, OperationRun, RunOutcome, RunStatus
from restore_safety.execution import journal
from restore_safety.execution import results as outcomes
from restore_safety.execution.audit_anchor import result_kept_of
from restore_safety.execution.ending import (
    attention_of,
    conclude,
    facts_of,
    operation_outcome_of,
    settle_abandoned,
    settle_withdrawn,
    writes_of,
)
from restore_safety.execution.verify import Verdict
from restore_safety.models import RestoreItem, RestoreRun, RestoreWrite
from restore_safety.restores.receipts.anchors import anchors_of, confirmed_anchors_of
from restore_safety.truth.attention import (
    Attention,
    ItemFact,
    ItemOutcome,
    ReasonCode,
    RestoreStatus,
    Verification,
    attention_for,
    counts_of,
)
from tenants.graph.errors import ErrorKind, GraphError
from tenants.models import AuditEvent
from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    SCRIPTS,
    Clock,
    catalog,
    compliance,
    facts,
    id_of,
    script,
    to_group,
)

UNTOUCHED = ("not_started", "not_attempted", "run_interrupted")


@pytest.fixture
def run(scene):
    assignments = {id_of("Firewall"): [to_group()]}.items()
    return scene.queued((CATALOG, catalog()), (SCRIPTS, script()), assignments=assignments)


@pytest.fixture
def lease(run):
    return lifecycle.start(run_id=run.operation_run_id, now=timezone.now())


def begun(run, lease, name="Firewall"):
    item = run.items.get(name=name)
    for write in item.writes.order_by("position"):
        journal.intend(lease=lease, item=item, write=write, now=timezone.now())
        return item, write
    raise AssertionError("nothing to begin")


def taken(item, write, lease):
    journal.note_applied(
        lease=lease,
        item=item,
        write=write,
        object_id="one",
        status_code=201,
        request_id="",
        now=timezone.now(),
    )


def abandoned(run):
    settle_abandoned(run=run, now=timezone.now())
    run.refresh_from_db()
    return facts(run)


def test_an_abandoned_run_calls_what_was_in_flight_unknown(run, lease):
    begun(run, lease)

    assert abandoned(run) == {
        "Cleanup": UNTOUCHED,
        "Firewall": ("outcome_unknown", "unreadable", "outcome_unestablished"),
    }
    assert (run.status, run.ended_at is not None) == (RestoreStatus.PARTIAL, True)


def test_an_abandoned_run_keeps_what_its_journal_proves(run, lease):
    taken(*begun(run, lease), lease)
    taken(*begun(run, lease, "Cleanup"), lease)

    assert abandoned(run) == {
        "Cleanup": ("created", "not_attempted", "verification_unreadable"),
        "Firewall": ("partial", "not_attempted", "run_interrupted"),
    }


def test_an_abandoned_run_does_not_call_a_refused_write_unknown(run, lease):
    _, write = begun(run, lease)
    journal.note_refused(
        lease=lease,
        write=write,
        error=GraphError("No", kind=ErrorKind.REJECTED, status=400),
        now=timezone.now(),
    )

    assert set(abandoned(run).values()) == {UNTOUCHED}


def test_the_reconciler_ends_a_run_that_no_worker_finishes(scene, run):
    now = timezone.now() + timedelta(hours=1)
    OperationRun.objects.filter(pk=run.operation_run_id).update(attempts=MAX_ATTEMPTS)

    report = reconciliation.reconcile(now=now)

    run = RestoreRun.objects.select_related("operation_run").get(pk=run.pk)
    assert report.ended == (run.operation_run_id,)
    assert (run.status, run.operation_run.outcome) == (
        RestoreStatus.PARTIAL,
        RunOutcome.PARTIALLY_SUCCEEDED,
    )
    assert run.operation_run.failure_code == "abandoned"
    assert set(facts(run).values()) == {UNTOUCHED}
    assert scene.writes() == []


def left_by_a_worker(run, lease, *, settlements):
    """The worker settled these, then vanished for the last time."""
    for name, settlement in settlements.items():
        item = run.items.select_related("plan_item").get(name=name)
        journal.settle(lease=lease, item=item, settlement=settlement(item), now=timezone.now())
    OperationRun.objects.filter(pk=run.operation_run_id).update(attempts=MAX_ATTEMPTS)
    reconciliation.reconcile(now=timezone.now() + timedelta(hours=1))
    return RestoreRun.objects.select_related("operation_run").get(pk=run.pk)


def verified(item):
    return outcomes.written(item.plan_item, Verdict(verification=Verification.VERIFIED))


def refused(item):
    return outcomes.refused(ReasonCode.PAYLOAD_REJECTED, None)


@pytest.mark.parametrize(
    ("settlements", "outcome"),
    [
        ({"Firewall": verified, "Cleanup": verified}, RunOutcome.SUCCEEDED),
        ({"Firewall": verified}, RunOutcome.PARTIALLY_SUCCEEDED),
        ({"Firewall": verified, "Cleanup": refused}, RunOutcome.PARTIALLY_SUCCEEDED),
        ({"Firewall": refused, "Cleanup": refused}, RunOutcome.FAILED),
        ({"Firewall": refused}, RunOutcome.FAILED),
        ({}, RunOutcome.PARTIALLY_SUCCEEDED),
    ],
)
def test_monitoring_and_restore_agree_on_a_run_that_was_given_up(
    run, lease, operator, settlements, outcome
):
    run = left_by_a_worker(run, lease, settlements=settlements)

    reported = facts_of([run.pk])[run.pk]
    result = attention_of(run, reported)
    operation = run.operation_run
    assert (run.status, operation.outcome) == (result.status, outcome)
    assert operation.outcome == operation_outcome_of(result, reported)
    assert operation.summary_counts == counts_of(reported) | {"writes": 0}
    assert operation.failure_code == "abandoned"
    assert [one.headline for one in operation.notifications.all()] == [result.headline]


def test_a_run_cancelled_before_a_worker_came_wrote_nothing(scene, run, operator):
    lifecycle.request_cancel(actor=operator, run=run.operation_run, now=timezone.now())

    run = scene.work(run, clock=Clock())

    cancelled = ("cancelled", "not_attempted", "run_cancelled")
    assert facts(run) == {"Cleanup": cancelled, "Firewall": cancelled}
    assert (run.status, run.operation_run.status, run.operation_run.outcome) == (
        RestoreStatus.CANCELLED,
        RunStatus.COMPLETED,
        RunOutcome.CANCELLED,
    )
    assert scene.writes() == []
    draft = scene.capture(scene.draft((COMPLIANCE, compliance())))
    assert scene.queue(draft).status == RestoreStatus.QUEUED


def test_withdrawing_a_run_settles_every_item(run):
    settle_withdrawn(run=run, now=timezone.now())

    run.refresh_from_db()
    result = attention_of(run, facts_of([run.pk])[run.pk])
    assert (run.status, result.attention) == (RestoreStatus.CANCELLED, Attention.NOT_EXECUTED)


def worked(scene, run, operator):
    scene.work(run)


def given_up(scene, run, operator):
    OperationRun.objects.filter(pk=run.operation_run_id).update(attempts=MAX_ATTEMPTS)
    reconciliation.reconcile(now=timezone.now() + timedelta(hours=1))


def withdrawn(scene, run, operator):
    lifecycle.request_cancel(actor=operator, run=run.operation_run, now=timezone.now())


@pytest.mark.parametrize("way", [worked, given_up, withdrawn])
def test_every_end_is_in_the_trail_with_its_item_facts(scene, run, operator, way):
    way(scene, run, operator)

    run.refresh_from_db()
    event = AuditEvent.objects.get(action="restore.ended")
    assert (event.subject, event.tenant) == (f"restore_run:{run.pk}", run.tenant)
    assert event.detail == result_kept_of(run)
    assert (event.detail["status"], event.detail["items"]) == (run.status, 2)
    assert anchors_of(run).result == confirmed_anchors_of(run).result == event


def test_digest_covers_every_fact_of_every_item(scene, run):
    scene.work(run)
    kept = result_kept_of(run)["items_digest"]
    changes = (
        (RestoreItem, {"verification": "pending"}),
        (RestoreItem, {"mismatches": ["a"]}),
        (RestoreItem, {"error_code": "x"}),
        (RestoreWrite, {"request_id": "x"}),
        (RestoreWrite, {"status_code": 299}),
    )

    found = []
    for model, change in changes:
        with transaction.atomic():
            last = model.objects.filter(**{"run" if model is RestoreItem else "item__run": run})
            model.objects.filter(pk=last.last().pk).update(**change)
            found.append(result_kept_of(run)["items_digest"])
            transaction.set_rollback(True)

    assert len({kept, *found}) == 6
    assert result_kept_of(run)["items_digest"] == kept


def test_worker_that_was_given_up_on_ends_nothing_a_second_time(run, lease, operator):
    given_up(None, run, operator)
    ended = RestoreRun.objects.get(pk=run.pk)

    conclude(run=run, lease=lease, now=timezone.now() + timedelta(hours=2))

    assert RestoreRun.objects.get(pk=run.pk).ended_at == ended.ended_at
    assert AuditEvent.objects.filter(action="restore.ended").count() == 1


def test_facts_are_counted_for_many_runs_in_one_query(scene, run, django_assert_num_queries):
    scene.work(run)
    empty = RestoreRun(pk=id_of("nothing"))

    with django_assert_num_queries(1):
        found = facts_of([run.pk, empty.pk])

    written = ItemFact(
        outcome=ItemOutcome.CREATED, verification=Verification.VERIFIED, reason=ReasonCode.WRITTEN
    )
    assert found == {run.pk: {written: 2}, empty.pk: {}}
    assert writes_of(run) == 3


@pytest.mark.parametrize(
    ("outcome", "verification", "reason", "expected"),
    [
        ("created", "verified", "written", RunOutcome.SUCCEEDED),
        ("unchanged", "verified", "as_wanted", RunOutcome.SUCCEEDED),
        ("created", "pending", "verification_unreadable", RunOutcome.PARTIALLY_SUCCEEDED),
        ("waiting_for_approval", "not_attempted", "approval_pending", "partially_succeeded"),
        ("partial", "verified", "group_missing", RunOutcome.PARTIALLY_SUCCEEDED),
        ("outcome_unknown", "unreadable", "outcome_unestablished", "partially_succeeded"),
        ("failed", "not_attempted", "payload_rejected", RunOutcome.FAILED),
        ("cancelled", "not_attempted", "run_cancelled", RunOutcome.CANCELLED),
    ],
)
def test_monitoring_never_says_more_than_the_result(outcome, verification, reason, expected):
    fact = ItemFact(
        outcome=ItemOutcome(outcome),
        verification=Verification(verification),
        reason=ReasonCode(reason),
    )

    result = attention_for({fact: 1}, is_dry_run=False)

    assert operation_outcome_of(result, [fact]) == expected
