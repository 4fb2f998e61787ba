import pytest
from django.utils import timezone

from operations.lifecycle import request_cancel
from operations.models import OperationRun, RunOutcome, RunStatus
from restore_safety.backups.capture import (
    CAPTURE_KIND,
    NothingCapturedError,
    NothingToKeepError,
    capture_now,
    keep_pre_images,
    queue_backup,
    work,
)
from restore_safety.backups.storing import SetFacts
from restore_safety.backups.summary import summary_of
from restore_safety.models import BackupItem, BackupSet, BackupSource
from restore_safety.policies.completeness import Completeness, Wholeness
from restore_safety.policies.reading import PolicyReading
from tenants.access.service import AccessDeniedError
from tenants.connections.service import NotConnectedError
from tenants.graph.contracts import CONTRACTS
from tenants.models import AuditEvent
from tests.restore_safety.backups.conftest import READ_ROLES
from tests.restore_safety.backups.policies import GROUP, assignment, catalog

CATALOG = "deviceManagement/configurationPolicies"
TAGS = "deviceManagement/roleScopeTags"


def live(number, settings=1, **changes):
    """A settings catalog policy as a tenant holds it."""
    policy = catalog(number)
    instances = [
        {
            "settingInstance": {
                "@odata.type": "#microsoft.graph."
                "deviceManagementConfigurationSimpleSettingInstance",
                "settingDefinitionId": f"device_vendor_msft_setting_{position}",
                "simpleSettingValue": {
                    "@odata.type": "#microsoft.graph."
                    "deviceManagementConfigurationIntegerSettingValue",
                    "value": number,
                },
            }
        }
        for position in range(settings)
    ]
    held = {name: policy[name] for name in ("id", "name", "platforms", "technologies")}
    return held | {"settings": instances} | changes


def items_of(backup_set):
    return list(BackupItem.objects.filter(backup_set=backup_set).select_related("payload"))


@pytest.mark.parametrize("page_size", [2, 1000])
def test_a_capture_keeps_every_policy_in_full(directory, tenant, page_size):
    policies = [live(number, settings=3) for number in range(5)]
    policies[0]["assignments"] = [assignment()]
    seen = directory(
        pageSize=page_size,
        groups=[{"id": GROUP, "displayName": "Pilot"}],
        objects={CATALOG: policies, TAGS: [{"id": "7", "displayName": "Branch"}]},
    )

    backup_set = capture_now(tenant=tenant, created_by=None, now=timezone.now())

    items = items_of(backup_set)
    assert (backup_set.source, backup_set.origin_directory_id) == (BackupSource.CAPTURED, seen.guid)
    assert backup_set.unreadable == []
    assert [(item.contract_key, item.name) for item in items] == [
        ("roleScopeTags", "Branch"),
        *(("configurationPolicies", f"Catalog {number}") for number in range(5)),
    ]
    assert [len(item.payload.content["settings"]) for item in items[1:]] == [3] * 5
    assert [item.group_names for item in items] == [{}, {GROUP: "Pilot"}, {}, {}, {}, {}]
    assert [len(item.assignments) for item in items] == [0, 1, 0, 0, 0, 0]
    assert {Completeness.from_json(item.completeness).wholeness for item in items} == {
        Wholeness.COMPLETE
    }
    assert AuditEvent.objects.get(action="backup.captured").detail["by"] == "command line"


def test_an_unchanged_tenant_gives_the_same_digest(directory, tenant):
    directory(objects={CATALOG: [live(1), live(2)]})

    first, second = (
        capture_now(tenant=tenant, created_by=None, now=timezone.now()) for _ in range(2)
    )

    assert first.digest == second.digest
    assert {item.payload_id for item in items_of(first)} == {
        item.payload_id for item in items_of(second)
    }


def test_a_type_that_may_not_be_read_is_named_and_never_empty(directory, tenant, operator):
    directory(
        roles=[role for role in READ_ROLES if role != "Policy.Read.All"],
        objects={CATALOG: [live(1)]},
    )
    run = queue_backup(actor=operator, tenant=tenant).run

    work(run_id=str(run.pk))

    run.refresh_from_db()
    backup_set = BackupSet.objects.get()
    names = {entry["name"] for entry in backup_set.unreadable}
    assert names == {one.plural for one in CONTRACTS.values() if _needs_policies(one)}
    for entry in backup_set.unreadable:
        assert "grant the app Policy.Read.All" in entry["reason"]
    assert (run.outcome, run.summary_counts) == (
        RunOutcome.PARTIALLY_SUCCEEDED,
        {"items": 1, "unreadable": len(names)},
    )
    assert summary_of(run).headline == f"1 policy kept, {len(names)} not read"


def _needs_policies(contract):
    return contract.read_permission == "Policy.Read.All"


def test_assignments_that_could_not_be_read_are_unknown(directory, tenant):
    seen = directory(objects={CATALOG: [live(1)]})
    seen.control.set_faults(
        [
            {
                "match": {"method": "GET", "path": "/assignments", "tenant": str(seen.guid)},
                "effect": {"status": 403},
            }
        ]
    )

    backup_set = capture_now(tenant=tenant, created_by=None, now=timezone.now())

    [item] = items_of(backup_set)
    assert item.assignments is None
    assert Completeness.from_json(item.completeness).wholeness is Wholeness.ASSIGNMENTS_UNKNOWN
    assert [(entry["name"], entry["reason"]) for entry in backup_set.unreadable] == [
        ("Catalog 1", "its assignments could not be read")
    ]


