import pytest
from django.utils import timezone

from restore_safety.backups.deleting import BackupInUseError, delete_set, reason_to_keep
from restore_safety.models import BackupItem, BackupSet, PolicyPayload, RestoreDraft
from tenants.access import AccessDeniedError
from tenants.models import AuditEvent
from tests.restore_safety.factories import (
    BackupItemFactory,
    BackupSetFactory,
    PolicyPayloadFactory,
)


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
