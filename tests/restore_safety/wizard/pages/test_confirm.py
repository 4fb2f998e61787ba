import pytest
from django.utils import timezone

from restore_safety.drafts.readiness import draft_status
from restore_safety.models import RestoreDraft
from restore_safety.wizard.pages.confirm import confirm_section
from tests.restore_safety.factories import (
    BackupItemFactory,
    BackupSetFactory,
)
from tests.restore_safety.factories_runs import (
    DraftFactory,
    EvidenceFactory,
)

WHOLE = {"pages_read": True, "assignments_captured": True}


@pytest.fixture
def draft(tenant, operator):
    backup_set = BackupSetFactory(tenant=tenant, label="Nightly backup")
    return DraftFactory(tenant=tenant, owner=operator, backup_set=backup_set)


def _item(draft, name="Firewall", **values):
    return BackupItemFactory(
        backup_set=draft.backup_set, name=name, **({"completeness": WHOLE} | values)
    )


def _standing(draft):
    draft = RestoreDraft.objects.get(pk=draft.pk)
    return draft_status(draft=draft, actor=draft.owner, now=timezone.now())


def test_a_preview_of_another_scope_says_nothing_to_confirm(draft):
    _item(draft)
    EvidenceFactory(draft=draft, fingerprint="rs1:" + "0" * 64, scope={})

    section = confirm_section(_standing(draft), draft.owner)

    assert (section.summary, section.plan_hash, section.writes) == ((), "", 0)
    assert (section.may_queue, section.may_rehearse) == (False, False)
