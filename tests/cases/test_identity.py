"""Which policy of the tenant a policy of the backup is (b07, b08, b09, b44, b47)."""

import pytest

from tests.cases.makers import (
    CATALOG,
    COMPLIANCE,
    CONDITIONAL_ACCESS,
    CONFIGURATION,
    CORTANA,
    FILTERS,
    NO_USERS,
    action,
    as_held,
    catalog,
    choice,
    compliance,
    conditional_access,
    configuration,
    device_filter,
    id_of,
    not_to_group,
    to_group,
)

ASR = "e8c053d6-9f95-42b1-a7f1-ebfd71c67a4b_1"
DEVICE_CONTROL = "0f2034c6-3cd6-4ee1-bd37-f3c0693e9548_1"
ANTIVIRUS = "804339ad-1553-4478-a742-138fb5807418_1"
FAMILY = "endpointSecurityAttackSurfaceReduction"
SENSE = {"technologies": "mdm,microsoftSense"}
WEIGHTY = {"blocker", "warning"}


def protection(name="All devices", template=ASR, family=FAMILY, **members):
    members = {"id": id_of(f"{name} {template} {family}")} | SENSE | members
    return catalog(name, template=template, family=family, **members)


RENAMED = {
    CATALOG: (catalog("Edge", description="as it was"), {"name": "Edge (old)"}),
    COMPLIANCE: (compliance("Edge"), {"displayName": "Edge (old)"}),
    CONFIGURATION: (configuration("Edge"), {"displayName": "Edge (old)"}),
}


@pytest.mark.parametrize("key", RENAMED)
def test_a_write_that_leaves_two_of_one_name_warns(walk, key):
    policy, renamed = RENAMED[key]
    there = [as_held(policy, **renamed), as_held(policy, id=id_of("recreated"))]
    walk.hold({key: there})
    walk.import_policies(policy)

    walk.preview()

    assert walk.decisions == {"Edge": "update"}
    assert walk.codes("Edge", severity=WEIGHTY)
    assert walk.readiness != "ready"


@pytest.mark.parametrize("key", RENAMED)
def test_a_renamed_policy_alone_gets_its_name_back(walk, key):
    policy, renamed = RENAMED[key]
    walk.hold({key: [as_held(policy, **renamed)]})
    walk.import_policies(policy)

    walk.restore()

    assert walk.results == {"Edge": ("updated", "verified")}
    assert [one.get("displayName") or one.get("name") for one in walk.live(key)] == ["Edge"]


def test_templates_tell_policies_of_one_name_apart(walk):
    policies = [
        protection(),
        protection(template=DEVICE_CONTROL),
        protection(template=ANTIVIRUS, family="endpointSecurityAntivirus"),
        catalog("All devices"),
    ]
    walk.import_policies(*policies, origin=None)

    walk.preview()

    assert walk.codes("All devices", severity="blocker") == set()
    evidence = walk.draft.evidence.filter(kind="preview").first()
    assert [one.decision for one in evidence.plan.all()] == ["create"] * 4
    walk.carry_out()
    found = {one["templateReference"]["templateId"] for one in walk.live(CATALOG)}
    assert found == {ASR, DEVICE_CONTROL, ANTIVIRUS, ""}


OTHER = {
    "another template": protection(template=DEVICE_CONTROL),
    "no template": catalog("All devices", id=id_of("elsewhere")),
    "another platform": protection(
        id=id_of("elsewhere"), platforms="macOS", technologies="mdm,appleRemoteManagement"
    ),
}


@pytest.mark.parametrize("there", OTHER.values(), ids=OTHER)
def test_what_shares_only_the_name_is_created_beside_it(walk, there):
    walk.hold({CATALOG: [as_held(there)]})
    walk.import_policies(protection(), origin=None)

    walk.restore()

    assert walk.decisions == {"All devices": "create"}
    assert walk.results == {"All devices": ("created", "verified")}
    assert len(walk.live(CATALOG)) == 2


def test_compliance_of_another_platform_is_created_beside_it(walk):
    there = compliance("Rules", **{"@odata.type": "#microsoft.graph.macOSCompliancePolicy"})
    del there["bitLockerEnabled"]
    walk.hold({COMPLIANCE: [as_held(there, id=id_of("mac"))]})
    walk.import_policies(compliance("Rules"), origin=None)

    walk.restore()

    assert walk.results == {"Rules": ("created", "verified")}


@pytest.mark.parametrize("other", ["Baseline", "baseline ", " Baseline ", "BASELINE "])
def test_the_exact_name_wins(walk, other):
    policy = catalog("Baseline ")
    exact = as_held(policy, id=id_of("exact"), description="changed")
    near = as_held(policy, id=id_of("near"), name=other)
    walk.hold({CATALOG: [near, exact]})
    walk.import_policies(policy, origin=None)

    walk.restore()

    assert walk.codes("Baseline ", severity="blocker") == set()
    assert walk.plan["Baseline "].target_object_id == id_of("exact")
    assert walk.results == {"Baseline ": ("updated", "verified")}


def test_two_of_exactly_one_name_stay_ambiguous(walk):
    policy = catalog("Baseline")
    walk.hold({CATALOG: [as_held(policy, id=id_of(one)) for one in ("first", "second")]})
    walk.import_policies(policy, origin=None)

    walk.preview()

    assert walk.codes("Baseline", severity="blocker")
    assert walk.decisions == {"Baseline": "blocked"}


