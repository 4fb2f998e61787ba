import pytest

from restore_safety.checks.licences import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, refused

KEY = "conditionalAccessPolicies"
PATH = "subscribedSkus"
MISSING = [(Severity.BLOCKER, "licence_missing", ["Risk"])]
HIGH = {"userRiskLevels": ["high"]}
WORKLOADS = {"servicePrincipalRiskLevels": ["high"]}


def access(conditions):
    return {"id": "ca", "displayName": "Risk", "state": "disabled", "conditions": conditions}


def bought(*plans, status="Success", capability="Enabled"):
    named = [{"servicePlanName": one, "provisioningStatus": status} for one in plans]
    return [{"id": "sku", "capabilityStatus": capability, "servicePlans": named}]


def look(conditions, subscriptions=(), *, held=(), errors=None):
    reader = FakeReader({KEY: list(held), PATH: list(subscriptions)}, errors=errors)
    return list(check(context(checked(access(conditions), key=KEY), reader=reader)))


@pytest.mark.parametrize(
    ("conditions", "said"),
    [
        (HIGH, "user risk"),
        ({"signInRiskLevels": ["medium"]}, "sign-in risk"),
        ({"insiderRiskLevels": "elevated"}, "insider risk"),
        (WORKLOADS, "the risk of workload identities"),
    ],
)
def test_a_condition_without_its_licence_is_a_blocker(conditions, said):
    issues = look(conditions, bought("AAD_PREMIUM"))

    assert outline(issues) == MISSING
    assert said in issues[0].why


@pytest.mark.parametrize(
    ("conditions", "plan"), [(HIGH, "AAD_PREMIUM_P2"), (WORKLOADS, "AAD_WRKLDID_P2")]
)
def test_a_licence_that_is_provisioned_raises_nothing(conditions, plan):
    assert look(conditions, bought("AAD_PREMIUM", plan)) == []
    assert look(conditions, bought(plan, capability="Warning")) == []


@pytest.mark.parametrize(
    "subscriptions",
    [
        [],
        [{"id": "sku"}],
        bought("AAD_PREMIUM_P2", status="Disabled"),
        bought("AAD_PREMIUM_P2", status="PendingProvisioning"),
        bought("AAD_PREMIUM_P2", capability="Suspended"),
        bought("AAD_WRKLDID_P2"),
    ],
)
def test_a_plan_that_is_not_in_force_does_not_count(subscriptions):
    assert outline(look(HIGH, subscriptions)) == MISSING


def test_subscriptions_that_could_not_be_read_are_unknown():
    assert outline(look(HIGH, errors={PATH: refused()})) == [
        (Severity.UNKNOWN, "licences_unknown", ["Risk"])
    ]


def test_a_policy_without_such_a_condition_or_unchanged_raises_nothing():
    empty = {"userRiskLevels": [], "signInRiskLevels": None, "clientAppTypes": ["all"]}

    assert look(empty, errors={PATH: refused()}) == []
    assert look(HIGH, held=[access(HIGH)]) == []
