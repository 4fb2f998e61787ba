import pytest
from django.utils import timezone

from restore_safety.drafts.readiness import draft_status
from restore_safety.models import RestoreDraft
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.scope import AssignmentMode
from restore_safety.wizard.pages.checks import findings_by_severity, missing_groups
from tests.restore_safety.factories import (
    BackupItemFactory,
    BackupSetFactory,
)
from tests.restore_safety.factories_runs import (
    DraftFactory,
    EvidenceFactory,
    FindingFactory,
)

GROUP = "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c"
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


def test_findings_are_grouped_worst_first(draft):
    evidence = EvidenceFactory(draft=draft, kind=EvidenceKind.CHECKS)
    made = [
        FindingFactory(evidence=evidence, position=position, severity=severity)
        for position, severity in enumerate(["info", "warning", "blocker", "warning"], 1)
    ]

    groups = findings_by_severity(evidence)

    assert [(group.severity, group.findings) for group in groups] == [
        ("blocker", (made[2],)),
        ("warning", (made[1], made[3])),
        ("info", (made[0],)),
    ]
    assert findings_by_severity(None) == ()


def test_groups_are_missing_only_as_current_checks_name_them(draft):
    _item(draft)
    checks = EvidenceFactory(draft=draft, kind=EvidenceKind.CHECKS, plan_hash="")
    FindingFactory(
        evidence=checks,
        code="exclusion_missing",
        missing=[{"kind": "group", "id": GROUP.upper()}, {"kind": "user", "id": "u"}],
    )
    FindingFactory(
        evidence=checks,
        position=2,
        code="groups_not_looked_up",
        missing=[{"kind": "group", "id": "0f4d2c9a-64f4-4f0f-8a38-5a2f2a1f7c11"}],
    )

    current = missing_groups(_standing(draft))
    RestoreDraft.objects.filter(pk=draft.pk).update(assignment_mode=AssignmentMode.LEAVE)

    assert (current, missing_groups(_standing(draft))) == ({GROUP}, frozenset())
