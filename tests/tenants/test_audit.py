import pytest
from django.db.models import ProtectedError

from tenants import audit
from tenants.audit import RequestOrigin, request_origin
from tenants.models import AppendOnlyError, AuditEvent, AuditOutcome


@pytest.fixture
def event(tenant, member):
    return audit.record(
        action="restore.queued",
        actor=member,
        tenant=tenant,
        subject="restore_run:1",
        detail={"items": 3},
    )


def test_event_keeps_who_what_where_and_from_where(tenant, member):
    token = request_origin.set(RequestOrigin(request_id="a1", address="192.0.2.7"))
    try:
        audit.record(
            action="backup.imported",
            actor=member,
            tenant=tenant,
            subject="backup_set:9",
            outcome=AuditOutcome.DENIED,
            detail={"items": 3},
        )
    finally:
        request_origin.reset(token)

    assert AuditEvent.objects.values(
        "workspace",
        "tenant",
        "actor",
        "action",
        "outcome",
        "subject",
        "detail",
        "request_id",
        "address",
    ).get() == {
        "workspace": tenant.workspace_id,
        "tenant": tenant.pk,
        "actor": member.pk,
        "action": "backup.imported",
        "outcome": "denied",
        "subject": "backup_set:9",
        "detail": {"items": 3},
        "request_id": "a1",
        "address": "192.0.2.7",
    }


def test_event_of_a_workspace_needs_no_tenant(workspace):
    event = audit.record(action="membership.added", actor=None, tenant=None, workspace=workspace)

    assert (event.workspace, event.tenant, event.actor) == (workspace, None, None)
    assert (event.request_id, event.address) == ("", "")


def test_event_is_never_changed(event):
    event.action = "restore.forgotten"

    with pytest.raises(AppendOnlyError):
        event.save()
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.update(action="restore.forgotten")
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.bulk_update([event], ["action"])

    assert list(AuditEvent.objects.values_list("action", flat=True)) == ["restore.queued"]


def test_event_is_never_removed(event):
    with pytest.raises(AppendOnlyError):
        event.delete()
    with pytest.raises(AppendOnlyError):
        AuditEvent.objects.all().delete()

    assert list(AuditEvent.objects.all()) == [event]


def test_what_the_trail_names_cannot_be_deleted(event, member, tenant):
    with pytest.raises(ProtectedError):
        member.delete()
    with pytest.raises(ProtectedError):
        tenant.delete()
