"""Twelve ways in which a tool of today says that all went well when it did not; never here."""

import csv
import io
import json
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from operations import lifecycle, reconciliation
from operations.models import MAX_ATTEMPTS, OperationRun, RunOutcome, RunStatus
from operations.notifications import notify_initiator
from operations.work_kinds import continuation_of
from restore_safety.backups.deleting import BackupInUseError, delete_set
from restore_safety.celery import app
from restore_safety.drafts import service as drafts
from restore_safety.drafts.service import DraftInUseError, DraftSubmittedError, ScopeChoices
from restore_safety.execution import journal
from restore_safety.models import CapturedEvidence, Decision, PlanItem, RestoreRun, RestoreWrite
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.restores.pages.results import result_of
from restore_safety.truth.attention import Attention, FollowUpAction, RestoreStatus
from restore_safety.truth.safety import NextStep
from restore_safety.truth.scope import AssignmentMode, ScopeMode
from restore_safety.truth.snapshot import ExecutionSnapshot
from tenants.models import AuditEvent
from tenants.web.badges import Tone, badge_for
from tests.restore_safety.execution import conftest as execution
from tests.restore_safety.execution.scene import (
    CATALOG,
    COMPLIANCE,
    FILTERS,
    GONE,
    SCRIPTS,
    catalog,
    compliance,
    device_filter,
    facts,
    only,
    script,
    to_group,
)
from tests.restore_safety.factories_runs import REFUSED, WRITTEN, RestoreRunFactory, item_of

scene = execution.scene
CATALOGS = "deviceManagement/configurationPolicies"


def summary_of(run):
    """Attention, status and next action, as every surface has them."""
    result = result_of(run)
    return result.attention, result.status, result.next_action


def is_green(run):
    return badge_for(result_of(run).attention).tone is Tone.POSITIVE


def surfaces(browser, run):
    """What every page that speaks of the run says, by the name of the page."""
    addresses = {
        "list": reverse("restores:run-list"),
        "detail": reverse("restores:run-detail", args=[run.pk]),
        "operations": reverse("operations:run-list"),
        "operation": reverse("operations:run-detail", args=[run.operation_run_id]),
        "notifications": reverse("operations:notification-list"),
    }
    return {
        name: " ".join(browser.get(address).content.decode().split())
        for name, address in addresses.items()
    }


def exported_rows(browser, run):
    answer = browser.get(reverse("restores:run-items-csv", args=[run.pk])).getvalue()
    return list(csv.DictReader(io.StringIO(answer.decode("utf-8-sig"), newline="")))


def assert_told_everywhere(browser, run):
    """Each surface gives the result's own headline and badge; none is green that is not proven."""
    result = result_of(run)
    look = f'title="{escape(badge_for(result.attention).meaning)}"'
    for name, text in surfaces(browser, run).items():
        assert escape(result.headline) in text, name
        assert look in text, name
        assert ("tone-positive" in text) is is_green(run) or name == "detail", name


def test_zero_items_processed_is_not_a_success(scene, sign_in):
    run = scene.queued((CATALOG, catalog()))
    RestoreWrite.objects.all().delete()
    run.items.all().delete()

    run = scene.work(run)

    assert summary_of(run) == (
        Attention.FAILED,
        RestoreStatus.FAILED,
        FollowUpAction.START_RESTORE,
    )
    assert (run.status, run.operation_run.outcome) == (RestoreStatus.FAILED, RunOutcome.FAILED)
    assert result_of(run).headline.startswith("Nothing was restored, the run held nothing")
    assert_told_everywhere(sign_in(scene.operator), run)


def test_what_was_not_read_again_after_the_write_is_not_called_as_wanted(scene, sign_in):
    run = scene.queued((CATALOG, catalog()))
    scene.fault({"status": 503}, method="GET", path=f"{CATALOGS}/[^/]+$")

    run = scene.work(run)

    outcome, verification, reason = only(run)
    assert (outcome, reason) == ("created", "verification_unreadable")
    assert verification in {"pending", "unreadable"}
    assert summary_of(run) == (
        Attention.COMPLETED_WITH_FOLLOW_UP,
        RestoreStatus.COMPLETED,
        FollowUpAction.RECONCILE,
    )
    assert not is_green(run)
    for name, text in surfaces(sign_in(scene.operator), run).items():
        assert "tone-positive" not in text, name


def test_an_update_the_tenant_refused_is_not_a_warning_of_a_completed_run(scene, sign_in):
    scene.fill((CATALOG, catalog(value=2)))
    run = scene.queued((CATALOG, catalog()), (SCRIPTS, script()))
    scene.fault({"status": 400, "code": "BadRequest"}, method="PUT", path=CATALOGS)

    run = scene.work(run)

    assert facts(run)["Firewall"] == ("failed", "not_attempted", "payload_rejected")
    assert summary_of(run)[:2] == (Attention.PARTIAL, RestoreStatus.PARTIAL)
    assert (run.status, run.operation_run.outcome) == ("partial", "partially_succeeded")
    assert "1 failed" in result_of(run).headline
    assert_told_everywhere(sign_in(scene.operator), run)


