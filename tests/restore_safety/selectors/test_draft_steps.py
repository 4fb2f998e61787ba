import pytest
from django.utils import timezone

from restore_safety.backups.completeness import Wholeness
from restore_safety.execution.readiness import standing
from restore_safety.models import Decision, RestoreDraft
from restore_safety.selectors.draft_steps import (
    ItemQuery,
    PlanRow,
    backup_section,
    confirm_section,
    evidence_section,
    findings_by_severity,
    groups_in,
    missing_groups,
    plan_section,
    scope_section,
)
from restore_safety.selectors.plan_changes import PlanChange
from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.scope import ScopeMode
from tests.restore_safety.factories import (
    BackupItemFactory,
    BackupSetFactory,
    PolicyPayloadFactory,
)
from tests.restore_safety.factories_runs import (
    DraftFactory,
    EvidenceFactory,
    FindingFactory,
    PlanItemFactory,
)

GROUP = "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c"
TO_GROUP = {"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP}}
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
    return standing(draft=draft, actor=draft.owner, now=timezone.now())


def test_a_list_says_its_address():
    asked = {"q": " edge ", "type": "configurationPolicies", "page": "2"}

    assert ItemQuery.from_address(asked).address == asked | {"q": "edge"}
    assert ItemQuery.from_address({"page": "1"}).address == {}


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


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (ItemQuery(), ["Firewall", "Edge", "Kiosk"]),
        (ItemQuery(text="E"), ["Firewall", "Edge"]),
        (ItemQuery(text="POLICY-EDGE"), ["Edge"]),
        (ItemQuery(contract_key="deviceCompliancePolicies"), ["Kiosk"]),
        (ItemQuery(text="edge", contract_key="deviceCompliancePolicies"), []),
        (ItemQuery(page="nonsense"), ["Firewall", "Edge", "Kiosk"]),
        (ItemQuery.from_address({"q": "fire\x00", "type": "\x00"}), ["Firewall"]),
    ],
)
def test_policies_are_found_by_name_id_and_type(draft, query, found):
    _item(draft, "Firewall")
    _item(draft, "Edge", object_id="policy-edge")
    _item(draft, "Kiosk", contract_key="deviceCompliancePolicies")

    section = scope_section(draft, query)

    assert [row.item.name for row in section.rows] == found


def test_types_are_counted_with_what_is_selected_of_them(draft):
    first, _ = _item(draft), _item(draft)
    _item(draft, contract_key="deviceCompliancePolicies")
    draft.selected_items.set([first])

    section = scope_section(draft, ItemQuery(text="nothing like it"))

    assert [(one.key, one.total, one.selected) for one in section.types] == [
        ("deviceCompliancePolicies", 1, 0),
        ("configurationPolicies", 2, 1),
    ]
    assert section.selection_sentence == "1 of 3 selected, saved."
    assert section.whole_sentence == "All 3 policies of the backup set are in scope."


@pytest.mark.parametrize(
    ("values", "label", "flaw"),
    [
        ({"assignments": []}, "not assigned", None),
        ({"assignments": [TO_GROUP]}, "1 assignment", None),
        (
            {"assignments": None, "completeness": WHOLE | {"assignments_captured": False}},
            "assignments not captured",
            None,
        ),
        ({"completeness": {}}, "not assigned", Wholeness.INCOMPLETE),
    ],
)
def test_a_row_says_how_it_is_assigned_and_what_its_capture_lacks(draft, values, label, flaw):
    _item(draft, **values)

    (row,) = scope_section(draft, ItemQuery()).rows

    assert (row.assignments_label, row.flaw) == (label, flaw)


def test_groups_are_those_in_scope_and_those_already_mapped(draft):
    chosen = _item(draft, assignments=[TO_GROUP], group_names={GROUP: "Field kiosks"})
    away = {"target": TO_GROUP["target"] | {"groupId": "0f4d2c9a-64f4-4f0f-8a38-5a2f2a1f7c11"}}
    _item(draft, assignments=[away])
    draft.mode = ScopeMode.SELECTED
    draft.group_mapping = {"a3c9a4f2-93a4-4a5c-bb0e-2b5a4f6f9d01": GROUP}
    draft.save()
    draft.selected_items.set([chosen])

    assert groups_in(draft) == (
        ("a3c9a4f2-93a4-4a5c-bb0e-2b5a4f6f9d01", ""),
        (GROUP, "Field kiosks"),
    )

    draft.include_assignments = False

    assert groups_in(draft) == (("a3c9a4f2-93a4-4a5c-bb0e-2b5a4f6f9d01", ""),)


def test_groups_named_in_a_policys_content_are_asked_about(draft):
    users = f'{{"conditions": {{"users": {{"excludeGroups": ["{GROUP}"]}}}}}}'
    _item(
        draft,
        contract_key="conditionalAccessPolicies",
        payload=PolicyPayloadFactory(tenant=draft.tenant, body=users),
    )

    assert groups_in(draft) == ((GROUP, ""),)


