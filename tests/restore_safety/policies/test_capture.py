import pytest
from django.utils import timezone

from operations.models import OperationRun, RunOutcome
from restore_safety.demo.directory import CONTOSO
from restore_safety.demo.drift import CHANGED
from restore_safety.demo.policies import objects_of
from restore_safety.drafts.preview import queue_preview, work
from restore_safety.models import CapturedEvidence, Decision
from restore_safety.policies.plan import plan_hash
from restore_safety.truth.evidence import CaptureState
from tenants.access.service import AccessDeniedError
from tenants.graph.clouds import Cloud
from tenants.models import ProviderConnection
from tests.restore_safety.policies.fakes import PILOTS, catalog, compliance, to_group

CATALOG = "configurationPolicies"
PATH = "deviceManagement/configurationPolicies"


@pytest.fixture
def captured(operator):
    """The evidence after its run has been worked on."""

    def capture(draft):
        evidence = queue_preview(actor=operator, draft=draft, now=timezone.now())
        work(run_id=str(evidence.operation_run_id))
        return CapturedEvidence.objects.select_related("operation_run").get(pk=evidence.pk)

    return capture


def live(payload):
    """The policy as a person would have created it: without what the service adds."""
    added = {"lastModifiedDateTime", "settingCount"}
    return {key: value for key, value in payload.items() if key not in added}


def test_a_preview_keeps_the_plan_it_decided(connected, draft_of, captured):
    connected({PATH: [live(catalog("Kept")), live(catalog("Drifted", value="off"))]})
    draft = draft_of(
        (CATALOG, catalog("Kept")),
        (CATALOG, catalog("Drifted")),
        ("deviceCompliancePolicies", compliance("New")),
    )

    evidence = captured(draft)

    rows = list(evidence.plan.select_related("backup_item"))
    assert [(row.backup_item.name, row.decision, len(row.writes)) for row in rows] == [
        ("New", Decision.CREATE, 1),
        ("Kept", Decision.UNCHANGED, 0),
        ("Drifted", Decision.UPDATE, 1),
    ]
    assert (evidence.state, evidence.writes, evidence.blocked, evidence.not_evaluable) == (
        CaptureState.COMPLETE,
        2,
        0,
        0,
    )
    assert evidence.plan_hash == plan_hash(rows)
    run = evidence.operation_run
    assert run.outcome == RunOutcome.SUCCEEDED
    assert run.summary_counts == {"items": 3, "writes": 2, "blockers": 0, "unknowns": 0}


def test_a_group_that_exists_is_assigned(connected, draft_of, captured):
    connected()
    draft = draft_of((CATALOG, catalog()), assignments=[to_group(PILOTS)])

    [row] = captured(draft).plan.all()

    assert [write["purpose"] for write in row.writes] == ["create", "assign"]


def test_a_directory_other_than_the_scope_names_is_not_looked_at(connected, draft_of, operator):
    connected()
    draft = draft_of((CATALOG, catalog()))
    evidence = queue_preview(actor=operator, draft=draft, now=timezone.now())
    ProviderConnection.objects.update(cloud=Cloud.US_GOV_L4)

    work(run_id=str(evidence.operation_run_id))

    evidence = CapturedEvidence.objects.select_related("operation_run").get(pk=evidence.pk)
    assert (evidence.state, evidence.operation_run.failure_code, evidence.plan.count()) == (
        CaptureState.FAILED,
        "connected_elsewhere",
        0,
    )
    assert "pointed to another directory" in evidence.failure


def test_a_type_that_cannot_be_listed_is_not_evaluable(connected, draft_of, captured, refusing):
    refusing(connected(), PATH)

    evidence = captured(draft_of((CATALOG, catalog())))

    assert [row.decision for row in evidence.plan.all()] == [Decision.NOT_EVALUABLE]
    assert (evidence.state, evidence.not_evaluable) == (CaptureState.COMPLETE, 1)
    assert evidence.operation_run.outcome == RunOutcome.PARTIALLY_SUCCEEDED


