from restore_safety.checks.missing_groups import check
from restore_safety.models import Severity
from restore_safety.truth.scope import AssignmentMode, ConflictPolicy
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import (
    PILOTS,
    STAFF,
    FakeReader,
    catalog,
    to_group,
    without_group,
)

READER = FakeReader(groups={PILOTS: "Pilots"})
ACCESS = {
    "id": "ca",
    "displayName": "MFA",
    "state": "enabled",
    "conditions": {"users": {"includeUsers": ["All"], "excludeGroups": [STAFF]}},
}


def look(*policies, reader=READER, **changes):
    return list(check(context(*policies, reader=reader, **changes)))


def test_groups_that_exist_raise_nothing():
    assert look(checked(assignments=[to_group(PILOTS)])) == []


def test_missing_members_are_one_warning_that_names_them():
    issues = look(
        checked(catalog("A"), assignments=[to_group(STAFF)]),
        checked(catalog("B"), assignments=[to_group(STAFF), to_group(PILOTS)]),
        checked(catalog("C"), assignments=[to_group(PILOTS)]),
        group_names={STAFF: "All staff"},
    )

    assert outline(issues) == [(Severity.WARNING, "group_missing", ["A", "B"])]
    assert issues[0].title == "2 policies are assigned to groups that do not exist in Contoso"
    assert f"Missing: All staff ({STAFF})." in issues[0].why
    assert "acknowledge that these policies are restored without" in issues[0].remedy


def test_a_missing_exclusion_is_a_blocker():
    issues = look(checked(assignments=[to_group(PILOTS), without_group(STAFF)]))

    assert outline(issues) == [(Severity.BLOCKER, "exclusion_missing", ["Firewall"])]


def test_a_mapped_group_is_not_missing():
    issues = look(checked(assignments=[to_group(STAFF)]), mapping={"group": {STAFF: PILOTS}})

    assert issues == []


def test_assignments_out_of_scope_need_no_groups():
    assert look(checked(assignments=[to_group(STAFF)]), assignment_mode=AssignmentMode.LEAVE) == []


def test_a_policy_that_is_skipped_needs_no_groups():
    reader = FakeReader({"configurationPolicies": [catalog()]})

    issues = look(
        checked(assignments=[to_group(STAFF)]),
        reader=reader,
        conflict_policy=ConflictPolicy.SKIP,
    )

    assert issues == []


def test_a_group_missing_inside_conditional_access_is_a_blocker():
    issues = look(
        checked(ACCESS, key="conditionalAccessPolicies"), assignment_mode=AssignmentMode.LEAVE
    )

    assert outline(issues) == [(Severity.BLOCKER, "conditional_access_group_missing", ["MFA"])]


def test_groups_that_could_not_be_looked_up_are_unknown_and_not_missing():
    reader = FakeReader(unknown={PILOTS, STAFF})

    issues = look(
        checked(catalog("A"), assignments=[to_group(STAFF)]),
        checked(catalog("B"), assignments=[]),
        reader=reader,
    )

    assert outline(issues) == [(Severity.UNKNOWN, "groups_not_looked_up", ["A"])]
    assert issues[0].title == "2 groups could not be looked up"


def test_all_that_are_missing_are_data_however_long_the_list():
    """A sentence names the first ones, and a group's name may hold another's id."""
    gone = [f"00000000-0000-4000-8000-{number:012}" for number in range(12)]
    names = {gone[0]: f"Copy of {PILOTS}"}

    [issue] = look(checked(assignments=[to_group(one) for one in gone]), group_names=names)

    assert [one.id for one in issue.missing] == gone
    assert {one.kind for one in issue.missing} == {"group"}
