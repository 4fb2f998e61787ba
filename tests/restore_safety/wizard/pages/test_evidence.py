import pytest
from django.utils import timezone

from restore_safety.models import RestoreDraft
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.scope import AssignmentMode
from restore_safety.wizard.pages.evidence import evidence_section
from restore_safety.wizard.pages.frame import draft_page
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


def _section(draft):
    draft = RestoreDraft.objects.select_related("tenant", "backup_set").get(pk=draft.pk)
    page = draft_page(draft=draft, actor=draft.owner, step="checks", now=timezone.now())
    return evidence_section(page, EvidenceKind.CHECKS)


def test_earlier_captures_stay_as_history(draft):
    _item(draft)
    old = EvidenceFactory(draft=draft, kind=EvidenceKind.CHECKS, fingerprint="rs1:old")
    failed = EvidenceFactory(
        draft=draft, kind=EvidenceKind.CHECKS, state=CaptureState.FAILED, fingerprint="rs1:other"
    )
    EvidenceFactory(draft=draft, kind=EvidenceKind.PREVIEW)
    current = EvidenceFactory(draft=draft, kind=EvidenceKind.CHECKS)

    section = _section(draft)

    assert section.captured == current
    assert set(section.earlier) == {old, failed}
    assert section.may_go_on


@pytest.mark.parametrize(
    ("schema_version", "title"),
    [(1, "For the earlier scope"), (0, "From a record that proves nothing")],
)
def test_what_does_not_speak_any_more_is_titled_as_history(draft, schema_version, title):
    _item(draft)
    EvidenceFactory(draft=draft, kind=EvidenceKind.CHECKS, schema_version=schema_version)
    draft.assignment_mode = AssignmentMode.LEAVE
    draft.save()

    section = _section(draft)

    assert section.history_title == title
    assert section.boundary == section.history_boundary
