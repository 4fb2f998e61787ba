import pytest

from restore_safety.checks.group_mappings import check
from restore_safety.models import Severity
from restore_safety.truth.scope import AssignmentMode, ConflictPolicy
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import PILOTS, STAFF, FakeReader, catalog, to_group

READER = FakeReader(groups={PILOTS: "Pilots"})
ASSIGNED = checked(assignments=[to_group(STAFF)])
ACCESS = checked(
    {
        "id": "ca",
        "displayName": "MFA",
        "conditions": {"users": {"includeUsers": ["All"], "excludeGroups": [STAFF]}},
    },
    key="conditionalAccessPolicies",
)


def looked(*policies, **changes):
    facts = {"mapping": {"group": {STAFF: PILOTS}}, "group_names": {STAFF: "Staff"}, **changes}
    return context(*policies, reader=READER, **facts)


def test_a_mapping_in_force_is_a_warning_with_both_groups_and_the_policies():
    other = checked(catalog("Other"), assignments=[to_group(PILOTS)])

    [issue] = check(looked(ASSIGNED, ACCESS, other))

    assert outline([issue]) == [(Severity.WARNING, "group_mapped", ["Firewall", "MFA"])]
    assert issue.title == (
        "2 policies go to another group than in the backup: "
        f"group Staff ({STAFF}) → group Pilots ({PILOTS})"
    )
    assert issue.why.endswith("those in the first: Firewall, MFA.")


@pytest.mark.parametrize(
    ("policy", "changes"),
    [
        (ASSIGNED, {"assignment_mode": AssignmentMode.LEAVE}),
        (ASSIGNED, {"mapping": {}}),
        (ASSIGNED, {"mapping": {"group": {STAFF: STAFF}}}),
        (checked(assignments=None), {}),
        (
            checked(assignments=[to_group(STAFF), to_group("gone")]),
            {},
        ),
    ],
)
def test_a_mapping_that_replaces_nothing_is_no_matter(policy, changes):
    facts = {"mapping": {"group": {STAFF: PILOTS}}, **changes}

    assert outline(check(context(policy, reader=READER, **facts))) == []


def test_groups_inside_a_policy_are_mapped_without_assignments_too():
    found = check(looked(ACCESS, assignment_mode=AssignmentMode.LEAVE))

    assert outline(found) == [(Severity.WARNING, "group_mapped", ["MFA"])]


def test_what_is_skipped_goes_nowhere():
    reader = FakeReader({"configurationPolicies": [catalog()]}, groups={PILOTS: "Pilots"})
    skipped = context(
        ASSIGNED,
        reader=reader,
        mapping={"group": {STAFF: PILOTS}},
        conflict_policy=ConflictPolicy.SKIP,
    )

    assert outline(check(skipped)) == []