def test_earlier_captures_stay_as_history(draft):
    _item(draft)
    old = EvidenceFactory(draft=draft, kind=EvidenceKind.CHECKS, fingerprint="rs1:old")
    failed = EvidenceFactory(
        draft=draft, kind=EvidenceKind.CHECKS, state=CaptureState.FAILED, fingerprint="rs1:other"
    )
    EvidenceFactory(draft=draft, kind=EvidenceKind.PREVIEW)
    current = EvidenceFactory(draft=draft, kind=EvidenceKind.CHECKS)

    section = evidence_section(_standing(draft), EvidenceKind.CHECKS)

    assert section.captured == current
    assert set(section.earlier) == {old, failed}
    assert section.may_go_on


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


def test_what_asks_for_a_decision_comes_first(draft):
    evidence = EvidenceFactory(draft=draft, writes=7)
    for decision in ("unchanged", "create", "skip", "blocked", "update", "not_evaluable", "create"):
        PlanItemFactory(evidence=evidence, decision=decision)

    plan = plan_section(evidence, ItemQuery())

    assert [row.planned.decision for row in plan.rows] == [
        "blocked",
        "not_evaluable",
        "update",
        "create",
        "create",
        "skip",
        "unchanged",
    ]
    assert [(one.decision, one.count) for one in plan.summary][:4] == [
        (Decision.BLOCKED, 1),
        (Decision.NOT_EVALUABLE, 1),
        (Decision.UPDATE, 1),
        (Decision.CREATE, 2),
    ]
    assert (plan.writes, plan.page.paginator.object_list.totally_ordered) == (7, True)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        (ItemQuery(decision="update"), ["Edge"]),
        (ItemQuery(text="fire"), ["Firewall"]),
        (ItemQuery(contract_key="deviceCompliancePolicies"), []),
    ],
)
def test_the_plan_is_narrowed_down(draft, query, found):
    evidence = EvidenceFactory(draft=draft)
    PlanItemFactory(evidence=evidence, backup_item=_item(draft, "Firewall"))
    PlanItemFactory(evidence=evidence, backup_item=_item(draft, "Edge"), decision="update")

    plan = plan_section(evidence, query)

    assert [row.planned.backup_item.name for row in plan.rows] == found


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, None, (("Not known",), ("Not set by this restore",))),
        ([], [TO_GROUP], (("Nobody",), (f"Group Field kiosks ({GROUP})",))),
    ],
)
def test_a_plan_row_says_whom_it_reaches(draft, before, after, said):
    item = _item(draft, group_names={GROUP: "Field kiosks"})
    planned = PlanItemFactory(
        evidence=EvidenceFactory(draft=draft),
        backup_item=item,
        assignments_before=before,
        assignments_after=after,
    )

    row = PlanRow(planned=planned)

    assert (row.assigned_now, row.assigned_afterwards) == said
    assert row.is_assignable == (before is not None)


def test_a_plan_row_tells_changes_from_what_was_left_out(draft):
    planned = PlanItemFactory(
        evidence=EvidenceFactory(draft=draft),
        changes=[
            {"path": "settings", "before": "", "after": "on"},
            {"path": "and 40 more places", "before": "", "after": ""},
        ],
    )

    row = PlanRow(planned=planned)

    assert row.changes == (PlanChange(path="settings", label="", before=None, after="on"),)
    assert row.left_out == ("and 40 more places",)


def test_a_preview_of_another_scope_says_nothing_to_confirm(draft):
    _item(draft)
    EvidenceFactory(draft=draft, fingerprint="rs1:" + "0" * 64, scope={})

    section = confirm_section(_standing(draft))

    assert (section.summary, section.plan_hash, section.writes) == ((), "", 0)
    assert (section.may_queue, section.may_rehearse) == (False, False)


@pytest.mark.parametrize(
    ("schema_version", "title"),
    [(1, "For the earlier scope"), (0, "From a record that proves nothing")],
)
def test_what_does_not_speak_any_more_is_titled_as_history(draft, schema_version, title):
    _item(draft)
    EvidenceFactory(draft=draft, kind=EvidenceKind.CHECKS, schema_version=schema_version)
    draft.include_assignments = False
    draft.save()

    section = evidence_section(_standing(draft), EvidenceKind.CHECKS)

    assert section.history_title == title
    assert section.boundary == section.history_boundary


def test_groups_are_missing_only_as_current_checks_name_them(draft):
    _item(draft)
    checks = EvidenceFactory(draft=draft, kind=EvidenceKind.CHECKS, plan_hash="")
    FindingFactory(
        evidence=checks, code="exclusion_missing", why=f"Lost. Missing: Kiosks ({GROUP.upper()})."
    )
    FindingFactory(
        evidence=checks,
        position=2,
        code="groups_not_looked_up",
        why="Missing: 0f4d2c9a-64f4-4f0f-8a38-5a2f2a1f7c11.",
    )

    current = missing_groups(_standing(draft))
    RestoreDraft.objects.filter(pk=draft.pk).update(include_assignments=False)

    assert (current, missing_groups(_standing(draft))) == ({GROUP}, frozenset())
