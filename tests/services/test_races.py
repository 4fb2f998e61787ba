"""The same thing asked for by several people at once, each on a database connection of its own."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from operations.models import OperationRun
from restore_safety.backups.capture import queue_backup
from restore_safety.backups.deleting import BackupGoneError, BackupInUseError, delete_set
from restore_safety.backups.importing import import_path
from restore_safety.checks.capture import queue_checks
from restore_safety.directory.sync import queue_sync
from restore_safety.drafts import service as drafts
from restore_safety.models import BackupItem, BackupSet, CapturedEvidence, RestoreDraft
from restore_safety.restores import records
from tests.restore_safety.backups.policies import catalog, fill, written
from tests.restore_safety.factories import BackupItemFactory, BackupSetFactory
from tests.restore_safety.factories_runs import REFUSED, DraftFactory, RestoreRunFactory, item_of

pytestmark = [
    pytest.mark.services,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        os.environ.get("RESTORE_SAFETY_SERVICES") != "1",
        reason="needs PostgreSQL and Redis: run make services-test",
    ),
]
ROUNDS = range(8)


def at_once(*acts):
    """Do all of it at the same moment; what each came to, an error as itself."""
    start = Barrier(len(acts))

    def carried_out(act):
        try:
            start.wait()
            return act()
        except Exception as error:  # noqa: BLE001 -- what it was is for the test to weigh
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(carried_out, acts))


@pytest.mark.parametrize("start", [queue_backup, queue_sync])
def test_clicks_at_once_start_one_run(tenant, operator, start):
    answers = at_once(*[lambda: start(actor=operator, tenant=tenant)] * 6)

    run = OperationRun.objects.get()
    assert [answer.run for answer in answers] == [run] * 6
    assert sorted(answer.is_new for answer in answers) == [False] * 5 + [True]


def test_checks_asked_for_at_once_are_one_capture(tenant, operator):
    item = BackupItemFactory(backup_set__tenant=tenant)
    draft = DraftFactory(tenant=tenant, owner=operator, backup_set=item.backup_set)

    answers = at_once(*[lambda: queue_checks(actor=operator, draft=draft, now=timezone.now())] * 6)

    assert set(answers) == {CapturedEvidence.objects.get()}
    assert OperationRun.objects.count() == 1


def test_follow_ups_opened_at_once_are_one_draft(tenant, operator):
    run = RestoreRunFactory(tenant=tenant, requested_by=operator)
    item_of(run, REFUSED)

    answers = at_once(*[lambda: records.follow_up(actor=operator, run=run, now=timezone.now())] * 6)

    draft = RestoreDraft.objects.get(follows=run)
    assert [answer.draft for answer in answers] == [draft] * 6
    assert sum(answer.is_new for answer in answers) == 1


@pytest.mark.parametrize("_", ROUNDS)
def test_draft_opened_on_a_set_while_it_is_deleted(tenant, manager, _):
    backup_set = BackupItemFactory(backup_set__tenant=tenant).backup_set
    now = timezone.now()

    def opened():
        return drafts.open_draft_from(actor=manager, tenant=tenant, backup_set=backup_set, now=now)

    draft, gone, again = at_once(
        opened,
        lambda: delete_set(actor=manager, backup_set=backup_set),
        opened,
    )

    if gone is None:
        assert {type(draft), type(again)} == {BackupGoneError}
        assert not BackupSet.objects.exists()
        assert not RestoreDraft.objects.exists()
    else:
        assert isinstance(gone, BackupInUseError)
        kept = set(RestoreDraft.objects.filter(backup_set=backup_set))
        assert kept == {one for one in (draft, again) if isinstance(one, RestoreDraft)} != set()


@pytest.mark.parametrize("_", ROUNDS)
def test_scope_moved_to_a_set_while_it_is_deleted(tenant, manager, _):
    backup_set = BackupSetFactory(tenant=tenant)
    draft = DraftFactory(tenant=tenant, owner=manager)
    choices = drafts.ScopeChoices(backup_set=backup_set)

    moved, gone = at_once(
        lambda: drafts.change_scope(
            actor=manager, draft=draft, choices=choices, now=timezone.now()
        ),
        lambda: delete_set(actor=manager, backup_set=backup_set),
    )

    is_deleted = gone is None
    assert isinstance(moved, BackupGoneError) == is_deleted
    assert isinstance(gone, BackupInUseError) != is_deleted
    before = draft.backup_set_id
    draft.refresh_from_db()
    assert draft.backup_set_id == (before if is_deleted else backup_set.pk)


@pytest.mark.parametrize("_", ROUNDS)
def test_import_of_content_while_its_last_set_is_deleted(tenant, manager, tmp_path, _):
    folder = fill(tmp_path, {f"SettingsCatalog/{n}.json": written(catalog(n)) for n in range(40)})

    def imported():
        return import_path(path=folder, tenant=tenant, created_by=None, now=timezone.now())

    first = imported().backup_set

    second, gone = at_once(imported, lambda: delete_set(actor=manager, backup_set=first))

    assert gone is None
    kept = BackupItem.objects.select_related("payload")
    assert {item.backup_set_id for item in kept} == {second.backup_set.pk}
    assert all(item.payload.content for item in kept)


@pytest.mark.parametrize("_", ROUNDS)
def test_draft_discarded_while_it_is_changed(tenant, manager, _):
    draft = DraftFactory(tenant=tenant, owner=manager)
    choices = drafts.ScopeChoices(include_foundations=False)

    changed, gone = at_once(
        lambda: drafts.change_scope(
            actor=manager, draft=draft, choices=choices, now=timezone.now()
        ),
        lambda: drafts.discard(actor=manager, draft=draft),
    )

    assert gone is None
    assert isinstance(changed, drafts.DraftDiscardedError) or len(changed) == 1
    assert not RestoreDraft.objects.exists()
