import json

import pytest

from tests.restore_safety.backups.policies import (
    GROUP,
    catalog,
    compliance,
    kept,
    left_out,
    only,
    read,
    written,
)

BIND = f"https://graph.microsoft.com/beta/deviceManagement/groupPolicyDefinitions('{GROUP}')"


def template(kind, policy, **changes):
    return {
        "Displayname": "Lock",
        "Description": "About it",
        "RAWJson": json.dumps(policy),
        "Type": kind,
        "GUID": GROUP,
    } | changes


def row(held, partition="IntuneTemplate"):
    return {"PartitionKey": partition, "RowKey": GROUP, "JSON": json.dumps(held)}


def of_type(reading, key):
    """The policies of one type with what is kept of their content."""
    return [
        (item.record, json.loads(reading.prepared.body_of(item.payload_digest)))
        for item in reading.prepared.items
        if item.contract_key == key
    ]


def conditional_access(name="Second factor", **changes):
    return {
        "displayName": name,
        "state": "disabled",
        "conditions": {
            "users": {"includeUsers": ["All"]},
            "locations": {"includeLocations": ["All"], "excludeLocations": ["Office"]},
            "applications": {"includeApplications": ["All"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    } | changes


OFFICE = {
    "@odata.type": "#microsoft.graph.ipNamedLocation",
    "displayName": "Office",
    "isTrusted": True,
    "ipRanges": [{"@odata.type": "#microsoft.graph.iPv4CidrRange", "cidrAddress": "192.0.2.0/24"}],
}
HOME = {
    "@odata.type": "#microsoft.graph.countryNamedLocation",
    "displayName": "Home",
    "countriesAndRegions": ["DE"],
    "includeUnknownCountriesAndRegions": False,
}
# As its versions write it: one list, a list each for included and excluded, the one alone.
BLOCKS = {
    "a list": ([OFFICE, HOME], {"Office": OFFICE, "Home": HOME}),
    "lists": ([None, [OFFICE, HOME]], {"Office": OFFICE, "Home": HOME}),
    "one for each": ([OFFICE, HOME], {"Office": OFFICE, "Home": HOME}),
    "twice the same": ([[OFFICE], [OFFICE]], {"Office": OFFICE}),
    "one": (OFFICE, {"Office": OFFICE}),
    "a country alone": ([HOME | {"countriesAndRegions": "DE"}], {"Home": HOME}),
    "none": ([None, None], {}),
    "nothing": (None, {}),
}


def setting_policy():
    policy = catalog()
    return {key: policy[key] for key in ("platforms", "technologies", "settings")}


@pytest.mark.parametrize("member", ["RAWJson", "RawJSON", "rawjson"])
def test_a_template_is_the_policy_in_it(tmp_path, member):
    held = template("Catalog", setting_policy())
    held[member] = held.pop("RAWJson")

    record, content = only(read(tmp_path, {"Lock.IntuneTemplate.json": written(held)}))

    assert (record.contract_key, record.name) == ("configurationPolicies", "Lock")
    assert content == setting_policy() | {"name": "Lock", "description": "About it"}


def test_a_row_of_the_table_is_the_template_in_it(tmp_path):
    rows = [row(template("Catalog", setting_policy())), row(template("Catalog", {"x": 1}))]

    reading = read(tmp_path, {"templates.json": written(rows)})

    assert kept(reading) == [
        ("configurationPolicies", "Lock"),
        ("configurationPolicies", "Lock"),
    ]


@pytest.mark.parametrize(
    ("kind", "policy", "key"),
    [
        (
            "Device",
            {"@odata.type": "#microsoft.graph.windows10VpnConfiguration", "displayName": "V"},
            "deviceConfigurations",
        ),
        ("deviceCompliancePolicies", compliance(), "deviceCompliancePolicies"),
        ("windowsDriverUpdateProfiles", {"approvalType": "manual"}, "windowsDriverUpdateProfiles"),
        (
            "windowsQualityUpdatePolicies",
            {"hotpatchEnabled": True},
            "windowsQualityUpdatePolicies",
        ),
        (
            "AppProtection",
            {"@odata.type": "#microsoft.graph.iosManagedAppProtection", "displayName": "P"},
            "iosManagedAppProtections",
        ),
        (
            "Admin",
            {"added": [{"definition@odata.bind": BIND, "enabled": True}], "deletedIds": []},
            "groupPolicyConfigurations",
        ),
    ],
)
def test_the_type_beside_the_policy_counts(tmp_path, kind, policy, key):
    record, _ = only(read(tmp_path, {"a.json": written(template(kind, policy))}))

    assert record.contract_key == key


def test_settings_of_an_administrative_template_are_the_policy(tmp_path):
    added = [{"definition@odata.bind": BIND, "enabled": True, "presentationValues": []}]

    _, content = only(read(tmp_path, {"a.json": written(template("Admin", {"added": added}))}))

    assert content == {
        "displayName": "Lock",
        "description": "About it",
        "definitionValues": [
            {"definition": {"id": GROUP}, "enabled": True, "presentationValues": []}
        ],
    }


def test_what_is_beside_the_settings_of_an_administrative_template_is_named(tmp_path):
    added = [{"definition@odata.bind": BIND, "enabled": True, "presentationValues": []}]
    held = template("Admin", {"added": added, "updated": added, "deletedIds": []})

    reading = read(tmp_path, {"a.json": written(held)})

    assert kept(reading) == [("groupPolicyConfigurations", "Lock")]
    [entry] = reading.unread
    assert (entry.name, entry.in_part) == ("a.json", True)
    assert entry.reason.endswith("updated: only what is under “added” holds settings")


def test_names_in_conditional_access_are_kept_to_be_resolved(tmp_path):
    policy = {
        "displayName": "Second factor",
        "state": "disabled",
        "conditions": {
            "users": {
                "includeUsers": ["All"],
                "excludeUsers": ["Break glass", GROUP],
                "includeGroups": [],
                "excludeGroups": ["Emergency"],
            },
            "locations": {"includeLocations": ["All"], "excludeLocations": ["Office"]},
            "applications": {"includeApplications": ["All"]},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
        "LocationInfo": [{"displayName": "Office"}],
        "GUID": GROUP,
    }

    reading = read(tmp_path, {"ca.json": written(row(policy, "CATemplate"))})

    ((record, content),) = of_type(reading, "conditionalAccessPolicies")
    users, locations = content["conditions"]["users"], content["conditions"]["locations"]
    assert users["includeUsers"] == ["All"]
    assert users["excludeUsers"] == ["name:Break glass", GROUP]
    assert users["excludeGroups"] == ["name:Emergency"]
    assert locations == {"includeLocations": ["All"], "excludeLocations": ["name:Office"]}
    assert not {"LocationInfo", "GUID"} & content.keys()
    assert record.group_names == {
        "name:Break glass": "Break glass",
        "name:Emergency": "Emergency",
        "name:Office": "Office",
    }


def test_the_tenant_a_template_goes_to_is_the_placeholder_for_it(tmp_path):
    policy = setting_policy() | {"name": "Lock", "description": "for %tenantid%"}

    _, content = only(read(tmp_path, {"a.json": written(template("Catalog", policy))}))

    assert content["description"] == "for %OrganizationId%"


@pytest.mark.parametrize(
    "held",
    [
        template("Catalog", {}, RAWJson="{"),
        template("Catalog", {}, RAWJson="[" * 100_000),
        {"RowKey": GROUP, "JSON": "no json"},
    ],
)
def test_a_template_that_holds_no_json_is_named(tmp_path, held):
    files = {"a.json": written(held), "b.json": written(catalog())}

    reading = read(tmp_path, files)

    assert left_out(reading) == [
        ("a.json", "not a policy that can be restored. It is not a JSON object", True)
    ]


@pytest.mark.parametrize("case", BLOCKS)
@pytest.mark.parametrize("form", ["row", "template"])
def test_named_locations_of_a_template_are_policies_of_their_own(tmp_path, case, form):
    block, expected = BLOCKS[case]
    policy = conditional_access(LocationInfo=block)
    held = row(policy, "CATemplate") if form == "row" else policy

    reading = read(tmp_path, {"ca.json": written(held)})

    locations = of_type(reading, "namedLocations")
    assert {record.name: content for record, content in locations} == expected
    assert [record.name for record, _ in of_type(reading, "conditionalAccessPolicies")] == [
        "Second factor"
    ]
    assert not [entry for entry in reading.unread if entry.matters]


def test_a_location_of_two_templates_is_kept_once_unless_it_differs(tmp_path):
    elsewhere = OFFICE | {"isTrusted": False}
    files = {
        f"{number}.json": written(
            row(conditional_access(f"Policy {number}", LocationInfo=[held]), "CATemplate")
        )
        for number, held in enumerate([OFFICE, OFFICE, elsewhere], 1)
    }

    reading = read(tmp_path, files)

    assert sorted(content["isTrusted"] for _, content in of_type(reading, "namedLocations")) == [
        False,
        True,
    ]
    assert left_out(reading) == [
        (
            "2.json, LocationInfo “Office”",
            "duplicate: the same policy as “1.json, LocationInfo “Office””, which was imported",
            False,
        )
    ]


@pytest.mark.parametrize(
    ("block", "name", "reason"),
    [
        ({"LocationInfo": ["Office"]}, "ca.json", "1 of its entries are no named locations"),
        (
            {"LocationInfo": [{"@odata.type": HOME["@odata.type"]}]},
            "ca.json, LocationInfo 1",
            "It has no displayName",
        ),
        (
            {"LocationInfo": [OFFICE | {"@odata.type": "#microsoft.graph.moonNamedLocation"}]},
            "ca.json, LocationInfo “Office”",
            "not supported",
        ),
        ({"GroupInfo": [{"displayName": "Pilot"}]}, "ca.json", "GroupInfo: groups"),
    ],
)
def test_what_is_beside_a_template_and_cannot_be_taken_in_is_named(tmp_path, block, name, reason):
    policy = conditional_access(**block)

    reading = read(tmp_path, {"ca.json": written(row(policy, "CATemplate"))})

    [entry] = reading.unread
    assert (entry.name, entry.matters) == (name, True)
    assert reason in entry.reason
    assert kept(reading) == [("conditionalAccessPolicies", "Second factor")]


def test_reusable_settings_of_a_template_are_kept_by_name(tmp_path):
    held = template(
        "Catalog",
        setting_policy(),
        ReusableSettings=[{"displayName": "Hosts", "templateId": "x", "sourceId": GROUP.upper()}],
    )

    record, _ = only(read(tmp_path, {"a.json": written(held)}))

    assert record.group_names == {GROUP: "Hosts"}
