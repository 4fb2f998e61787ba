import pytest

from restore_safety.backups.stated_assignments import StatedAssignments, assignments_in
from tenants.graph.contracts import contract
from tests.restore_safety.backups.policies import GROUP, assignment

CATALOG = contract("configurationPolicies")
TO_GROUP = "#microsoft.graph.groupAssignmentTarget"


def target(**changes):
    return [{"target": {"@odata.type": TO_GROUP, "groupId": GROUP} | changes}]


@pytest.mark.parametrize(
    "stated",
    [
        [],
        [assignment()],
        [{"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}],
        target(deviceAndAppManagementAssignmentFilterId=None),
    ],
)
def test_well_made_assignments_are_taken_as_they_are(stated):
    assert assignments_in(CATALOG, {"assignments": stated}) == StatedAssignments(assignments=stated)


@pytest.mark.parametrize(
    ("stated", "problem"),
    [
        ("x", "they are not a list"),
        (["x"], "number 1 is not an object"),
        ([assignment(), {"target": "x"}], "number 2 has no target"),
        ({"value": [assignment()]}, "number 1 has no target"),
        ([{"target": {"groupId": GROUP}}], "number 1 does not say what kind of target it has"),
        (target(groupId=None), "number 1 names no group by id"),
        (target(groupId=7), "number 1 holds something else where text belongs"),
        (
            target(deviceAndAppManagementAssignmentFilterId={}),
            "number 1 holds something else where text belongs",
        ),
        ([assignment() | {"source": 1}], "number 1 holds something else where text belongs"),
    ],
)
def test_malformed_assignments_are_not_known(stated, problem):
    assert assignments_in(CATALOG, {"assignments": stated}) == StatedAssignments(problem=problem)


def test_assignments_that_go_on_elsewhere_are_not_known():
    policy = {"assignments": [assignment()], "assignments@odata.nextLink": "https://x"}

    assert assignments_in(CATALOG, policy) == StatedAssignments(
        problem="not all of their pages were saved"
    )


def test_a_type_without_assignments_has_none():
    filters = contract("assignmentFilters")

    assert assignments_in(filters, {"assignments": "x"}) == StatedAssignments(assignments=[])


def schedule(**changes):
    return {
        "target": {"@odata.type": TO_GROUP, "groupId": GROUP},
        "runSchedule": {
            "@odata.type": "#microsoft.graph.deviceHealthScriptRunOnceSchedule",
            "interval": 1,
            "date": "2026-01-05",
            "time": "01:00:00",
        }
        | changes,
        "runRemediationScript": "True",
    }


def test_what_powershell_changed_in_assignments_is_put_right():
    stated = assignments_in(
        contract("deviceHealthScripts"), {"assignments": schedule(date="/Date(1704067200000)/")}
    )

    [entry] = stated.assignments
    assert entry["runSchedule"]["date"] == "2024-01-01"
    assert entry["runRemediationScript"] is True


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        (
            schedule() | {"runSchedule": "@{interval=1}"},
            "number 1 was cut off when it was exported",
        ),
        (
            schedule(date="01/05/2026"),
            "“assignments[0].runSchedule.date” holds no date that can be read",
        ),
        (
            schedule(interval="hourly"),
            (
                "“assignments[0].runSchedule.interval” cannot be used: it is of another kind "
                "than Graph takes here"
            ),
        ),
    ],
)
def test_assignments_that_graph_would_refuse_are_not_known(entry, problem):
    stated = assignments_in(contract("deviceHealthScripts"), {"assignments": [entry]})

    assert stated == StatedAssignments(problem=problem)
