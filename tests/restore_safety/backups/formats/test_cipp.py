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

    record, content = only(read(tmp_path, {"ca.json": written(row(policy, "CATemplate"))}))

    assert record.contract_key == "conditionalAccessPolicies"
    users, locations = content["conditions"]["users"], content["conditions"]["locations"]
    assert users["includeUsers"] == ["All"]
    assert users["excludeUsers"] == ["name:Break glass", GROUP]
    assert users["excludeGroups"] == ["name:Emergency"]
    assert locations == {"includeLocations": ["All"], "excludeLocations": ["name:Office"]}
    assert "LocationInfo" not in content
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