def test_different_ids_in_the_backup_are_different_policies(walk):
    first = catalog("Baseline", id=id_of("first"))
    second = catalog("Baseline", choice(CORTANA), id=id_of("second"))
    walk.hold({CATALOG: [as_held(first, description="a"), as_held(second, description="b")]})
    walk.import_policies(first, second)

    walk.preview()

    assert walk.codes("Baseline", severity="blocker") == set()
    evidence = walk.draft.evidence.filter(kind="preview").first()
    found = {one.target_object_id: one.decision for one in evidence.plan.all()}
    assert found == {id_of("first"): "update", id_of("second"): "update"}


def test_what_was_made_of_one_item_is_not_the_target_of_another(walk):
    first = catalog("Baseline", id=id_of("first"))
    walk.import_policies(first)
    walk.restore()
    second = catalog("Baseline", choice(CORTANA), id=id_of("second"))

    walk.import_policies(second)
    walk.preview()

    (made,) = walk.live(CATALOG)
    assert walk.plan["Baseline"].target_object_id != made["id"]


def test_the_same_restore_again_finds_what_it_made(walk):
    policy = catalog("Baseline")
    walk.import_policies(policy)
    walk.restore()

    walk.restore()

    assert walk.results == {"Baseline": ("unchanged", "verified")}
    assert len(walk.live(CATALOG)) == 1


LOUD = id_of("Pilot").upper()


def kiosk(group):
    profile = {
        "profileId": id_of("profile"),
        "profileName": "one",
        "appConfiguration": {"@odata.type": "#microsoft.graph.windowsKioskSingleUWPApp"},
        "userAccountsConfiguration": [
            {
                "@odata.type": "#microsoft.graph.windowsKioskAzureADGroup",
                "groupName": "Pilot",
                "groupId": group,
            }
        ],
    }
    return configuration("Loud", "windowsKioskConfiguration", kioskProfiles=[profile])


def loud(assignment, *members):
    for member in members:
        assignment["target"][member] = assignment["target"][member].upper()
    return assignment


FILTER_ID = "deviceAndAppManagementAssignmentFilterId"


def at_locations(location):
    where = {"includeLocations": ["All"], "excludeLocations": [location]}
    return conditional_access("Loud", users=NO_USERS, conditions={"locations": where})


def reaching(**users):
    return conditional_access("Loud", state="disabled", users={"includeUsers": []} | users)


LOUD_ID = id_of("Loud").upper()
CAPITALS = {
    "assigned group": (
        CATALOG,
        catalog("Loud", assignments=[loud(to_group("Pilot"), "groupId")]),
        catalog("Loud", assignments=[to_group("Pilot")]),
    ),
    "excluded group": (
        CATALOG,
        catalog("Loud", assignments=[loud(not_to_group("Pilot"), "groupId")]),
        catalog("Loud", assignments=[not_to_group("Pilot")]),
    ),
    "assignment filter": (
        CATALOG,
        catalog("Loud", assignments=[loud(to_group("Pilot", filter_name="Own"), FILTER_ID)]),
        catalog("Loud", assignments=[to_group("Pilot", filter_name="Own")]),
    ),
    "group of a kiosk": (CONFIGURATION, kiosk(LOUD), kiosk(id_of("Pilot"))),
    "group to be copied in": (
        COMPLIANCE,
        compliance("Loud", action(copies=[LOUD])),
        compliance("Loud", action(copies=[id_of("Pilot")])),
    ),
    "location": (
        CONDITIONAL_ACCESS,
        at_locations(id_of("Office").upper()),
        at_locations(id_of("Office")),
    ),
    "group of conditional access": (
        CONDITIONAL_ACCESS,
        reaching(includeGroups=[LOUD]),
        reaching(includeGroups=[id_of("Pilot")]),
    ),
    "user": (
        CONDITIONAL_ACCESS,
        reaching(includeUsers=[id_of("user Ada").upper()]),
        reaching(includeUsers=[id_of("user Ada")]),
    ),
    "its own id": (CATALOG, catalog("Loud", id=LOUD_ID), catalog("Loud")),
}


@pytest.mark.parametrize(("key", "mine", "there"), CAPITALS.values(), ids=CAPITALS)
def test_ids_compare_without_case(walk, key, mine, there):
    office = {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": id_of("Office"),
        "displayName": "Office",
        "isTrusted": True,
        "ipRanges": [],
    }
    ada = {"id": id_of("user Ada"), "displayName": "Ada", "userPrincipalName": "ada@example.com"}
    walk.hold(
        {
            key: [as_held(there)],
            FILTERS: [device_filter("Own")],
            "identity/conditionalAccess/namedLocations": [office],
        },
        groups=["Pilot"],
        users=[ada],
    )
    walk.import_policies(mine)

    walk.restore()

    assert not {one for one in walk.codes("Loud") if "missing" in one}
    assert walk.decisions == {"Loud": "unchanged"}
    assert walk.writes() == []


LEGACY = {
    "a device restriction": (
        configuration("Edge", "windows10GeneralConfiguration", edgeBlocked=True),
        {CATALOG: [as_held(catalog("Edge", id=id_of("successor")))]},
    ),
    "a custom profile": (
        configuration("Edge"),
        {CATALOG: [as_held(catalog("Edge", id=id_of("successor")))]},
    ),
    "a catalog policy beside its forerunner": (
        catalog("Edge"),
        {
            CONFIGURATION: [
                as_held(
                    configuration("Edge", "windows10GeneralConfiguration", id=id_of("forerunner"))
                )
            ]
        },
    ),
}


@pytest.mark.parametrize(("policy", "held"), LEGACY.values(), ids=LEGACY)
def test_the_same_name_under_another_type_warns(walk, policy, held):
    walk.hold(held)
    walk.import_policies(policy)

    walk.preview()

    assert walk.decisions == {"Edge": "create"}
    assert walk.codes("Edge", severity=WEIGHTY)
    assert walk.readiness == "ready_with_caution"
