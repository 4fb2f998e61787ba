"""A lock-out is judged by what the policy does, and by who is really spared."""

import pytest

from restore_safety.checks.lock_outs import check
from restore_safety.models import Severity
from restore_safety.truth.references import ReferenceKind
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import PILOTS, STAFF, FakeReader, refused

KEY = "conditionalAccessPolicies"
ADMIN = "bbbbbbbb-0000-4000-8000-000000000001"
GONE = "bbbbbbbb-0000-4000-8000-00000000000f"
OFFICE = "cccccccc-0000-4000-8000-000000000001"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
GLOBAL_READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
GUESTS = {"guestOrExternalUserTypes": "b2bCollaborationGuest"}
MODERN = ["browser", "mobileAppsAndDesktopClients"]
BLOCK = {"operator": "OR", "builtInControls": ["block"]}
READER = FakeReader(
    {"namedLocations": [{"id": OFFICE, "displayName": "Office", "isTrusted": False}]},
    groups={PILOTS: "Break glass"},
    users={ADMIN: "Emergency"},
)
LOCKED = [(Severity.BLOCKER, "conditional_access_lockout", ["Block"])]
UNCLEAR = [(Severity.UNKNOWN, "conditional_access_lockout_unknown", ["Block"])]


def access(*, grant=None, state="enabled", applications=None, users=None, **conditions):
    return {
        "id": "ca",
        "displayName": "Block",
        "state": state,
        "conditions": {
            "clientAppTypes": ["all"],
            "applications": applications or {"includeApplications": ["All"]},
            "users": {"includeUsers": ["All"], **(users or {})},
            **conditions,
        },
        "grantControls": grant or BLOCK,
    }


def look(policy, *, reader=READER, **facts):
    return outline(check(context(checked(policy, key=KEY), reader=reader, **facts)))


def strength(one, *combinations):
    return {
        "operator": "AND",
        "builtInControls": [],
        "authenticationStrength": {"id": one, "allowedCombinations": list(combinations)},
    }


def grant(*controls, operator="OR", **others):
    return {"operator": operator, "builtInControls": list(controls), **others}


EVERYTHING = {
    "a plain block": access(),
    "every modern client by name": access(
        clientAppTypes=["browser", "mobileAppsAndDesktopClients"]
    ),
    "every platform": access(platforms={"includePlatforms": ["all"]}),
    "every platform by name": access(
        platforms={"includePlatforms": ["android", "iOS", "windows", "macOS", "linux"]}
    ),
    "every location": access(locations={"includeLocations": ["All"], "excludeLocations": []}),
    "every risk": access(signInRiskLevels=["none", "low", "medium", "high"]),
    "empty conditions": access(
        userRiskLevels=[], devices=None, authenticationFlows={"transferMethods": "none"}
    ),
    "all resources but one": access(
        applications={"includeApplications": ["All"], "excludeApplications": [GONE]}
    ),
    "compliant devices": access(grant=grant("compliantDevice")),
    "compliant devices and more": access(grant=grant("mfa", "compliantDevice", operator="AND")),
    "compliant or joined devices": access(grant=grant("compliantDevice", "domainJoinedDevice")),
    "a strength without a password": access(
        grant=strength("00000000-0000-0000-0000-000000000004", "fido2")
    ),
    "administrators by role": access(
        users={"includeUsers": [], "includeRoles": [GLOBAL_ADMINISTRATOR]}
    ),
}
PART = {
    "off": access(state="disabled"),
    "report only": access(state="enabledForReportingButNotEnforced"),
    "legacy clients": access(clientAppTypes=["exchangeActiveSync", "other"]),
    "browsers alone": access(clientAppTypes=["browser"]),
    "one platform": access(platforms={"includePlatforms": ["linux"]}),
    "all platforms but one": access(
        platforms={"includePlatforms": ["all"], "excludePlatforms": ["windows"]}
    ),
    "some locations": access(locations={"includeLocations": [OFFICE]}),
    "high risk": access(userRiskLevels=["high"]),
    "insider risk": access(insiderRiskLevels="elevated"),
    "some devices": access(devices={"deviceFilter": {"mode": "include", "rule": "x"}}),
    "device code": access(authenticationFlows={"transferMethods": "deviceCodeFlow"}),
    "workloads": access(clientApplications={"includeServicePrincipals": ["x"]}),
    "one resource": access(applications={"includeApplications": [GONE]}),
    "a user action": access(applications={"includeUserActions": ["urn:user:registersecurityinfo"]}),
    "a context": access(applications={"includeAuthenticationContextClassReferences": ["c1"]}),
    "all but the portals": access(
        applications={
            "includeApplications": ["All"],
            "excludeApplications": ["MicrosoftAdminPortals"],
        }
    ),
    "some resources by a rule": access(
        applications={
            "includeApplications": ["All"],
            "applicationFilter": {"mode": "include", "rule": "x"},
        }
    ),
    "a second factor": access(grant=grant("mfa")),
    "a second factor or a device": access(grant=grant("mfa", "compliantDevice")),
    "the multi-factor strength": access(grant=strength("00000000-0000-0000-0000-000000000002")),
    "a strength with a password": access(grant=strength(GONE, "fido2", "password,sms")),
    "terms of use": access(grant=grant(termsOfUse=[GONE])),
    "a session alone": access() | {"grantControls": None},
    "guests": access(users={"includeUsers": ["GuestsOrExternalUsers"]}),
    "a group": access(users={"includeUsers": [], "includeGroups": [PILOTS]}),
    "another role": access(users={"includeUsers": [], "includeRoles": [GLOBAL_READER]}),
}


