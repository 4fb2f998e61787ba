from restore_safety.checks.broad_assignments import check
from restore_safety.models import Severity
from restore_safety.truth.scope import AssignmentMode
from tests.restore_safety.checks.contexts import checked, context, told
from tests.restore_safety.preview.fakes import (
    PILOTS,
    TO_ALL_DEVICES,
    FakeReader,
    catalog,
    to_group,
)

TO_ALL_USERS = {"target": {"@odata.type": "#microsoft.graph.allLicensedUsersAssignmentTarget"}}


def test_a_broad_audience_that_is_new_is_told_apart_from_one_that_stays():
    a, b, c = catalog("A"), catalog("B"), catalog("C")
    reader = FakeReader(
        {"configurationPolicies": [a, b]},
        assignments={a["id"]: [TO_ALL_DEVICES], b["id"]: [to_group(PILOTS)]},
    )

    issues = list(
        check(
            context(
                checked(a, assignments=[TO_ALL_DEVICES]),
                checked(b, assignments=[TO_ALL_DEVICES, to_group(PILOTS)]),
                checked(c, assignments=[TO_ALL_USERS]),
                reader=reader,
            )
        )
    )

    assert told(issues) == [
        (Severity.WARNING, "broad_assignment_added", ["B", "C"]),
        (Severity.WARNING, "broad_assignment", ["A"]),
    ]
    assert issues[0].title == "2 policies become assigned to all devices and all users"
    assert issues[1].title == "1 policy already reaches all devices"


def test_what_is_left_unassigned_for_a_missing_group_raises_nothing():
    wanted = [TO_ALL_DEVICES, to_group(PILOTS)]

    looked = context(checked(assignments=wanted), groups={PILOTS})

    assert told(check(looked)) == []


def test_groups_and_assignments_out_of_scope_raise_nothing():
    grouped = context(checked(assignments=[to_group(PILOTS)]))
    left_out = context(checked(assignments=[TO_ALL_DEVICES]), assignment_mode=AssignmentMode.LEAVE)

    assert told(check(grouped)) == []
    assert told(check(left_out)) == []
