"""What a policy refers to and the tenant does not hold is named before Confirm (b03, b22, 11)."""

import pytest

from tests.cases.makers import (
    BLOCK,
    CATALOG,
    MULTI_FACTOR,
    NO_USERS,
    action,
    catalog,
    compliance,
    conditional_access,
    configuration,
    id_of,
    not_to_group,
    texts,
    to_group,
)

REUSABLE = (
    "vendor_msft_firewall_mdmstore_firewallrules_{firewallrulename}_remoteaddressdynamickeywords"
)
GONE = id_of("what is gone")


def with_strength():
    strength = {
        "id": GONE,
        "displayName": "Our strength",
        "policyType": "custom",
        "requirementsSatisfied": "mfa",
        "allowedCombinations": ["fido2"],
        "combinationConfigurations": [],
    }
    grant = MULTI_FACTOR | {"builtInControls": [], "authenticationStrength": strength}
    return conditional_access("Needs it", users=NO_USERS, grant=grant | {"operator": "AND"})


def access(**parts):
    return conditional_access("Needs it", users=parts.pop("users", NO_USERS), **parts)


def with_clients(**clients):
    whole = {
        "includeServicePrincipals": ["ServicePrincipalsInMyTenant"],
        "excludeServicePrincipals": [],
        "servicePrincipalFilter": None,
    }
    return access(grant=BLOCK, conditions={"clientApplications": whole | clients})


def with_locations(**locations):
    whole = {"includeLocations": ["All"], "excludeLocations": []}
    return access(conditions={"locations": whole | locations})


DANGLING = {
    "authentication strength": (with_strength(), "Our strength"),
    "terms of use": (access(grant=MULTI_FACTOR | {"termsOfUse": [GONE]}), GONE),
    "excluded location": (with_locations(excludeLocations=[GONE]), GONE),
    "included location": (with_locations(includeLocations=[GONE]), GONE),
    "application": (access(applications={"includeApplications": [GONE]}), GONE),
    "excluded application": (access(applications={"excludeApplications": [GONE]}), GONE),
    "authentication context": (
        access(
            applications={
                "includeApplications": [],
                "includeAuthenticationContextClassReferences": ["c7"],
            }
        ),
        "c7",
    ),
    "service principal": (with_clients(includeServicePrincipals=[GONE]), GONE),
    "excluded service principal": (with_clients(excludeServicePrincipals=[GONE]), GONE),
    "user": (access(users={"includeUsers": [GONE]}), GONE),
    "excluded user": (access(users={"includeUsers": ["All"], "excludeUsers": [GONE]}), GONE),
    "role": (access(users={"includeUsers": [], "includeRoles": [GONE]}), GONE),
    "group": (access(users={"includeUsers": [], "includeGroups": [GONE]}), GONE),
    "assigned group": (
        catalog("Needs it", assignments=[to_group("what is gone")]),
        GONE,
    ),
    "excluded group": (
        catalog("Needs it", assignments=[not_to_group("what is gone")]),
        GONE,
    ),
    "assignment filter": (
        catalog("Needs it", assignments=[to_group("Pilot", filter_name="what is gone")]),
        GONE,
    ),
    "scope tag": (catalog("Needs it", roleScopeTagIds=["0", "77"]), "77"),
    "notification template": (
        compliance("Needs it", action(), action("notification", template=GONE)),
        GONE,
    ),
    "group to be copied in": (
        compliance("Needs it", action(), action("notification", copies=[GONE])),
        GONE,
    ),
    "compliance script": (
        compliance("Needs it", deviceCompliancePolicyScript={"deviceComplianceScriptId": GONE}),
        GONE,
    ),
    "reusable setting": (
        catalog("Needs it", texts(REUSABLE, GONE, kind="ReferenceSettingValue")),
        GONE,
    ),
    "kiosk group": (
        configuration(
            "Needs it",
            "windowsKioskConfiguration",
            kioskProfiles=[
                {
                    "profileId": id_of("profile"),
                    "profileName": "one",
                    "appConfiguration": {
                        "@odata.type": "#microsoft.graph.windowsKioskSingleUWPApp"
                    },
                    "userAccountsConfiguration": [
                        {
                            "@odata.type": "#microsoft.graph.windowsKioskAzureADGroup",
                            "groupName": "Kiosk users",
                            "groupId": GONE,
                        }
                    ],
                }
            ],
        ),
        "Kiosk users",
    ),
}


@pytest.mark.parametrize(("policy", "named"), DANGLING.values(), ids=DANGLING)
def test_a_reference_that_leads_nowhere_is_named_before_confirm(walk, policy, named):
    walk.hold(groups=["Pilot"])
    walk.import_policies(policy)

    plan = walk.preview()

    found = walk.found("Needs it", severity={"blocker", "warning"})
    assert any(named.lower() in f"{one.title} {one.why}".lower() for one in found), [
        (one.code, one.title) for one in found
    ]
    assert plan["Needs it"].decision == "blocked" or walk.readiness != "ready"


WANTING = [name for name in DANGLING if name not in {"scope tag", "excluded user"}]


@pytest.mark.parametrize("case", WANTING)
def test_what_misses_a_reference_is_neither_refused_by_the_tenant_nor_verified(walk, case):
    walk.hold(groups=["Pilot"])
    walk.import_policies(DANGLING[case][0], catalog("Beside it"))

    walk.restore_unblocked()

    outcome, verification = walk.results.get("Needs it", ("not_started", "not_attempted"))
    assert outcome != "failed"
    assert (outcome, verification) not in {("created", "verified"), ("created", "mismatch")}
    assert walk.results["Beside it"] == ("created", "verified")
    assert walk.refused() == []


def test_the_zero_guid_means_no_template_and_dangles_nowhere(walk):
    walk.import_policies(compliance("Mail", action(), action("notification")))

    walk.preview()

    assert walk.codes("Mail", severity={"blocker", "warning"}) == set()
    assert walk.decisions == {"Mail": "create"}


ALWAYS_THERE = {
    "all applications": access(applications={"includeApplications": ["All"]}),
    "Office 365": access(applications={"includeApplications": ["Office365"]}),
    "admin portals": access(applications={"includeApplications": ["MicrosoftAdminPortals"]}),
    "all trusted places": with_locations(excludeLocations=["AllTrusted"]),
    "service principals of the tenant": with_clients()
    | {"state": "enabledForReportingButNotEnforced"},
    "guests": access(users={"includeUsers": ["GuestsOrExternalUsers"]}),
}


@pytest.mark.parametrize("policy", ALWAYS_THERE.values(), ids=ALWAYS_THERE)
def test_what_every_tenant_has_is_never_missing(walk, policy):
    walk.import_policies(policy)

    walk.check()

    assert walk.codes("Needs it", severity="blocker") == set()
    assert not {one.code for one in walk.found("Needs it") if "missing" in one.code}


def test_catalog_without_references_is_ready(walk):
    walk.hold({CATALOG: []})
    walk.import_policies(catalog("Plain"))

    walk.preview()

    assert walk.readiness == "ready"
