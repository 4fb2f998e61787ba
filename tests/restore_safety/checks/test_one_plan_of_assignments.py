"""What the checks say of assignments is what the plan does with them."""

import pytest

from restore_safety.checks.broad_assignments import check as broad
from restore_safety.checks.removed_assignments import check as removed
from restore_safety.policies.assignments import plan_assignments
from restore_safety.policies.policy import PolicyToRestore
from restore_safety.policies.references import Foundations
from tenants.graph.contracts import contract
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import (
    PILOTS,
    TO_ALL_DEVICES,
    WHOLE,
    FakeReader,
    catalog,
    choices,
)

FILTER = "7c0d7c0d-0000-4000-8000-00000000f117"
FILTERED = {
    "deviceAndAppManagementAssignmentFilterId": FILTER,
    "deviceAndAppManagementAssignmentFilterType": "include",
}
READER = FakeReader(
    {"configurationPolicies": [catalog()]},
    assignments={catalog()["id"]: [TO_ALL_DEVICES]},
    groups={PILOTS: "Pilots"},
)
TO_PILOTS = {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": PILOTS}


@pytest.mark.parametrize(("filtered", "is_replaced"), [({}, True), (FILTERED, False)])
def test_assignments_are_said_to_be_lost_exactly_where_the_plan_replaces_them(
    filtered, is_replaced
):
    wanted = [{"target": TO_PILOTS | filtered}]
    issues = list(removed(context(checked(assignments=wanted), reader=READER, groups={PILOTS})))

    plan = plan_assignments(
        policy=PolicyToRestore(
            id="1",
            position=1,
            contract=contract("configurationPolicies"),
            object_id=catalog()["id"],
            name="Firewall",
            payload=catalog(),
            assignments=wanted,
            group_names={},
            completeness=WHOLE,
        ),
        choices=choices(),
        groups=READER.groups([PILOTS]),
        foundations=Foundations(own={}, scope_tags=READER.scope_tags(), filters=READER.filters()),
    )

    assert (plan.wanted is not None) is is_replaced
    assert bool(outline(issues)) is is_replaced


def test_a_new_policy_left_unassigned_for_want_of_its_filter_is_not_said_to_reach_all_devices():
    to_all = [{"target": TO_ALL_DEVICES["target"] | FILTERED}]

    issues = broad(
        context(checked(assignments=to_all), reader=FakeReader({"configurationPolicies": []}))
    )

    assert outline(issues) == []
