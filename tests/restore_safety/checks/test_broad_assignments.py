import pytest

from restore_safety.checks.broad_assignments import check
from restore_safety.models import Severity
from restore_safety.truth.scope import AssignmentMode
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import (
    PILOTS,
    TO_ALL_DEVICES,
    FakeReader,
    catalog,
    to_group,
)

FILTER = "ffffffff-0000-4000-8000-000000000001"
TO_ALL_USERS = {"target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}}


def test_a_broad_audience_that_is_new_is_distinguished_from_one_that_stays():
    a, b, c = catalog("A"), catalog("B"), catalog("C")
    reader = FakeReader(
        {"configurationPolicies": [catalog("A", value="off"), b]},
        assignments={a["id"]: [TO_ALL_DEVICES], b["id"]: [to_group(PILOTS)]},
    )

    issues = list(
        check(
            context(
                checked(a, assignments=[TO_ALL_DEVICES]),
                checked(b, assignments=[TO_ALL_DEVICES]),
                checked(c, assignments=[TO_ALL_USERS]),
                reader=reader,
            )
        )
    )

    assert outline(issues) == [
        (Severity.WARNING, "broad_assignment_added", ["B", "C"]),
        (Severity.WARNING, "broad_assignment", ["A"]),
    ]
    assert issues[0].title == "2 policies become assigned to all devices and all users"
    assert issues[1].title == "1 policy already reaches all devices"


def test_what_is_left_unassigned_for_a_missing_group_raises_nothing():
    wanted = [TO_ALL_DEVICES, to_group(PILOTS)]

    looked = context(checked(assignments=wanted))

    assert outline(check(looked)) == []


def test_groups_and_assignments_out_of_scope_raise_nothing():
    grouped = context(checked(assignments=[to_group(PILOTS)]))
    left_out = context(checked(assignments=[TO_ALL_DEVICES]), assignment_mode=AssignmentMode.LEAVE)

    assert outline(check(grouped)) == []
    assert outline(check(left_out)) == []


def filtered(mode="include"):
    fields = {
        "deviceAndAppManagementAssignmentFilterId": FILTER,
        "deviceAndAppManagementAssignmentFilterType": mode,
    }
    return {"target": {**TO_ALL_DEVICES["target"], **fields}}


@pytest.mark.parametrize(
    ("live", "wanted", "found"),
    [
        (filtered(), TO_ALL_DEVICES, "broad_assignment_unfiltered"),
        (filtered(), filtered("exclude"), "broad_assignment_unfiltered"),
        (TO_ALL_DEVICES, filtered(), None),
        (filtered(), filtered(), None),
    ],
)
def test_all_devices_without_their_filter_are_a_warning_of_their_own(live, wanted, found):
    reader = FakeReader(
        {"configurationPolicies": [catalog()], "assignmentFilters": [{"id": FILTER}]},
        assignments={catalog()["id"]: [live]},
    )

    issues = list(check(context(checked(assignments=[wanted]), reader=reader)))

    assert outline(issues) == ([(Severity.WARNING, found, ["Firewall"])] if found else [])


def test_a_policy_that_stays_as_it_is_asks_for_nothing():
    reader = FakeReader(
        {"configurationPolicies": [catalog()]}, assignments={catalog()["id"]: [TO_ALL_DEVICES]}
    )

    assert outline(check(context(checked(assignments=[TO_ALL_DEVICES]), reader=reader))) == []


def test_a_missing_filter_leaves_all_devices_alone():
    assert outline(check(context(checked(assignments=[filtered()])))) == []


@pytest.mark.parametrize(
    ("grant", "found"),
    [
        (["mfa"], [(Severity.WARNING, "broad_assignment", ["Block"])]),
        (["block"], []),
    ],
)
def test_conditional_access_that_changes_for_all_users_is_named(grant, found):
    def access(*controls):
        return {
            "id": "ca",
            "displayName": "Block",
            "state": "enabled",
            "conditions": {"users": {"includeUsers": ["All"]}},
            "grantControls": {"operator": "OR", "builtInControls": list(controls)},
        }

    reader = FakeReader({"conditionalAccessPolicies": [access("block")]})
    policy = checked(access(*grant), key="conditionalAccessPolicies")

    assert outline(check(context(policy, reader=reader))) == found
