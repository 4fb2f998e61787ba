import base64
import json

import pytest
import yaml

from restore_safety.policies.completeness import Wholeness
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

TEMPLATE = "12345678-1234-4234-8234-123456789012"
LAST_ROLE_ASSIGNMENT = (
    "IntuneCD keeps only the last assignment of a role, and never the scope groups it manages."
)
LAST_APP = "IntuneCD keeps only the last of the apps a policy is for, so there may have been more."


def bare(policy):
    """The policy without what IntuneCD strips."""
    gone = {"id", "@odata.context", "createdDateTime", "isAssigned", "settingCount"}
    return {key: part for key, part in policy.items() if key not in gone}


def catalog_policy(**changes):
    policy = bare(catalog()) | changes
    del policy["@odata.type"]
    return policy


def target(name, **changes):
    return {
        "intent": "apply",
        "source": "direct",
        "target": {
            "@odata.type": "#microsoft.graph.groupAssignmentTarget",
            "groupName": name,
            "groupType": "DynamicMembership",
            "membershipRule": "(device.model -eq 1)",
        }
        | changes,
    }


def test_names_of_groups_filters_and_tags_are_kept_to_be_resolved(tmp_path):
    policy = catalog_policy(
        roleScopeTagIds=["Default", "Helpdesk", "7"],
        assignments=[
            target(
                "Pilot",
                deviceAndAppManagementAssignmentFilterId="Own laptops",
                deviceAndAppManagementAssignmentFilterType="include",
            )
        ],
    )

    record, content = only(read(tmp_path, {"Settings Catalog/Lock_mdm.json": written(policy)}))

    assert content["roleScopeTagIds"] == ["0", "name:Helpdesk", "7"]
    assert record.assignments == [
        {
            "intent": "apply",
            "source": "direct",
            "target": {
                "@odata.type": "#microsoft.graph.groupAssignmentTarget",
                "groupId": "name:Pilot",
                "deviceAndAppManagementAssignmentFilterId": "name:Own laptops",
                "deviceAndAppManagementAssignmentFilterType": "include",
            },
        }
    ]
    assert record.group_names == {
        "name:Helpdesk": "Helpdesk",
        "name:Pilot": "Pilot",
        "name:Own laptops": "Own laptops",
    }


def test_an_id_beside_a_name_stays_and_the_name_is_known(tmp_path):
    policy = catalog_policy(assignments=[target("Pilot", groupId=GROUP)])

    record, _ = only(read(tmp_path, {"Settings Catalog/Lock_mdm.json": written(policy)}))

    assert record.assignments[0]["target"]["groupId"] == GROUP
    assert record.group_names == {GROUP: "Pilot"}


def test_tags_of_filters_are_names_too(tmp_path):
    filters = {
        "displayName": "Own laptops",
        "platform": "windows10AndLater",
        "rule": '(device.deviceOwnership -eq "Corporate")',
        "roleScopeTags": ["default"],
    }

    _, content = only(read(tmp_path, {"Filters/Own laptops.json": written(filters)}))

    assert content["roleScopeTags"] == ["0"]


@pytest.mark.parametrize("name", ["Lock_mdm.yaml", "Lock_mdm.yml", "Lock_mdm.YAML"])
def test_yaml_is_read_as_json_is(tmp_path, name):
    policy = catalog_policy(assignments=[target("Pilot")], roleScopeTagIds=["Default"])
    text = yaml.dump(policy, sort_keys=False, default_flow_style=False)

    from_yaml = only(read(tmp_path / "a", {f"Settings Catalog/{name}": text.encode()}))
    from_json = only(read(tmp_path / "b", {"Settings Catalog/Lock_mdm.json": written(policy)}))

    assert from_yaml == from_json


def test_the_same_policy_as_json_and_as_yaml_is_one(tmp_path):
    policy = catalog_policy()

    reading = read(
        tmp_path,
        {
            "Settings Catalog/Lock_mdm.json": written(policy),
            "Settings Catalog/Lock_mdm.yaml": yaml.dump(policy).encode(),
        },
    )

    assert kept(reading) == [("configurationPolicies", "Catalog 1")]
    assert left_out(reading) == [
        (
            "Settings Catalog/Lock_mdm.yaml",
            ("duplicate: the same policy as “Settings Catalog/Lock_mdm.json”, which was imported"),
            False,
        )
    ]


def test_a_missing_key_is_no_proof_that_nothing_was_assigned(tmp_path):
    record, _ = only(read(tmp_path, {"Settings Catalog/a_mdm.json": written(catalog_policy())}))

    assert record.assignments is None
    assert record.completeness.wholeness is Wholeness.ASSIGNMENTS_UNKNOWN


def test_an_id_appended_to_the_name_of_a_file_is_the_id(tmp_path):
    files = {f"Settings Catalog/Lock_mdm__{GROUP}.json": written(catalog_policy())}

    record, _ = only(read(tmp_path, files))

    assert record.object_id == GROUP


