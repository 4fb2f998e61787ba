import pytest

from restore_safety.checks.conditional_access import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, told
from tests.restore_safety.preview.fakes import PILOTS, STAFF, FakeReader

READER = FakeReader(groups={PILOTS: "Break glass"})
LOCKOUT = [(Severity.BLOCKER, "conditional_access_lockout", ["Block"])]


def access(*, state="enabled", controls=("block",), **users):
    return checked(
        {
            "id": "ca",
            "displayName": "Block",
            "state": state,
            "conditions": {"users": {"includeUsers": ["All"], **users}},
            "grantControls": {"operator": "OR", "builtInControls": list(controls)},
        },
        key="conditionalAccessPolicies",
    )


@pytest.mark.parametrize(
    ("policy", "found"),
    [
        (access(), LOCKOUT),
        (access(excludeGroups=[STAFF]), LOCKOUT),
        (access(excludeGroups=[PILOTS]), []),
        (access(excludeRoles=["admin"]), []),
        (access(state="enabledForReportingButNotEnforced"), []),
        (access(controls=("mfa",)), []),
        (access(includeUsers=["None"]), []),
    ],
)
def test_blocking_everybody_without_an_exclusion_that_exists_is_a_blocker(policy, found):
    looked = context(policy, reader=READER)

    assert told(check(looked)) == found


def test_references_that_are_not_looked_up_are_unknown():
    policy = access(excludeUsers=["a-user-id"])

    issues = list(check(context(policy, reader=READER)))

    assert told(issues) == [(Severity.UNKNOWN, "conditional_access_references", ["Block"])]
    assert "They name users by id." in issues[0].why
