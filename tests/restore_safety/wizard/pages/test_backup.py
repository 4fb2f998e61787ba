import pytest

from restore_safety.drafts.item_queries import ItemQuery
from restore_safety.wizard.pages.backup import backup_section
from tests.restore_safety.factories import (
    BackupSetFactory,
)
from tests.restore_safety.factories_runs import (
    DraftFactory,
)


@pytest.fixture
def draft(tenant, operator):
    backup_set = BackupSetFactory(tenant=tenant, label="Nightly backup")
    return DraftFactory(tenant=tenant, owner=operator, backup_set=backup_set)


def test_a_chosen_set_of_another_page_is_shown_first(draft):
    newer = BackupSetFactory.create_batch(20, tenant=draft.tenant)

    section = backup_section(draft, ItemQuery())

    assert section.sets[0] == draft.backup_set
    assert section.sets[1:] == tuple(reversed(newer))[:15]
    assert not section.has_none


def test_a_search_that_finds_no_set_is_no_tenant_without_backups(draft, tenant):
    draft.backup_set.delete()
    draft.refresh_from_db()

    assert backup_section(draft, ItemQuery()).has_none
    assert not backup_section(draft, ItemQuery(text="weekly")).has_none
