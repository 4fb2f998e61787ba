import pytest

from restore_safety.drafts.item_queries import ItemQuery
from restore_safety.policies.completeness import Wholeness
from restore_safety.wizard.pages.scope import scope_section
from tests.restore_safety.factories import (
    BackupItemFactory,
    BackupSetFactory,
)
from tests.restore_safety.factories_runs import (
    DraftFactory,
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