def test_when_all_fails_each_is_counted_once_and_under_its_own_name(scene, sign_in):
    run = scene.queued((CATALOG, catalog()), (SCRIPTS, script()))
    scene.fault({"status": 400, "code": "BadRequest"})

    run = scene.work(run)

    counts = {name: count for name, count in run.operation_run.summary_counts.items() if count}
    assert counts == {"items": 2, "failed": 2}
    assert summary_of(run)[:2] == (Attention.FAILED, RestoreStatus.FAILED)
    assert result_of(run).headline.startswith("Nothing was restored, 2 failed")
    assert run.operation_run.outcome == RunOutcome.FAILED
    browser = sign_in(scene.operator)
    assert_told_everywhere(browser, run)
    assert [(row["outcome"], row["reason"]) for row in exported_rows(browser, run)] == [
        ("failed", "payload_rejected"),
        ("failed", "payload_rejected"),
    ]


def test_an_interrupted_run_is_neither_failed_nor_completed(scene, sign_in):
    run = scene.queued((CATALOG, catalog()))
    OperationRun.objects.filter(pk=run.operation_run_id).update(attempts=MAX_ATTEMPTS)

    reconciliation.reconcile(now=timezone.now() + timedelta(hours=1))

    run = RestoreRun.objects.get(pk=run.pk)
    assert only(run) == ("not_started", "not_attempted", "run_interrupted")
    assert summary_of(run) == (
        Attention.NOT_EXECUTED,
        RestoreStatus.PARTIAL,
        FollowUpAction.RETRY_REMAINING,
    )
    assert (run.status, run.operation_run.outcome) == (
        RestoreStatus.PARTIAL,
        RunOutcome.PARTIALLY_SUCCEEDED,
    )
    assert_told_everywhere(sign_in(scene.operator), run)


def test_what_an_interrupted_run_had_in_flight_is_unknown_and_not_failed(scene, sign_in):
    run = scene.queued((CATALOG, catalog()))
    lease = lifecycle.start(run_id=run.operation_run_id, now=timezone.now())
    item = run.items.get()
    for write in item.writes.order_by("position")[:1]:
        journal.intend(lease=lease, item=item, write=write, now=timezone.now())
    OperationRun.objects.filter(pk=run.operation_run_id).update(attempts=MAX_ATTEMPTS)

    reconciliation.reconcile(now=timezone.now() + timedelta(hours=1))

    run = RestoreRun.objects.get(pk=run.pk)
    assert only(run) == ("outcome_unknown", "unreadable", "outcome_unestablished")
    assert summary_of(run) == (Attention.PARTIAL, RestoreStatus.PARTIAL, FollowUpAction.RECONCILE)
    assert run.operation_run.outcome == RunOutcome.PARTIALLY_SUCCEEDED
    assert_told_everywhere(sign_in(scene.operator), run)


def test_cancelled_is_not_said_before_the_worker_has_stopped(scene, operator, sign_in):
    run = scene.queued((COMPLIANCE, compliance()), (FILTERS, device_filter()))
    scene.fault({"status": 429, "retry_after": 1}, path="deviceCompliancePolicies$", times=1)
    seen, shown = [], {}

    def cancel(seconds):
        operation = run.operation_run
        operation.refresh_from_db()
        if not seen:
            lifecycle.request_cancel(actor=operator, run=operation, now=scene.clock())
            operation.refresh_from_db()
            follow_up = continuation_of(operation).follow_up(operation, operator)
            seen.append((operation.status, RestoreRun.objects.get().status, follow_up.state))
            shown.update(surfaces(sign_in(operator), run))
        scene.clock.sleep(seconds)

    run = scene.work(run, sleep=cancel)

    assert seen == [(RunStatus.RUNNING, RestoreStatus.RUNNING, RestoreStatus.RUNNING)]
    for name, text in shown.items():
        assert "</i>Cancelled</span>" not in text, name
    assert "Cancellation was requested" in shown["operation"]
    assert run.status == RestoreStatus.CANCELLED
    assert facts(run) == {
        "Corporate": ("created", "verified", "written"),
        "Passwords": ("cancelled", "not_attempted", "run_cancelled"),
    }


