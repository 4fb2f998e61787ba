from restore_safety.checks.removed_assignments import check
from restore_safety.models import Severity
from restore_safety.truth.scope import AssignmentMode
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import (
    PILOTS,
    STAFF,
    TO_ALL_DEVICES,
    FakeReader,
    catalog,
    to_group,
    without_group,
)

READER = FakeReader(
    {"configurationPolicies": [catalog()]},
    assignments={catalog()["id"]: [TO_ALL_DEVICES, to_group(PILOTS), without_group(STAFF)]},
    groups={PILOTS: "Pilots"},
)


def look(policy, **changes):
    return list(check(context(policy, reader=READER, **changes)))


def test_each_assignment_that_goes_is_listed():
    issues = look(checked(assignments=[to_group(PILOTS)]))

    assert outline(issues) == [(Severity.WARNING, "assignments_removed", ["Firewall"])]
    assert "Firewall: all devices is removed." in issues[0].why


def test_an_empty_set_removes_them_all():
    [issue] = look(checked(assignments=[]))

    assert f"all devices is removed, group Pilots ({PILOTS}) is removed." in issue.why


def test_nothing_goes_where_assignments_are_left_untouched():
    assert look(checked(assignments=None)) == []
    assert look(checked(assignments=[to_group(PILOTS)]), assignment_mode=AssignmentMode.LEAVE) == []
    assert look(checked(assignments=[to_group(STAFF)])) == []