def test_a_capture_under_a_limit_of_reads_ends_complete(directory, tenant):
    """As conditional access limits them: one after another, parts of batches too."""
    access = "identity/conditionalAccess/policies"
    policies = [
        {"id": f"{number:08}-0000-4000-8000-000000000000", "displayName": f"Policy {number}"}
        for number in range(30)
    ]
    seen = directory(objects={access: policies, CATALOG: [live(1)]})
    seen.control.set_faults(
        [
            {
                "match": {"method": "GET", "path": access, "tenant": str(seen.guid)},
                "beyond": {"requests": 1, "seconds": 0.02},
                "effect": {"status": 429, "retry_after": 0.02, "retry_after_form": "fractional"},
            }
        ]
    )

    backup_set = capture_now(tenant=tenant, created_by=None, now=timezone.now())

    asked = seen.control.requests(str(seen.guid))
    assert any(one["status"] == 429 for one in asked)
    assert backup_set.unreadable == []
    assert len(items_of(backup_set)) == 31


def test_a_tenant_nothing_can_be_read_of_fails_without_a_set(directory, tenant, operator):
    directory(roles=[], objects={CATALOG: [live(1)]})
    run = queue_backup(actor=operator, tenant=tenant).run

    work(run_id=str(run.pk))

    run.refresh_from_db()
    assert (run.outcome, run.failure_code) == (RunOutcome.FAILED, "nothing_captured")
    assert run.failure_message.startswith("Nothing in the tenant could be read.")
    assert not BackupSet.objects.exists()


def test_an_empty_tenant_leaves_nothing_to_keep(directory, tenant):
    directory(objects={TAGS: []})

    with pytest.raises(NothingCapturedError, match="there is nothing to keep"):
        capture_now(tenant=tenant, created_by=None, now=timezone.now())


def test_a_queued_capture_is_labelled_by_its_title_and_kept_once(directory, tenant, operator):
    directory(objects={CATALOG: [live(1)]})
    run = queue_backup(actor=operator, tenant=tenant, label="Before the change").run

    work(run_id=str(run.pk))
    work(run_id=str(run.pk))

    run.refresh_from_db()
    backup_set = BackupSet.objects.get()
    assert (run.kind, run.outcome) == (CAPTURE_KIND, RunOutcome.SUCCEEDED)
    assert (backup_set.label, backup_set.created_by, backup_set.operation_run) == (
        "Before the change",
        operator,
        run,
    )


def test_a_capture_whose_worker_died_after_keeping_the_set_ends_with_it(
    directory, tenant, operator
):
    directory(objects={CATALOG: [live(1)]})
    run = queue_backup(actor=operator, tenant=tenant).run
    work(run_id=str(run.pk))
    OperationRun.objects.filter(pk=run.pk).update(
        status=RunStatus.RUNNING,
        outcome=RunOutcome.PENDING,
        ended_at=None,
        lease_expires_at=timezone.now(),
    )

    work(run_id=str(run.pk))

    run.refresh_from_db()
    assert run.outcome == RunOutcome.SUCCEEDED
    assert BackupSet.objects.count() == 1


def test_a_tenant_without_a_connection_fails_with_what_to_do(tenant, operator):
    run = queue_backup(actor=operator, tenant=tenant).run

    work(run_id=str(run.pk))

    run.refresh_from_db()
    assert (run.outcome, run.failure_code) == (RunOutcome.FAILED, "not_connected")
    with pytest.raises(NotConnectedError):
        capture_now(tenant=tenant, created_by=None, now=timezone.now())


def test_capturing_needs_the_right(tenant, auditor):
    with pytest.raises(AccessDeniedError):
        queue_backup(actor=auditor, tenant=tenant)
    with pytest.raises(AccessDeniedError):
        capture_now(tenant=tenant, created_by=auditor, now=timezone.now())


def test_a_cancelled_capture_keeps_nothing(directory, tenant, operator):
    directory(objects={CATALOG: [live(1)]})
    run = queue_backup(actor=operator, tenant=tenant).run
    request_cancel(actor=operator, run=run, now=timezone.now())

    work(run_id=str(run.pk))

    assert not BackupSet.objects.exists()


def before_a_restore(tenant, *, by=None):
    return SetFacts(
        tenant=tenant, label="Before a restore", captured_at=timezone.now(), created_by=by
    )


def test_pre_images_are_kept_as_a_set_that_can_be_restored(connection, tenant, operator):
    whole = PolicyReading(
        object_id=catalog(1)["id"],
        payload=catalog(1),
        assignments=[assignment()],
        completeness=Completeness(),
    )
    absent = PolicyReading(object_id="x", completeness=Completeness(), is_absent=True)

    backup_set = keep_pre_images(
        before_a_restore(tenant, by=operator),
        readings=[("configurationPolicies", whole), ("configurationPolicies", absent)],
    )

    [item] = items_of(backup_set)
    assert backup_set.source == BackupSource.PRE_RESTORE
    assert backup_set.origin_directory_id == connection.directory_id
    assert (item.payload.content, item.assignments) == (catalog(1), [assignment()])


def test_no_reading_is_no_pre_image(tenant):
    with pytest.raises(NothingToKeepError):
        keep_pre_images(before_a_restore(tenant), readings=[])