@pytest.mark.parametrize("policy", EVERYTHING.values(), ids=EVERYTHING)
def test_what_holds_every_administrator_back_is_a_blocker(policy):
    assert look(policy) == LOCKED


@pytest.mark.parametrize("policy", PART.values(), ids=PART)
def test_what_holds_back_a_part_is_none(policy):
    assert look(policy) == []


@pytest.mark.parametrize(
    ("users", "sizes", "found"),
    [
        ({"excludeUsers": [ADMIN.upper()]}, {}, []),
        ({"excludeUsers": [GONE]}, {}, LOCKED),
        ({"excludeUsers": ["GuestsOrExternalUsers"]}, {}, LOCKED),
        ({"excludeGuestsOrExternalUsers": GUESTS}, {}, LOCKED),
        ({"excludeRoles": [GLOBAL_ADMINISTRATOR]}, {}, []),
        ({"excludeRoles": [GLOBAL_READER]}, {}, LOCKED),
        ({"excludeGroups": [PILOTS]}, {PILOTS: 2}, []),
        ({"excludeGroups": [PILOTS]}, {PILOTS: 0}, LOCKED),
        ({"excludeGroups": [PILOTS]}, {}, UNCLEAR),
        ({"excludeGroups": [STAFF]}, {}, LOCKED),
        ({"excludeGroups": [STAFF], "excludeUsers": [ADMIN]}, {}, []),
    ],
)
def test_only_an_administrator_who_exists_is_spared(users, sizes, found):
    assert look(access(users=users), facts={"size_of_group": sizes.get}) == found


@pytest.mark.parametrize(("excluded", "found"), [(OFFICE, []), (GONE, LOCKED), ("AllTrusted", [])])
def test_a_place_that_exists_lets_administrators_in(excluded, found):
    places = {"includeLocations": ["All"], "excludeLocations": [excluded]}

    assert look(access(locations=places)) == found


def test_what_could_not_be_looked_up_or_is_not_known_is_unknown():
    unread = FakeReader(unknown={ADMIN}, errors={"namedLocations": refused()})
    places = {"includeLocations": ["All"], "excludeLocations": [OFFICE]}

    assert look(access(users={"excludeUsers": [ADMIN]}), reader=unread) == UNCLEAR
    assert look(access(locations=places), reader=unread) == UNCLEAR
    assert look(access(somethingNew={"all": True})) == UNCLEAR


def test_a_mapped_group_is_looked_at_in_its_place():
    facts = {
        "mapping": {ReferenceKind.GROUP: {STAFF: PILOTS}},
        "facts": {"size_of_group": {PILOTS: 1}.get},
    }

    assert look(access(users={"excludeGroups": [STAFF]}), **facts) == []


def test_a_strength_is_judged_by_what_the_tenant_holds():
    held = {"id": GONE, "allowedCombinations": ["password,sms"]}
    reader = FakeReader({"authenticationStrengthPolicies": [held]})

    assert look(access(grant=strength(GONE, "fido2")), reader=reader) == []


def test_what_the_tenant_enforces_already_is_not_written():
    assert look(access(), reader=FakeReader({KEY: [access()]})) == []
