import pytest
from django.db import connection
from django.utils import timezone

from restore_safety.backups.deleting import (
    BackupGoneError,
    BackupInUseError,
    delete_set,
    reason_to_keep,
)
from restore_safety.checks.capture import queue_checks, work
from restore_safety.drafts import service as drafts
from restore_safety.models import BackupItem, BackupSet, PolicyPayload, RestoreDraft
from tenants.access.service import AccessDeniedError
from tenants.models import AuditEvent
from tests.restore_safety.factories import (
    BackupItemFactory,
    BackupSetFactory,
    PolicyPayloadFactory,
)
from tests.restore_safety.factories_runs import DraftFactory, RestoreRunFactory


def test_a_set_goes_with_the_content_nobody_else_holds(tenant, manager):
    shared, own = PolicyPayloadFactory.create_batch(2, tenant=tenant)
    going, staying = BackupSetFactory.create_batch(2, tenant=tenant)
    BackupItemFactory(backup_set=going, payload=shared)
    BackupItemFactory(backup_set=going, payload=own)
    kept = BackupItemFactory(backup_set=staying, payload=shared)

    delete_set(actor=manager, backup_set=going)

    assert list(BackupSet.objects.all()) == [staying]
    assert list(BackupItem.objects.all()) == [kept]
    assert list(PolicyPayload.objects.all()) == [shared]
    assert AuditEvent.objects.get(action="backup.deleted").actor == manager


def test_deleting_needs_the_right(tenant, operator):
    backup_set = BackupSetFactory(tenant=tenant)

    with pytest.raises(AccessDeniedError):
        delete_set(actor=operator, backup_set=backup_set)

    assert list(BackupSet.objects.all()) == [backup_set]


def test_a_set_that_a_draft_uses_stays(tenant, manager):
    backup_set = BackupSetFactory(tenant=tenant)
    now = timezone.now()
    RestoreDraft.objects.create(
        tenant=tenant, owner=manager, backup_set=backup_set, created_at=now, updated_at=now
    )

    assert reason_to_keep(backup_set).startswith("A restore is being prepared from it.")
    with pytest.raises(BackupInUseError):
        delete_set(actor=manager, backup_set=backup_set)

    assert list(BackupSet.objects.all()) == [backup_set]


def deleted(backup_set, manager):
    """The set as somebody still holds it, after somebody else deleted it."""
    held = BackupSet.objects.get(pk=backup_set.pk)
    delete_set(actor=manager, backup_set=backup_set)
    return held


def test_draft_on_a_set_that_was_just_deleted_is_not_opened(tenant, manager):
    gone = deleted(BackupSetFactory(tenant=tenant, label="Nightly"), manager)

    with pytest.raises(BackupGoneError, match="“Nightly” was deleted meanwhile"):
        drafts.open_draft_from(actor=manager, tenant=tenant, backup_set=gone, now=timezone.now())

    assert not RestoreDraft.objects.exists()


def test_draft_keeps_its_choices_when_the_set_it_is_moved_to_is_gone(tenant, manager):
    draft = DraftFactory(tenant=tenant, owner=manager)
    gone = deleted(BackupSetFactory(tenant=tenant), manager)

    with pytest.raises(BackupGoneError):
        drafts.change_scope(
            actor=manager,
            draft=draft,
            choices=drafts.ScopeChoices(backup_set=gone),
            now=timezone.now(),
        )

    before = draft.backup_set
    draft.refresh_from_db()
    assert draft.backup_set == before


def test_capture_of_evidence_for_a_set_that_is_gone_says_so(tenant, manager):
    item = BackupItemFactory(backup_set__tenant=tenant)
    draft = DraftFactory(tenant=tenant, owner=manager, backup_set=item.backup_set)
    evidence = queue_checks(actor=manager, draft=draft, now=timezone.now())
    RestoreDraft.objects.filter(pk=draft.pk).update(backup_set=None)
    deleted(item.backup_set, manager)

    work(run_id=str(evidence.operation_run_id))

    run = evidence.operation_run
    run.refresh_from_db()
    assert run.failure_code == "backup_gone"
    assert "deleted meanwhile" in run.failure_message


def test_set_deleted_twice_is_said_to_be_gone(tenant, manager):
    gone = deleted(BackupSetFactory(tenant=tenant), manager)

    with pytest.raises(BackupGoneError):
        delete_set(actor=manager, backup_set=gone)


def test_set_that_is_used_while_it_is_deleted_stays(tenant, manager):
    """A restore is made of it right after it was looked whether anything rests on it."""
    item = BackupItemFactory(backup_set__tenant=tenant)
    made = []

    def interrupt(execute, sql, params, many, context):
        if "DISTINCT" in sql and "payload" in sql and not made:
            made.append(None)
            made.append(RestoreRunFactory(tenant=tenant, backup_set=item.backup_set))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(interrupt), pytest.raises(BackupInUseError, match="moment"):
        delete_set(actor=manager, backup_set=item.backup_set)

    assert len(made) == 2
    assert list(BackupItem.objects.filter(backup_set=item.backup_set)) == [item]
