"""What Graph answers in another order is the same (b04, b30)."""

import pytest

from tests.cases.makers import (
    CATALOG,
    COMPLIANCE,
    CONDITIONAL_ACCESS,
    CONFIGURATION,
    NO_USERS,
    all_guests,
    as_held,
    catalog,
    choices,
    compliance,
    conditional_access,
    configuration,
    groups_of_settings,
    id_of,
    text,
    texts,
    to_all_users,
    to_group,
)

LIST = "device_vendor_msft_policy_config_defender_excludedpaths"
MANY = "device_vendor_msft_policy_config_defender_schedulescanday"
RULES = "vendor_msft_firewall_mdmstore_firewallrules_{firewallrulename}"
RULE_NAME = "vendor_msft_firewall_mdmstore_firewallrules_{firewallrulename}_name"


def guests(kinds, side="include", members=("t1", "t2")):
    enumerated = {
        "@odata.type": "#microsoft.graph.conditionalAccessEnumeratedExternalTenants",
        "membershipKind": "enumerated",
        "members": [id_of(one) for one in members],
    }
    about = all_guests(kinds) | {"externalTenants": enumerated}
    who = {"includeUsers": [] if side == "include" else ["All"]}
    return conditional_access(
        "Same", users=who | {f"{side}GuestsOrExternalUsers": about}, state="disabled"
    )


def where(**conditions):
    return conditional_access("Same", users=NO_USERS, conditions=conditions)


def granting(**grant):
    whole = {
        "operator": "OR",
        "builtInControls": ["mfa"],
        "customAuthenticationFactors": [],
        "termsOfUse": [],
        "authenticationStrength": None,
    }
    return conditional_access("Same", users=NO_USERS, grant=whole | grant)


FLAGS = {
    "included guests": (
        guests("internalGuest,b2bCollaborationGuest,b2bCollaborationMember"),
        guests("b2bCollaborationGuest,b2bCollaborationMember,internalGuest"),
    ),
    "excluded guests": (
        guests("internalGuest,otherExternalUser", "exclude"),
        guests("otherExternalUser,internalGuest", "exclude"),
    ),
    "blanks between flags": (
        guests("internalGuest,otherExternalUser"),
        guests("internalGuest, otherExternalUser"),
    ),
    "external tenants": (
        guests("internalGuest", members=("t1", "t2")),
        guests("internalGuest", members=("t2", "t1")),
    ),
    "authentication flows": (
        where(authenticationFlows={"transferMethods": "deviceCodeFlow,authenticationTransfer"}),
        where(authenticationFlows={"transferMethods": "authenticationTransfer,deviceCodeFlow"}),
    ),
    "insider risk": (
        where(insiderRiskLevels="minor,elevated"),
        where(insiderRiskLevels="elevated,minor"),
    ),
    "agent risk": (
        where(agentIdRiskLevels="medium,high"),
        where(agentIdRiskLevels="high,medium"),
    ),
    "client types": (
        where(clientAppTypes=["exchangeActiveSync", "other"]),
        where(clientAppTypes=["other", "exchangeActiveSync"]),
    ),
    "risk levels": (
        where(signInRiskLevels=["high", "medium"]),
        where(signInRiskLevels=["medium", "high"]),
    ),
    "platforms": (
        where(platforms={"includePlatforms": ["iOS", "android"], "excludePlatforms": []}),
        where(platforms={"includePlatforms": ["android", "iOS"], "excludePlatforms": []}),
    ),
    "controls": (
        granting(builtInControls=["mfa", "compliantDevice"]),
        granting(builtInControls=["compliantDevice", "mfa"]),
    ),
    "applications": (
        conditional_access(
            "Same",
            users=NO_USERS,
            applications={"includeApplications": ["Office365", "MicrosoftAdminPortals"]},
        ),
        conditional_access(
            "Same",
            users=NO_USERS,
            applications={"includeApplications": ["MicrosoftAdminPortals", "Office365"]},
        ),
    ),
}