@pytest.mark.parametrize(
    ("stated", "held"),
    [
        ({"notificationTemplateId": TEMPLATE}, TEMPLATE),
        ({"notificationTemplateId": "00000000-0000-0000-0000-000000000000"}, "name:Mail"),
        ({}, "name:Mail"),
    ],
)
def test_templates_of_messages_are_kept_by_id_or_else_by_name(tmp_path, stated, held):
    action = {"actionType": "notification", "gracePeriodHours": 0} | stated
    action["notificationTemplateName"] = "Mail"
    rules = [{"ruleName": None, "scheduledActionConfigurations": [action]}]
    policy = bare(compliance(scheduledActionsForRule=rules))

    record, content = only(
        read(tmp_path, {"Compliance Policies/Policies/C_windows10.json": written(policy)})
    )

    [kept_action] = content["scheduledActionsForRule"][0]["scheduledActionConfigurations"]
    assert kept_action["notificationTemplateId"] == held
    assert "notificationTemplateName" not in kept_action
    assert record.group_names == {held: "Mail"}
    assert record.completeness.unknown_members == ()


def test_a_compliance_script_is_kept_by_name(tmp_path):
    policy = bare(
        compliance(
            deviceCompliancePolicyScript={"rulesContent": "e30="},
            deviceComplianceScriptName="Disk",
        )
    )

    _, content = only(
        read(tmp_path, {"Compliance Policies/Policies/C_windows10.json": written(policy)})
    )

    assert content["deviceCompliancePolicyScript"] == {
        "rulesContent": "e30=",
        "deviceComplianceScriptId": "name:Disk",
    }
    assert "deviceComplianceScriptName" not in content


def linux(**changes):
    setting = {
        "@odata.type": "#microsoft.graph.deviceManagementConfigurationSimpleSettingInstance",
        "settingDefinitionId": "linux_customcompliance_discoveryscript",
        "simpleSettingValue": {
            "@odata.type": "#microsoft.graph.deviceManagementConfigurationReferenceSettingValue",
            "value": TEMPLATE,
        },
    }
    return {
        "name": "Linux disk",
        "platforms": "linux",
        "technologies": "linuxMdm",
        "settings": [{"settingInstance": setting}],
    } | changes


def test_a_linux_compliance_policy_is_none_of_the_settings_catalog(tmp_path):
    path = "Compliance Policies/Policies/Linux disk_linuxMdm.json"
    policy = linux(detectionScriptName="Disk")

    record, content = only(read(tmp_path, {path: written(policy)}))

    assert record.contract_key == "compliancePolicies"
    assert record.completeness.missing_parts == ("scheduledActionsForRule",)
    assert record.group_names == {TEMPLATE: "Disk"}
    assert content["settings"] == policy["settings"]


def test_a_policy_of_linux_settings_elsewhere_is_of_the_settings_catalog(tmp_path):
    record, _ = only(read(tmp_path, {"Settings Catalog/L_linuxMdm.json": written(linux())}))

    assert record.contract_key == "configurationPolicies"


def test_app_configuration_is_put_back_into_the_form_of_graph(tmp_path):
    policy = {
        "@odata.type": "#microsoft.graph.androidManagedStoreAppConfiguration",
        "displayName": "Mail",
        "packageId": "app:com.example.mail",
        "profileApplicability": "androidWorkProfile",
        "targetedMobileApps": {
            "appName": "Mail client",
            "type": "#microsoft.graph.androidManagedStoreApp",
        },
        "payloadJson": {"kind": "androidenterprise#managedConfiguration", "name": "ä"},
    }

    record, content = only(read(tmp_path, {"App Configuration/Mail.json": written(policy)}))

    assert record.contract_key == "mobileAppConfigurations"
    assert content["targetedMobileApps"] == ["name:Mail client"]
    assert json.loads(base64.b64decode(content["payloadJson"])) == policy["payloadJson"]
    assert record.completeness.losses == (LAST_APP,)
    assert record.completeness.wholeness is Wholeness.INCOMPLETE


def test_app_protection_without_its_apps_is_incomplete(tmp_path):
    policy = {
        "@odata.type": "#microsoft.graph.iosManagedAppProtection",
        "displayName": "Phones",
        "pinRequired": True,
    }

    record, _ = only(read(tmp_path, {"App Protection/Phones.json": written(policy)}))

    assert record.contract_key == "iosManagedAppProtections"
    assert record.completeness.content_problems == (
        "“apps” was not captured.",
        "IntuneCD does not back up the apps of app protection policies.",
    )


def test_apps_of_an_enrollment_status_page_are_names(tmp_path):
    page = {
        "@odata.type": "#microsoft.graph.windows10EnrollmentCompletionPageConfiguration",
        "displayName": "Status",
        "priority": 1,
        "selectedMobileAppNames": [{"name": "Portal", "type": "#microsoft.graph.win32LobApp"}],
    }

    record, content = only(
        read(tmp_path, {"Enrollment Profiles/Windows/ESP/Status.json": written(page)})
    )

    assert record.contract_key == "deviceEnrollmentConfigurations"
    assert content["selectedMobileAppIds"] == ["name:Portal"]
    assert "selectedMobileAppNames" not in content


