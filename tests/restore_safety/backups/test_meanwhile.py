from datetime import timedelta

import pytest
from django.utils import timezone

from restore_safety.backups.capture import capture_now, queue_backup, work
from restore_safety.backups.meanwhile import ELSEWHERE, meanwhile_of, restores_meanwhile
from restore_safety.models import BackupSet
from tests.factories import ProviderConnectionFactory, TenantFactory
from tests.restore_safety.backups.test_capture import CATALOG, live
from tests.restore_safety.factories import BackupSetFactory
from tests.restore_safety.factories_runs import NOW, RestoreRunFactory


@pytest.mark.parametrize(
    ("facts", "counts"),
    [
        ({"running": True}, True),
        ({"running": True, "is_dry_run": True}, False),
        ({"running": True, "operation_run__started_at": None}, False),
        ({"ended_at": NOW + timedelta(minutes=2)}, True),
        ({"ended_at": NOW - timedelta(minutes=2)}, False),
    ],
)
def test_restores_that_were_under_way_after_the_reading_began(tenant, facts, counts):
    run = RestoreRunFactory(tenant=tenant, **facts)

    assert restores_meanwhile(tenant, since=NOW) == ([str(run.pk)] if counts else [])


def test_restore_through_another_connection_counts_and_is_not_named(tenant, connection):
    twin, stranger = TenantFactory.create_batch(2)
    ProviderConnectionFactory(tenant=twin, directory_id=connection.directory_id)
    ProviderConnectionFactory(tenant=stranger)
    RestoreRunFactory(tenant=twin, running=True)
    RestoreRunFactory(tenant=stranger, running=True)

    assert restores_meanwhile(tenant, since=NOW) == [ELSEWHERE]


def test_mark_is_a_sentence():
    def sentence(*restores):
        return meanwhile_of(BackupSetFactory.build(tenant=None, restores_meanwhile=restores))

    assert sentence() == ""
    assert sentence("0123456789") == (
        "Taken while restore 01234567 was running: it may hold states from before and after."
    )
    assert sentence("0123456789", ELSEWHERE) == (
        "Taken while restore 01234567 and a restore through another connection to the same "
        "directory were running: it may hold states from before and after."
    )


def test_capture_during_a_restore_bears_the_mark(directory, tenant, operator):
    directory(objects={CATALOG: [live(1)]})
    restore = RestoreRunFactory(tenant=tenant, running=True)
    run = queue_backup(actor=operator, tenant=tenant).run

    work(run_id=str(run.pk))
    at_once = capture_now(tenant=tenant, created_by=None, now=timezone.now())

    assert BackupSet.objects.get(operation_run=run).restores_meanwhile == [str(restore.pk)]
    assert at_once.restores_meanwhile == [str(restore.pk)]


def test_capture_beside_no_restore_bears_none(directory, tenant):
    directory(objects={CATALOG: [live(1)]})
    RestoreRunFactory(tenant=tenant)

    kept = capture_now(tenant=tenant, created_by=None, now=timezone.now())

    assert kept.restores_meanwhile == []