@pytest.mark.parametrize(("mine", "there"), FLAGS.values(), ids=FLAGS)
def test_conditional_access_in_another_order_is_unchanged(walk, mine, there):
    walk.hold({CONDITIONAL_ACCESS: [as_held(there)]})
    walk.import_policies(mine)

    walk.restore()

    assert "target_changed_since_backup" not in walk.codes("Same")
    assert walk.decisions == {"Same": "unchanged"}
    assert walk.writes() == []


def restricted(**members):
    return configuration("Same", "windows10GeneralConfiguration", **members)


def rules(*names):
    return groups_of_settings(RULES, *[(text(RULE_NAME, name),) for name in names])


COLLECTIONS = {
    "plain values": (
        CATALOG,
        catalog("Same", texts(LIST, "a", "b", "c")),
        catalog("Same", texts(LIST, "c", "a", "b")),
    ),
    "choices": (
        CATALOG,
        catalog("Same", choices(MANY, "1", "2")),
        catalog("Same", choices(MANY, "2", "1")),
    ),
    "groups of settings": (
        CATALOG,
        catalog("Same", rules("one", "two", "three")),
        catalog("Same", rules("three", "one", "two")),
    ),
    "the settings themselves": (
        CATALOG,
        catalog("Same", text(LIST, "x"), text(RULE_NAME, "y")),
        catalog("Same", text(RULE_NAME, "y"), text(LIST, "x")),
    ),
    "excluded processes": (
        CONFIGURATION,
        restricted(defenderProcessesToExclude=["a.exe", "b.exe"]),
        restricted(defenderProcessesToExclude=["b.exe", "a.exe"]),
    ),
    "home pages": (
        CONFIGURATION,
        restricted(edgeHomepageUrls=["https://a.example", "https://b.example"]),
        restricted(edgeHomepageUrls=["https://b.example", "https://a.example"]),
    ),
    "mail domains": (
        CONFIGURATION,
        configuration(
            "Same",
            "iosGeneralDeviceConfiguration",
            emailInDomainSuffixes=["a.example", "b.example"],
        ),
        configuration(
            "Same",
            "iosGeneralDeviceConfiguration",
            emailInDomainSuffixes=["b.example", "a.example"],
        ),
    ),
    "assignments": (
        COMPLIANCE,
        compliance("Same", assignments=[to_group("Pilot"), to_all_users()]),
        compliance("Same", assignments=[to_all_users(), to_group("Pilot")]),
    ),
    "scope tags": (
        COMPLIANCE,
        compliance("Same", roleScopeTagIds=["0", "7"]),
        compliance("Same", roleScopeTagIds=["7", "0"]),
    ),
}


@pytest.mark.parametrize(("key", "mine", "there"), COLLECTIONS.values(), ids=COLLECTIONS)
def test_a_collection_in_another_order_is_unchanged(walk, key, mine, there):
    tags = [{"id": "7", "displayName": "Branch", "description": ""}]
    walk.hold({key: [as_held(there)], "roleScopeTags": tags}, groups=["Pilot"])
    walk.import_policies(mine)

    walk.restore()

    assert "target_changed_since_backup" not in walk.codes("Same")
    assert walk.decisions == {"Same": "unchanged"}
    assert walk.writes() == []


def test_a_member_more_is_a_difference(walk):
    there = catalog("Same", texts(LIST, "a", "b", "c"))
    walk.hold({CATALOG: [as_held(there)]})
    walk.import_policies(catalog("Same", texts(LIST, "b", "a")))

    walk.restore()

    assert walk.results == {"Same": ("updated", "verified")}
    (held,) = walk.live(CATALOG)[0]["settings"]
    values = held["settingInstance"]["simpleSettingCollectionValue"]
    assert sorted(one["value"] for one in values) == ["a", "b"]
