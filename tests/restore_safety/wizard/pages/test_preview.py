import pytest

from restore_safety.drafts.item_queries import ItemQuery
from restore_safety.models import Decision
from restore_safety.wizard.pages.plan_changes import PlanChange
from restore_safety.wizard.pages.preview import PlanRow, plan_section
from tests.restore_safety.factories import (
    BackupItemFactory,
    BackupSetFactory,
)
from tests.restore_safety.factories_runs import (
    DraftFactory,
    EvidenceFactory,
    PlanItemFactory,
)

GROUP = "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c"
TO_GROUP = {"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP}}
WHOLE = {"pages_read": True, "assignments_captured": True}


@pytest.fixture
def draft(tenant, operator):
    backup_set = BackupSetFactory(tenant=tenant, label="Nightly backup")
    return DraftFactory(tenant=tenant, owner=operator, backup_set=backup_set)


def names(audiences):
    return tuple(one.name for one in audiences)


def _item(draft, name="Firewall", **values):
    return BackupItemFactory(
        backup_set=draft.backup_set, name=name, **({"completeness": WHOLE} | values)
    )


def test_what_asks_for_a_decision_comes_first(draft):
    evidence = EvidenceFactory(draft=draft, writes=7)
    for decision in (
        "unchanged",
        "create",
        "skip",
        "assignments_left",
        "blocked",
        "update",
        "not_evaluable",
        "create",
    ):
        PlanItemFactory(evidence=evidence, decision=decision)

    plan = plan_section(evidence, ItemQuery())

    assert [row.planned.decision for row in plan.rows] == [
        "blocked",
        "not_evaluable",
        "assignments_left",
        "update",
        "create",
        "create",
        "skip",
        "unchanged",
    ]
    assert [(one.decision, one.count) for one in plan.summary][:5] == [
        (Decision.BLOCKED, 1),
        (Decision.NOT_EVALUABLE, 1),
        (Decision.ASSIGNMENTS_LEFT, 1),
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
        (ItemQuery(effect="removes_settings"), ["Edge"]),
        (ItemQuery(effect="runs_script"), []),
        (ItemQuery(effect="removes_settings", text="fire"), []),
        (ItemQuery(item="no id"), []),
    ],
)
def test_the_plan_is_narrowed_down(draft, query, found):
    evidence = EvidenceFactory(draft=draft)
    PlanItemFactory(evidence=evidence, backup_item=_item(draft, "Firewall"))
    PlanItemFactory(
        evidence=evidence,
        backup_item=_item(draft, "Edge"),
        decision="update",
        impact={"before": [], "after": [], "effects": {"removes_settings": True}},
    )

    plan = plan_section(evidence, query)

    assert [row.planned.backup_item.name for row in plan.rows] == found


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, None, (("Not known",), ("Not set by this restore",))),
        ([], [TO_GROUP], (("No one",), (f"Group Field kiosks ({GROUP})",))),
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

    assert (names(row.assigned_now), names(row.assigned_afterwards)) == said
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
    assert row.unlisted_changes == ("and 40 more places",)


def test_one_policy_alone_is_shown_whatever_else_was_asked(draft):
    evidence = EvidenceFactory(draft=draft)
    PlanItemFactory(evidence=evidence)
    edge = PlanItemFactory(evidence=evidence, backup_item=_item(draft, "Edge"))

    plan = plan_section(evidence, ItemQuery(item=str(edge.backup_item_id), decision="update"))

    assert [(row.planned, row.is_whole) for row in plan.rows] == [(edge, True)]


def test_a_summary_of_effects_and_reach_is_read_as_the_preview_noted_it(draft):
    noted = {
        "effects": {"runs_script": 2, "starts_enforcing": 1},
        "reach": {"nobody": 1, "all_devices": 2},
    }

    plan = plan_section(EvidenceFactory(draft=draft, impact=noted), ItemQuery())

    assert [(one.effect.value, one.count) for one in plan.effects] == [
        ("starts_enforcing", 1),
        ("runs_script", 2),
    ]
    assert [(far.value, count) for far, count in plan.reach] == [("all_devices", 2), ("nobody", 1)]


def test_a_preview_from_before_impacts_were_noted_claims_none(draft):
    evidence = EvidenceFactory(draft=draft)
    planned = PlanItemFactory(evidence=evidence, assignments_before=[TO_GROUP])

    plan = plan_section(evidence, ItemQuery())

    assert (plan.effects, plan.reach) == ((), ())
    [row] = plan.rows
    assert (row.planned, row.effects) == (planned, ())
    assert names(row.assigned_now) == (f"Group {GROUP}",)


def test_ten_that_could_not_be_evaluated_are_named_and_the_others_counted(draft):
    evidence = EvidenceFactory(draft=draft)
    for _ in range(12):
        PlanItemFactory(evidence=evidence, decision="not_evaluable", changes=[])

    plan = plan_section(evidence, ItemQuery(decision="update"))

    assert (len(plan.unevaluated), plan.more_unevaluated) == (10, 2)
