import pytest
from django.utils import timezone

from operations.models import RunOutcome
from restore_safety.checks.capture import queue_checks, work
from restore_safety.models import CapturedEvidence, Severity
from restore_safety.truth.evidence import CaptureState
from tenants.access.service import AccessDeniedError
from tests.restore_safety.policies.fakes import PILOTS, STAFF, catalog, to_group

CATALOG = "configurationPolicies"
PATH = "deviceManagement/configurationPolicies"
ACCESS_PATH = "identity/conditionalAccess/policies"
ACCESS = {
    "id": "aaaaaaaa-0000-4000-8000-0000000000ca",
    "displayName": "Risk",
    "state": "enabled",
    "conditions": {
        "clientAppTypes": ["all"],
        "userRiskLevels": ["high"],
        "applications": {"includeApplications": ["All"]},
        "users": {"includeUsers": ["All"]},
    },
    "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
}


@pytest.fixture
def captured(operator):
    """The evidence after its run has been worked on."""

    def capture(draft):
        evidence = queue_checks(actor=operator, draft=draft, now=timezone.now())
        work(run_id=str(evidence.operation_run_id))
        return CapturedEvidence.objects.select_related("operation_run").get(pk=evidence.pk)

    return capture


def found(evidence):
    return [
        (one.severity, one.code, [subject["name"] for subject in one.subjects])
        for one in evidence.findings.all()
    ]


def test_checks_keep_what_they_found(connected, draft_of, captured):
    connected()
    draft = draft_of(
        (CATALOG, catalog("A")),
        (CATALOG, catalog("B")),
        assignments=[to_group(PILOTS), to_group(STAFF)],
    )

    evidence = captured(draft)

    assert found(evidence) == [
        (Severity.WARNING, "origin_unknown", []),
        (Severity.WARNING, "group_missing", ["A", "B"]),
    ]
    assert (evidence.state, evidence.blockers, evidence.warnings, evidence.unknowns) == (
        CaptureState.COMPLETE,
        0,
        2,
        0,
    )
    run = evidence.operation_run
    assert run.outcome == RunOutcome.SUCCEEDED
    assert run.summary_counts == {"items": 2, "blockers": 0, "warnings": 2, "unknowns": 0}


def test_of_a_backup_of_this_very_tenant_only_the_creation_is_said(connected, draft_of, captured):
    connection = connected()
    draft = draft_of((CATALOG, catalog()), origin=connection.directory_id)

    assert found(captured(draft)) == [(Severity.INFO, "created_anew", ["Firewall"])]


def test_what_a_tenant_says_of_conditional_access_is_read(connected, draft_of, captured, emulator):
    connection = connected({ACCESS_PATH: [ACCESS]})
    directory = str(connection.directory_id)
    draft = draft_of(("conditionalAccessPolicies", ACCESS), origin=connection.directory_id)
    with emulator.control as control:
        control.remove_object(directory, ACCESS_PATH, ACCESS["id"])
        before = found(captured(draft))
        control.change_tenant(directory, {"securityDefaults": True, "subscribedSkus": []})

    assert before == [
        (Severity.WARNING, "conditional_access_enforced", ["Risk"]),
        (Severity.INFO, "created_anew", ["Risk"]),
        (Severity.INFO, "in_deleted_items", ["Risk"]),
    ]
    assert found(captured(draft))[:2] == [
        (Severity.BLOCKER, "security_defaults_on", ["Risk"]),
        (Severity.BLOCKER, "licence_missing", ["Risk"]),
    ]


def test_a_later_change_in_the_tenant_is_found(connected, draft_of, captured):
    drifted = catalog(value="off")
    del drifted["lastModifiedDateTime"], drifted["settingCount"]
    connection = connected({PATH: [drifted]})
    draft = draft_of((CATALOG, catalog()), origin=connection.directory_id)

    assert found(captured(draft)) == [
        (Severity.WARNING, "target_changed_since_backup", ["Firewall"])
    ]


def test_what_could_not_be_looked_at_is_unknown_and_the_run_is_partial(
    connected, draft_of, captured, refusing
):
    connection = connected()
    refusing(connection, PATH)

    evidence = captured(draft_of((CATALOG, catalog()), origin=connection.directory_id))

    assert found(evidence) == [(Severity.UNKNOWN, "type_unreadable", ["Firewall"])]
    assert evidence.operation_run.outcome == RunOutcome.PARTIALLY_SUCCEEDED


def test_without_a_token_the_checks_fail_and_say_why(connected, draft_of, captured):
    connection = connected()
    connection.set_secret("another secret")
    connection.save()

    evidence = captured(draft_of((CATALOG, catalog())))

    assert evidence.state == CaptureState.FAILED
    assert evidence.findings.count() == 0
    assert evidence.operation_run.failure_code == "connection_failed"


def test_only_who_may_prepare_restores_runs_checks(draft_of, auditor):
    draft = draft_of((CATALOG, catalog()))

    with pytest.raises(AccessDeniedError):
        queue_checks(actor=auditor, draft=draft, now=timezone.now())
