import pytest

from restore_safety.checks.enforcement import check
from restore_safety.models import Severity
from restore_safety.truth.scope import ConflictPolicy
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import PILOTS, FakeReader, refused

KEY = "conditionalAccessPolicies"
FOUND = [(Severity.WARNING, "conditional_access_enforced", ["MFA"])]


def access(state="enabled", *, conditions=None, **users):
    return {
        "id": "ca",
        "displayName": "MFA",
        "state": state,
        "conditions": conditions or {"users": {"includeUsers": ["All"], **users}},
    }


def tenant(*policies, **facts):
    return FakeReader({KEY: list(policies)}, **facts)


@pytest.mark.parametrize(
    ("restored", "reader", "found"),
    [
        (access(), tenant(), FOUND),
        (access(), tenant(access("disabled")), FOUND),
        (access(), tenant(access("enabledForReportingButNotEnforced")), FOUND),
        (access(), tenant(access("disabled"), errors={"ca": refused()}), FOUND),
        (access(), tenant(errors={KEY: refused()}), FOUND),
        (access(), tenant(access()), []),
        (access("disabled"), tenant(access()), []),
        (access("enabledForReportingButNotEnforced"), tenant(), []),
    ],
)
def test_a_policy_that_was_not_enforced_and_will_be_is_a_warning(restored, reader, found):
    assert outline(check(context(checked(restored, key=KEY), reader=reader))) == found


def test_an_enabled_copy_enforces_even_beside_an_enabled_policy():
    looked = context(checked(access(), key=KEY), conflict_policy=ConflictPolicy.COPY)

    assert outline(check(looked)) == FOUND


@pytest.mark.parametrize(
    ("restored", "audience"),
    [
        (access(), "all users"),
        (access(includeUsers=["GuestsOrExternalUsers"]), "guests and external users"),
        (
            access(includeUsers=["a", "b"], includeRoles=["r"], includeGroups=[PILOTS]),
            f"1 role, 2 users and group Pilots ({PILOTS})",
        ),
        (
            access(includeUsers=["None"], includeGuestsOrExternalUsers={"members": "all"}),
            "guests and external users",
        ),
        (
            access(conditions={"clientApplications": {"includeServicePrincipals": ["x"]}}),
            "1 service principal",
        ),
        (
            access(
                conditions={
                    "clientApplications": {
                        "includeServicePrincipals": ["ServicePrincipalsInMyTenant"]
                    }
                }
            ),
            "workload identities",
        ),
        (access(includeUsers=[]), "no one"),
    ],
)
def test_it_says_for_which_people(restored, audience):
    reader = tenant(groups={PILOTS: "Pilots"})

    [issue] = check(context(checked(restored, key=KEY), reader=reader))

    assert issue.title == f"1 conditional access policy will enforce for {audience}"