def test_without_a_token_the_preview_fails_and_says_why(connected, draft_of, captured):
    connection = connected()
    connection.set_secret("another secret")
    connection.save()

    evidence = captured(draft_of((CATALOG, catalog())))

    assert evidence.state == CaptureState.FAILED
    assert evidence.failure.startswith("Contoso could not be read")
    assert evidence.plan.count() == 0
    run = evidence.operation_run
    assert (run.outcome, run.failure_code) == (RunOutcome.FAILED, "connection_failed")
    assert run.failure_message == evidence.failure


def test_a_tenant_without_a_connection_cannot_be_previewed(draft_of, captured):
    evidence = captured(draft_of((CATALOG, catalog())))

    assert evidence.state == CaptureState.FAILED
    assert evidence.operation_run.failure_code == "not_connected"


def test_a_cancelled_preview_shows_nothing(connected, draft_of, operator):
    connected()
    evidence = queue_preview(
        actor=operator, draft=draft_of((CATALOG, catalog())), now=timezone.now()
    )
    OperationRun.objects.filter(pk=evidence.operation_run_id).update(
        cancel_requested_at=timezone.now()
    )

    work(run_id=str(evidence.operation_run_id))

    evidence = CapturedEvidence.objects.select_related("operation_run").get(pk=evidence.pk)
    assert (evidence.state, evidence.plan.count()) == (CaptureState.FAILED, 0)
    assert evidence.operation_run.outcome == RunOutcome.CANCELLED


def test_working_twice_changes_nothing(connected, draft_of, captured):
    connected()
    evidence = captured(draft_of((CATALOG, catalog())))

    work(run_id=str(evidence.operation_run_id))

    assert evidence.plan.count() == 1


def test_a_worker_that_died_before_the_end_is_followed_by_one_that_ends_the_run(
    connected, draft_of, operator
):
    connected()
    evidence = queue_preview(
        actor=operator, draft=draft_of((CATALOG, catalog())), now=timezone.now()
    )
    CapturedEvidence.objects.filter(pk=evidence.pk).update(
        state=CaptureState.COMPLETE, completed_at=timezone.now(), writes=1
    )

    work(run_id=str(evidence.operation_run_id))

    run = evidence.operation_run
    run.refresh_from_db()
    assert run.outcome == RunOutcome.SUCCEEDED
    assert run.summary_counts["writes"] == 1


def test_only_who_may_prepare_restores_captures_a_preview(draft_of, auditor):
    draft = draft_of((CATALOG, catalog()))

    with pytest.raises(AccessDeniedError):
        queue_preview(actor=auditor, draft=draft, now=timezone.now())


def test_what_the_service_adds_to_a_drifted_policy_is_no_row(connected, draft_of, captured):
    backed_up = [body for body in objects_of(CONTOSO)[PATH] if (PATH, body["name"]) in CHANGED]
    bare = [{key: part for key, part in body.items() if key != "assignments"} for body in backed_up]
    connected({PATH: [body | CHANGED[PATH, body["name"]] for body in bare]})
    draft = draft_of(*[(CATALOG, body) for body in bare])

    rows = captured(draft).plan.select_related("backup_item")

    assert {
        row.backup_item.name: [(one["label"], one["before"], one["after"]) for one in row.changes]
        for row in rows
    } == {
        "Windows - Firewall": [("Public profile enable firewall", "false", "true")],
        "Windows - Defender Antivirus": [
            ("Allow realtime monitoring", "0", "1"),
            ("PUA protection", "not set", "1"),
        ],
    }
    assert [row.sentence.partition(" and will")[0] for row in rows] == [
        "“Windows - Firewall” differs from the backup in 1 place",
        "“Windows - Defender Antivirus” differs from the backup in 2 places",
    ]