def test_only_the_last_assignment_of_a_role_is_there_and_that_is_said(tmp_path):
    role = {
        "displayName": "Help desk",
        "isBuiltIn": False,
        "rolePermissions": [{"resourceActions": []}],
        "roleAssignments": [{"displayName": "A", "members": ["Agents"], "scopeMembers": [GROUP]}],
    }

    reading = read(tmp_path, {"Roles/Help desk.json": written(role)})

    kept = {item.record.contract_key: item for item in reading.prepared.items}
    content = json.loads(reading.prepared.body_of(kept["roleAssignments"].payload_digest))
    assert content["members"] == ["name:Agents"]
    assert content["scopeMembers"] == [GROUP]
    assert content["roleDefinition"]["id"] == "name:Help desk"
    assert kept["roleDefinitions"].record.completeness.losses == ()
    assert kept["roleAssignments"].record.completeness.losses == (
        "IntuneCD keeps only the last assignment of a role, and never the scope groups it manages.",
    )


def test_settings_of_an_intent_have_the_name_graph_gives_them(tmp_path):
    setting = {
        "@odata.type": "#microsoft.graph.deviceManagementBooleanSettingInstance",
        "definitionId": "x",
        "valueJson": "true",
    }
    intent = {"displayName": "Disk", "templateId": TEMPLATE, "settingsDelta": [setting]}

    record, content = only(
        read(tmp_path, {"Management Intents/BitLocker/Disk.json": written(intent)})
    )

    assert record.contract_key == "intents"
    assert content["settings"] == [setting]
    assert "settingsDelta" not in content


def test_secrets_that_were_answered_as_a_whole_are_unwrapped(tmp_path):
    setting = {
        "@odata.type": "#microsoft.graph.omaSettingString",
        "displayName": "k",
        "omaUri": "./x",
        "isEncrypted": False,
        "secretReferenceValueId": None,
        "value": {
            "@odata.context": "https://graph.microsoft.com/beta/$metadata#Edm.String",
            "value": "clear",
        },
    }
    policy = {
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
        "displayName": "Custom",
        "omaSettings": [setting],
        "assignments": [],
    }

    record, content = only(
        read(tmp_path, {"Device Configurations/Custom_windows10.json": written(policy)})
    )

    assert content["omaSettings"][0]["value"] == "clear"
    assert record.completeness.wholeness is Wholeness.COMPLETE


def test_what_is_beside_the_policies_is_named_and_never_live(tmp_path):
    archived = "__archive__/2024-01-02_03-04-05/Old_mdm.json"
    archived_inside = "Settings Catalog/__archive__/2024-01-02/Old_mdm.yaml"
    orphaned = "not used: no policy beside it has its name"
    reading = read(
        tmp_path,
        {
            "Settings Catalog/Lock_mdm.json": written(catalog_policy()),
            archived: written(catalog_policy(name="Old")),
            archived_inside: b"name: Old\nsettings: []\nplatforms: windows10\n",
            "Assignment Report/report.json": written([{"groupName": "Pilot", "assignedTo": {}}]),
            "Device Management Settings/settings.json": written({"deviceComplianceOnEnd": True}),
            "Scripts/Powershell/Script Data/a.ps1": b"Write-Host 1",
            "Device Configurations/mobileconfig/a.mobileconfig": b"<plist/>",
            "prod-as-built.md": b"# Tenant",
        },
    )

    never = "archived: IntuneCD keeps deleted policies there, and they are not part of the backup"
    assert kept(reading) == [("configurationPolicies", "Catalog 1")]
    assert sorted(left_out(reading)) == sorted(
        [
            (archived, never, False),
            (archived_inside, never, False),
            (
                "Assignment Report/report.json",
                "not a policy: it is IntuneCD's report of assignments",
                False,
            ),
            (
                "Device Management Settings/settings.json",
                "not a policy: it holds settings of the whole tenant, which are not restored",
                False,
            ),
            ("Scripts/Powershell/Script Data/a.ps1", orphaned, False),
            (
                "Device Configurations/mobileconfig/a.mobileconfig",
                "a copy of a profile: the file of its policy holds the profile itself",
                False,
            ),
            (
                "prod-as-built.md",
                "not a backup file: it is neither JSON nor YAML",
                False,
            ),
        ]
    )


@pytest.mark.parametrize(
    ("folder", "label"),
    [
        ("Apple Push Notification", "Apple push notification certificate"),
        ("Activation Lock Bypass Codes", "Activation lock bypass code"),
        ("Entra/Authorization Policy", "Entra settings"),
        ("Partner Connections/Compliance", "Partner connection"),
    ],
)
def test_what_is_no_policy_type_is_named_by_what_it_is(tmp_path, folder, label):
    reading = read(
        tmp_path,
        {
            "Settings Catalog/Lock_mdm.json": written(catalog_policy()),
            f"{folder}/one.json": written({"displayName": "One", "state": "enabled"}),
        },
    )

    assert left_out(reading) == [(f"{folder}/one.json", f"{label}: not supported", True)]
