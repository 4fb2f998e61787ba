import pytest

from restore_safety.checks.connection_lock_outs import check
from restore_safety.models import Severity
from restore_safety.truth.references import ReferenceKind
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, refused

KEY = "conditionalAccessPolicies"
CLIENT = "dddddddd-0000-4000-8000-000000000001"
OWN = "dddddddd-0000-4000-8000-000000000002"
OTHER = "dddddddd-0000-4000-8000-000000000003"
GONE = "dddddddd-0000-4000-8000-00000000000f"
OFFICE = "cccccccc-0000-4000-8000-000000000001"
GRAPH = "00000003-0000-0000-c000-000000000000"
EVERY = ["ServicePrincipalsInMyTenant"]
PRINCIPALS = [
    {"id": OWN, "appId": CLIENT, "displayName": "Restore"},
    {"id": OTHER, "appId": GONE, "displayName": "Payroll"},
]
LOCKED = [(Severity.BLOCKER, "connection_lockout", ["Block"])]
UNCLEAR = [(Severity.UNKNOWN, "connection_lockout_unknown", ["Block"])]


def access(include=EVERY, exclude=(), *, control="block", applications=None, **others):
    state = others.pop("state", "enabled")
    rule = others.pop("rule", None)
    return {
        "id": "ca",
        "displayName": "Block",
        "state": state,
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": applications or {"includeApplications": ["All"]},
            "users": {"includeUsers": ["None"]},
            "clientApplications": {
                "includeServicePrincipals": list(include),
                "excludeServicePrincipals": list(exclude),
                "servicePrincipalFilter": rule,
            },
            **others,
        },
        "grantControls": {"operator": "OR", "builtInControls": [control]},
    }


def look(policy, *, held=(), errors=None, client=CLIENT, **choice):
    reader = FakeReader({"servicePrincipals": PRINCIPALS, KEY: list(held)}, errors=errors)
    facts = {"client_id": client}
    return outline(check(context(checked(policy, key=KEY), reader=reader, facts=facts, **choice)))


@pytest.mark.parametrize(
    "policy",
    [
        access(),
        access([OWN.upper()]),
        access(exclude=[OTHER]),
        access(exclude=[GONE]),
        access(applications={"includeApplications": [GRAPH]}),
        access(locations={"includeLocations": ["All"], "excludeLocations": []}),
        access(servicePrincipalRiskLevels=["none", "low", "medium", "high"]),
    ],
)
def test_a_block_of_the_connection_is_a_blocker(policy):
    assert look(policy) == LOCKED


@pytest.mark.parametrize(
    "policy",
    [
        access(state="disabled"),
        access(state="enabledForReportingButNotEnforced"),
        access(control="mfa"),
        access([OTHER]),
        access([GONE]),
        access([]),
        access(exclude=[OWN]),
        access(applications={"includeApplications": [GONE]}),
        access(applications={"includeApplications": ["All"], "excludeApplications": [GRAPH]}),
        access(servicePrincipalRiskLevels=["high"]),
    ],
)
def test_a_block_that_leaves_the_connection_alone_is_none(policy):
    assert look(policy) == []


def test_a_block_of_all_users_does_not_decide_about_applications():
    people = access([]) | {"grantControls": {"operator": "OR", "builtInControls": ["block"]}}
    people["conditions"]["users"] = {"includeUsers": ["All"]}

    assert look(people) == []


@pytest.mark.parametrize(
    "policy",
    [
        access(rule={"mode": "include", "rule": "x"}),
        access([], rule={"mode": "include", "rule": "x"}),
        access(rule={"mode": "exclude", "rule": "x"}),
        access(locations={"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}),
        access(locations={"includeLocations": [OFFICE]}),
        access(applications={"applicationFilter": {"mode": "include", "rule": "x"}}),
        access(somethingNew={"all": True}),
    ],
)
def test_a_block_whose_reach_cannot_be_determined_is_unknown(policy):
    assert look(policy) == UNCLEAR


def test_principals_that_could_not_be_read_are_unknown():
    assert look(access([OWN]), errors={"servicePrincipals": refused()}) == UNCLEAR
    assert look(access(exclude=[OWN]), errors={"servicePrincipals": refused()}) == UNCLEAR
    assert look(access([OWN]), client="") == UNCLEAR


def test_what_a_principal_was_mapped_to_counts():
    mapping = {ReferenceKind.SERVICE_PRINCIPAL: {GONE: OWN}}

    assert look(access([GONE]), mapping=mapping) == LOCKED
    assert look(access(exclude=[GONE]), mapping=mapping) == []


def test_what_the_tenant_enforces_already_is_not_written():
    assert look(access(), held=[access()]) == []