def test_the_lock_holds_on_the_database_in_use(tenant, other_tenant):
    RestoreRunFactory(tenant=tenant, running=True)
    RestoreRunFactory(tenant=tenant, running=True, is_dry_run=True)
    RestoreRunFactory(tenant=other_tenant, running=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        RestoreRunFactory(tenant=tenant, running=True)

    with connection.cursor() as cursor:
        kept = connection.introspection.get_constraints(cursor, RestoreRun._meta.db_table)
    assert kept["one_live_restore_per_tenant"]["unique"]


def test_the_preview_is_not_silent_about_what_it_could_not_look_at(scene, sign_in):
    draft = scene.draft((CATALOG, catalog()), (SCRIPTS, script()))
    scene.fault({"status": 403}, method="GET", path=CATALOGS)

    scene.capture(draft)

    preview = CapturedEvidence.objects.get(kind="preview")
    listed = PlanItem.objects.filter(evidence=preview, backup_item__contract_key=CATALOG)
    assert [item.decision for item in listed] == [Decision.NOT_EVALUABLE]
    assert preview.not_evaluable == 1
    page = sign_in(scene.operator).get(reverse("restores:draft-step", args=[draft.pk, "preview"]))
    text = page.content.decode()
    assert f"</i>{badge_for(Decision.NOT_EVALUABLE).label}</span>" in text
    assert "Firewall" in text
    assert "tone-positive" not in text
    assert scene.status(draft).assessment.next_step is not NextStep.CONFIRM
    assert scene.status(draft).assessment.positive_claim_suppressed


def test_assignments_left_out_for_a_missing_group_are_a_result(scene, sign_in):
    assigned = {catalog()["id"]: [to_group(GONE)]}.items()
    run = scene.queued((CATALOG, catalog()), assignments=assigned)

    run = scene.work(run)

    assert only(run) == ("partial", "verified", "group_missing")
    assert summary_of(run) == (
        Attention.PARTIAL,
        RestoreStatus.PARTIAL,
        FollowUpAction.MAP_GROUPS,
    )
    assert result_of(run).headline == (
        "1 policy restored, 1 of them without its assignments: map the missing group"
    )
    browser = sign_in(scene.operator)
    assert_told_everywhere(browser, run)
    assert [(row["outcome"], row["reason"]) for row in exported_rows(browser, run)] == [
        ("partial", "group_missing")
    ]


def test_what_is_wrong_shows_in_the_file_as_on_the_page(tenant, operator, sign_in):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator, status=RestoreStatus.PARTIAL)
    item_of(run, WRITTEN)
    item_of(run, REFUSED)
    notify_initiator(run=run.operation_run, now=timezone.now())
    result = result_of(run)

    browser = sign_in(operator)
    answer = browser.get(reverse("restores:run-items-json", args=[run.pk]))
    exported = json.loads(answer.getvalue())["restore"]
    first, second = exported_rows(browser, run)

    assert_told_everywhere(browser, run)
    assert (exported["attention"], exported["follow_up_required"], exported["headline"]) == (
        Attention.PARTIAL.value,
        True,
        result.headline,
    )
    for row in (first, second):
        assert (row["attention"], row["headline"]) == (Attention.PARTIAL, result.headline)


def test_history_outlives_the_scope_the_draft_and_the_clean_up(scene, manager):
    draft = scene.capture(scene.draft((CATALOG, catalog())))
    drafts.change_scope(
        actor=scene.operator,
        draft=draft,
        choices=ScopeChoices(assignment_mode=AssignmentMode.LEAVE),
        now=timezone.now(),
    )
    scene.capture(draft)
    kept = scene.queue(draft).metadata[SNAPSHOT_KEY]

    with pytest.raises(DraftSubmittedError):
        drafts.change_scope(
            actor=scene.operator,
            draft=draft,
            choices=ScopeChoices(assignment_mode=AssignmentMode.REPLACE),
            now=timezone.now(),
        )
    with pytest.raises(DraftInUseError):
        drafts.discard(actor=scene.operator, draft=draft)
    with pytest.raises(BackupInUseError):
        delete_set(actor=manager, backup_set=draft.backup_set)

    # Nothing runs by itself that could clean anything up.
    assert app.conf.beat_schedule == {}
    assert draft.evidence.count() == 4
    assert list(draft.changes.values_list("field", flat=True)[:1]) == ["assignment_mode"]
    assert RestoreRun.objects.get().metadata[SNAPSHOT_KEY] == kept


def test_a_restore_of_a_part_is_recorded_as_one_of_a_part(scene, sign_in):
    draft = scene.draft((CATALOG, catalog()), (SCRIPTS, script()), mode=ScopeMode.SELECTED)
    chosen = draft.backup_set.items.get(contract_key=CATALOG)
    drafts.change_scope(
        actor=scene.operator,
        draft=draft,
        choices=ScopeChoices(selected=frozenset({str(chosen.pk)})),
        now=timezone.now(),
    )

    run = scene.work(scene.queue(scene.capture(draft)))

    snapshot = ExecutionSnapshot.from_json(run.metadata[SNAPSHOT_KEY])
    assert (snapshot.scope.mode, snapshot.scope.item_count) == (ScopeMode.SELECTED, 1)
    assert facts(run) == {"Firewall": ("created", "verified", "written")}
    assert run.operation_run.summary_counts["items"] == 1
    assert [item.backup_item for item in run.items.all()] == [chosen]
    assert_told_everywhere(sign_in(scene.operator), run)
    queued = AuditEvent.objects.filter(subject=f"restore_run:{run.pk}", action="restore.queued")
    assert [event.actor for event in queued] == [scene.operator]
