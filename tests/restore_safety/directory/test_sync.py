"""A tenant's directory is read kind by kind: whole kinds are replaced, unread ones stay."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from operations.lifecycle import request_cancel
from operations.models import Notification, OperationRun, RunOutcome
from operations.single_flight import Queued
from restore_safety.directory import reading, sync
from restore_safety.directory.lookup import DirectorySnapshot
from restore_safety.directory.pages import result_of
from restore_safety.directory.sync import queue_sync, queue_sync_after, sync_now, work
from restore_safety.models import DirectoryKind, DirectoryObject, DirectorySync, SyncState
from tenants.access.service import AccessDeniedError
from tenants.connections.service import NotConnectedError, verify_connection
from tenants.models import AuditEvent, ProviderConnection
from tests.restore_safety.directory.conftest import (
    ACCESS,
    CONFIGURATIONS,
    EVERY_ROLE,
    FILTERS,
    LOCATIONS,
    TAGS,
    access_policy,
    group,
    id_of,
)
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory, PolicyPayloadFactory

GRAPH = "#microsoft.graph"
KEEP = sync.keep
# Nothing of these is served by the emulator in these tests, or it is of no matter to them.
SEEN = {
    DirectoryKind.GROUP,
    DirectoryKind.USER,
    DirectoryKind.FILTER,
    DirectoryKind.SCOPE_TAG,
    DirectoryKind.NAMED_LOCATION,
    DirectoryKind.CERTIFICATE,
}


def held(tenant, kind):
    rows = DirectoryObject.objects.in_tenant(tenant).of_kind(kind)
    return {row.name: row.detail for row in rows}


def record(tenant, kind):
    return DirectorySync.objects.in_tenant(tenant).get(kind=kind)


def refused(seen, path, status=403):
    match = {"method": "GET", "path": path, "tenant": str(seen.guid)}
    seen.control.set_faults([{"match": match, "effect": {"status": status}}])


def worked(run):
    work(run_id=str(run.pk))
    run.refresh_from_db()
    return run


def test_every_kind_is_kept_by_id_and_name_with_what_tells_objects_apart(connected, tenant):
    ada = id_of("Ada")
    connected(
        groups=[
            group("Pilot", memberCount=1840),
            group("Team", groupTypes=["Unified", "DynamicMembership"], memberCount=3),
            group("News", securityEnabled=False, mailEnabled=True),
        ],
        objects={
            FILTERS: [
                {
                    "id": id_of("corp"),
                    "displayName": "Corporate",
                    "platform": "windows10AndLater",
                    "rule": "x",
                }
            ],
            TAGS: [{"id": "7", "displayName": "Branch"}],
            LOCATIONS: [
                {
                    "@odata.type": f"{GRAPH}.ipNamedLocation",
                    "id": id_of("hq"),
                    "displayName": "Headquarters",
                    "isTrusted": True,
                }
            ],
            ACCESS: [access_policy("Block", ada, id_of("Gone"), "GuestsOrExternalUsers")],
            CONFIGURATIONS: [
                {
                    "@odata.type": f"{GRAPH}.{kind}",
                    "id": id_of(kind),
                    "displayName": kind,
                }
                for kind in ("iosScepCertificateProfile", "windows10CustomConfiguration")
            ],
            "users": [
                {"id": ada, "displayName": "Ada", "userPrincipalName": "ada@contoso.example"},
                {"id": id_of("Unnamed"), "displayName": "Nobody names me"},
            ],
        },
    )

    sync_now(tenant=tenant)

    assert held(tenant, DirectoryKind.GROUP) == {
        "Pilot": {"type": "security", "is_dynamic": False, "members": 1840},
        "Team": {"type": "microsoft365", "is_dynamic": True, "members": 3},
        "News": {"type": "distribution", "is_dynamic": False, "members": 0},
    }
    assert held(tenant, DirectoryKind.FILTER)["Corporate"]["platform"] == "windows10AndLater"
    assert held(tenant, DirectoryKind.SCOPE_TAG) == {
        "Default": {"is_built_in": True},
        "Branch": {"is_built_in": False},
    }
    assert held(tenant, DirectoryKind.NAMED_LOCATION)["Headquarters"]["is_trusted"] is True
    assert list(held(tenant, DirectoryKind.CERTIFICATE)) == ["iosScepCertificateProfile"]
    assert held(tenant, DirectoryKind.USER) == {
        "Ada": {"user_principal_name": "ada@contoso.example"}
    }
    states = {kind: record(tenant, kind).state for kind in SEEN}
    assert states == dict.fromkeys(SEEN, SyncState.COMPLETE) | {
        DirectoryKind.USER: SyncState.NAMED_BY_POLICIES
    }


def test_ids_are_kept_in_lower_case(connected, tenant):
    connected(groups=[group("Pilot") | {"id": id_of("Pilot").upper()}])

    sync_now(tenant=tenant)

    assert DirectoryObject.objects.of_kind(DirectoryKind.GROUP).get().object_id == id_of("Pilot")


@pytest.mark.parametrize("page_size", [1, 2, 1000])
def test_all_pages_are_read_and_what_was_deleted_goes(connected, tenant, page_size):
    seen = connected(pageSize=page_size, groups=[group(name) for name in "ABCDE"])
    sync_now(tenant=tenant)
    before = held(tenant, DirectoryKind.GROUP)
    kept = DirectoryObject.objects.get(name="B").pk
    seen.control.seed_tenant(
        str(seen.guid),
        {
            "displayName": "Contoso",
            "clients": [
                {
                    "client_id": seen.connection.client_id,
                    "client_secret": seen.connection.credential(),
                    "roles": EVERY_ROLE,
                }
            ],
            "groups": [group("B") | {"displayName": "Better"}, group("F")],
        },
    )

    sync_now(tenant=tenant)

    assert list(before) == [*"ABCDE"]
    assert list(held(tenant, DirectoryKind.GROUP)) == ["Better", "F"]
    assert DirectoryObject.objects.get(name="Better").pk == kept


@pytest.mark.parametrize(
    ("status", "says"),
    [(403, "Grant the app Group.Read.All and consent to it."), (404, "(404)"), (400, "(400)")],
)
def test_kind_that_could_not_be_read_keeps_its_rows_and_says_why(connected, tenant, status, says):
    seen = connected(groups=[group("Pilot")], objects={TAGS: [{"id": "7", "displayName": "B"}]})
    sync_now(tenant=tenant)
    first = record(tenant, DirectoryKind.GROUP)
    refused(seen, "/v1.0/groups", status)

    sync_now(tenant=tenant)

    again = record(tenant, DirectoryKind.GROUP)
    assert list(held(tenant, DirectoryKind.GROUP)) == ["Pilot"]
    assert says in again.problem
    assert (again.state, again.is_complete) == (SyncState.FAILED, False)
    assert again.synchronised_at == first.synchronised_at < again.attempted_at
    assert record(tenant, DirectoryKind.SCOPE_TAG).state is SyncState.COMPLETE


def test_part_of_a_list_does_not_replace_the_whole(connected, tenant):
    """The second page fails: what the first page held is not all there is."""
    seen = connected(pageSize=2, groups=[group(name) for name in "ABCD"])
    sync_now(tenant=tenant)
    seen.control.set_faults(
        [
            {
                "match": {"method": "GET", "path": "/v1.0/groups", "tenant": str(seen.guid)},
                "effect": {"status": 403},
                "skip": 1,
            }
        ]
    )

    sync_now(tenant=tenant)

    assert list(held(tenant, DirectoryKind.GROUP)) == [*"ABCD"]


def test_beyond_the_bound_a_kind_is_incomplete(connected, tenant, monkeypatch):
    monkeypatch.setattr(reading, "MOST_OF_A_KIND", 3)
    connected(pageSize=2, groups=[group(name) for name in "ABCDE"])

    sync_now(tenant=tenant)

    assert len(held(tenant, DirectoryKind.GROUP)) == 3
    assert record(tenant, DirectoryKind.GROUP).problem == "Only the first 3 were read."
    assert record(tenant, DirectoryKind.GROUP).state is SyncState.INCOMPLETE
    assert not DirectorySnapshot.of(tenant).is_complete(DirectoryKind.GROUP)


def test_full_last_page_without_a_link_proves_no_end(connected, tenant, monkeypatch):
    connected(groups=[group(name) for name in "AB"])
    source = reading.SOURCES[DirectoryKind.GROUP]
    monkeypatch.setitem(reading.SOURCES, DirectoryKind.GROUP, reading.replace(source, page=2))

    sync_now(tenant=tenant)

    assert len(held(tenant, DirectoryKind.GROUP)) == 2
    assert record(tenant, DirectoryKind.GROUP).state is SyncState.INCOMPLETE


def test_groups_that_backups_name_are_counted_first_and_the_rest_is_said(
    connected, tenant, monkeypatch
):
    monkeypatch.setattr(reading, "MOST_SIZES", 1)
    connected(groups=[group(name, memberCount=5) for name in "ABC"])
    BackupItemFactory(
        backup_set=BackupSetFactory(tenant=tenant), group_names={id_of("C").upper(): "C"}
    )

    sync_now(tenant=tenant)

    found = held(tenant, DirectoryKind.GROUP)
    assert {name: detail.get("members") for name, detail in found.items()} == {
        "A": None,
        "B": None,
        "C": 5,
    }
    assert record(tenant, DirectoryKind.GROUP).note == (
        "The number of members is known of 1 of 3 groups."
    )
    assert record(tenant, DirectoryKind.GROUP).state is SyncState.COMPLETE


def test_size_that_could_not_be_read_is_not_known(connected, tenant):
    seen = connected(groups=[group("Pilot", memberCount=5)])
    refused(seen, "/transitiveMembers")

    sync_now(tenant=tenant)

    assert "members" not in held(tenant, DirectoryKind.GROUP)["Pilot"]
    assert record(tenant, DirectoryKind.GROUP).state is SyncState.COMPLETE


def test_users_of_policies_in_backups_are_read_too(connected, tenant):
    policy = access_policy("Old", id_of("Eve").upper())
    payload = PolicyPayloadFactory(tenant=tenant, body=json.dumps(policy))
    BackupItemFactory(
        backup_set=BackupSetFactory(tenant=tenant),
        contract_key="conditionalAccessPolicies",
        payload=payload,
    )
    connected(objects={"users": [{"id": id_of("Eve"), "displayName": "Eve"}]})

    sync_now(tenant=tenant)

    assert list(held(tenant, DirectoryKind.USER)) == ["Eve"]


def test_rows_of_another_directory_go_even_when_the_new_one_cannot_be_read(connected, tenant):
    seen = connected(groups=[group("Pilot")])
    sync_now(tenant=tenant)
    DirectorySync.objects.in_tenant(tenant).update(directory_id=uuid4())
    refused(seen, "/v1.0/groups")

    sync_now(tenant=tenant)

    assert held(tenant, DirectoryKind.GROUP) == {}
    assert record(tenant, DirectoryKind.GROUP).synchronised_at is None
    assert record(tenant, DirectoryKind.GROUP).state is SyncState.FAILED


def test_queued_synchronisation_ends_with_what_it_read(connected, tenant, operator):
    connected(groups=[group("Pilot")])

    run = worked(queue_sync(actor=operator, tenant=tenant).run)

    unread = DirectorySync.objects.in_tenant(tenant).exclude(problem="").count()
    total = DirectoryObject.objects.in_tenant(tenant).count()
    assert run.summary_counts == {"items": total, "unreadable": unread}
    assert run.outcome == (RunOutcome.PARTIALLY_SUCCEEDED if unread else RunOutcome.SUCCEEDED)
    event = AuditEvent.objects.get(action="directory.synchronised")
    assert (event.actor, event.detail["objects"]) == (operator, total)
    assert Notification.objects.filter(run=run).exists()
    again = OperationRun.objects.count()
    work(run_id=str(run.pk))
    assert OperationRun.objects.count() == again


def test_tenant_of_which_nothing_can_be_read_fails_with_the_reason(connected, tenant, operator):
    connected(roles=[], groups=[group("Pilot")])

    run = worked(queue_sync(actor=operator, tenant=tenant).run)

    assert (run.outcome, run.failure_code) == (RunOutcome.FAILED, "nothing_read")
    assert "Grant the app" in run.failure_message
    assert result_of(run).headline == "The directory was not read"


def test_connection_that_does_not_sign_in_fails_at_once_and_every_kind_says_so(
    connected, tenant, operator
):
    seen = connected(groups=[group("Pilot")])
    sync_now(tenant=tenant)
    seen.connection.set_secret("wrong")
    seen.connection.save()

    run = worked(queue_sync(actor=operator, tenant=tenant).run)

    states = {one.state for one in DirectorySync.objects.in_tenant(tenant)}
    assert (run.outcome, run.failure_code) == (RunOutcome.FAILED, "connection_failed")
    assert states == {SyncState.FAILED}
    assert list(held(tenant, DirectoryKind.GROUP)) == ["Pilot"]


def test_tenant_without_a_connection_fails_with_what_to_do(tenant, operator):
    run = worked(queue_sync(actor=operator, tenant=tenant).run)

    assert (run.outcome, run.failure_code) == (RunOutcome.FAILED, "not_connected")
    with pytest.raises(NotConnectedError):
        sync_now(tenant=tenant)


def test_second_request_is_answered_with_the_run_under_way(tenant, operator, manager):
    first = queue_sync(actor=operator, tenant=tenant).run

    assert queue_sync(actor=manager, tenant=tenant) == Queued(run=first, is_new=False)


def test_who_may_not_read_the_tenant_may_not_have_it_read(tenant, auditor):
    with pytest.raises(AccessDeniedError):
        queue_sync(actor=auditor, tenant=tenant)

    assert not OperationRun.objects.exists()


def test_cancelled_while_it_runs_it_keeps_what_it_read(connected, tenant, operator, monkeypatch):
    connected(groups=[group("Pilot")])
    run = queue_sync(actor=operator, tenant=tenant).run

    def cancel_after_the_first(**values):
        request_cancel(actor=operator, run=OperationRun.objects.get(pk=run.pk), now=timezone.now())
        return KEEP(**values)

    monkeypatch.setattr(sync, "keep", cancel_after_the_first)

    worked(run)

    assert run.outcome == RunOutcome.CANCELLED
    assert list(held(tenant, DirectoryKind.GROUP)) == ["Pilot"]
    assert DirectorySync.objects.in_tenant(tenant).count() == 1
    assert result_of(run).sentence == "What was read until then is kept."


def test_verified_connection_has_its_directory_read(connected, tenant, manager):
    connected()

    verify_connection(actor=manager, tenant=tenant)

    run = OperationRun.objects.get()
    assert (run.kind, run.subject, run.initiator) == (sync.SYNC_KIND, "connection", manager)


def test_connection_that_failed_has_nothing_read(connected, tenant, manager):
    connected()
    ProviderConnection.objects.in_tenant(tenant).update(directory_id=uuid4())

    verify_connection(actor=manager, tenant=tenant)

    assert not OperationRun.objects.exists()


@pytest.mark.parametrize(("age", "queued"), [(timedelta(minutes=10), 0), (timedelta(hours=2), 1)])
def test_other_work_has_the_directory_follow_unless_it_is_fresh(
    connected, tenant, operator, age, queued
):
    connected()
    sync_now(tenant=tenant)

    queue_sync_after(actor=operator, tenant=tenant, follows="x", now=timezone.now() + age)

    assert OperationRun.objects.count() == queued


def test_nothing_follows_for_who_may_not_or_is_gone(tenant, auditor):
    for actor in (auditor, None):
        queue_sync_after(actor=actor, tenant=tenant, follows="x", now=timezone.now())

    assert not OperationRun.objects.exists()
    assert not AuditEvent.objects.filter(action="access.denied").exists()


def test_what_followed_other_work_is_news_only_when_it_failed(connected, tenant, operator):
    connected(groups=[group("Pilot")])
    run = worked(queue_sync(actor=operator, tenant=tenant, follows="connection").run)

    assert run.outcome != RunOutcome.FAILED
    assert not Notification.objects.exists()


def test_command_tells_what_was_read(connected, tenant, capsys):
    connected(groups=[group("Pilot")])

    call_command("sync_directory", tenant.slug)

    told = capsys.readouterr().out
    assert "1  Groups: complete" in told
    assert AuditEvent.objects.get(action="directory.synchronised").detail["by"] == "command line"


def test_command_refuses_in_words(connected, tenant):
    with pytest.raises(CommandError, match="There is no tenant “nowhere”"):
        call_command("sync_directory", "nowhere")
    with pytest.raises(CommandError, match="is not connected"):
        call_command("sync_directory", tenant.slug)
    connected(roles=[])
    with pytest.raises(CommandError, match="No kind could be read"):
        call_command("sync_directory", tenant.slug)
