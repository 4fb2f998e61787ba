"""Shape faults: each kind raises its code, and what Graph takes raises none."""

import pytest

from tenants.graph.contracts import CONTRACTS, assign_body, creation_body, update_body
from tenants.graph.fence import placeholder
from tenants.graph.shapes import FaultCode
from tenants.graph.validation import assignment_faults, body_faults, faults_in

GUID = "11111111-2222-3333-4444-555555555555"
ALL_DEVICES = {"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}}


def custom(value, type_name="omaSettingString"):
    return {
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
        "displayName": "Custom",
        "omaSettings": [{"@odata.type": f"#microsoft.graph.{type_name}", "value": value}],
    }


def ring(**members):
    return {
        "@odata.type": "#microsoft.graph.windowsUpdateForBusinessConfiguration",
        "displayName": "Ring",
        **members,
    }


def catalog(**members):
    return {"name": "Catalog", "platforms": "windows10", "technologies": "mdm", **members}


def codes(key, payload):
    return [(fault.path, fault.code) for fault in faults_in(CONTRACTS[key], payload)]


@pytest.mark.parametrize(
    ("key", "payload", "path", "code"),
    [
        ("deviceConfigurations", custom(7), "omaSettings[0].value", FaultCode.WRONG_PRIMITIVE),
        ("deviceConfigurations", custom(["a"]), "omaSettings[0].value", FaultCode.NOT_A_SINGLE),
        (
            "deviceConfigurations",
            custom({"value": "a"}),
            "omaSettings[0].value",
            FaultCode.NOT_A_SINGLE,
        ),
        (
            "deviceConfigurations",
            custom("not base64!", "omaSettingBase64"),
            "omaSettings[0].value",
            FaultCode.NOT_BASE64,
        ),
        (
            "deviceConfigurations",
            custom("1", "omaSettingInteger"),
            "omaSettings[0].value",
            FaultCode.WRONG_PRIMITIVE,
        ),
        (
            "deviceConfigurations",
            custom(1.5, "omaSettingInteger"),
            "omaSettings[0].value",
            FaultCode.WRONG_PRIMITIVE,
        ),
        (
            "deviceConfigurations",
            custom("a", "omaSettingOfTomorrow"),
            "omaSettings[0].@odata.type",
            FaultCode.UNKNOWN_TYPE,
        ),
        (
            "deviceConfigurations",
            custom(None, "windowsKioskProfile"),
            "omaSettings[0].@odata.type",
            FaultCode.MISPLACED_TYPE,
        ),
        (
            "deviceConfigurations",
            custom(None, "omaSetting"),
            "omaSettings[0].@odata.type",
            FaultCode.ABSTRACT_TYPE,
        ),
        (
            "deviceConfigurations",
            ring(deadlineForFeatureUpdatesInDays=True),
            "deadlineForFeatureUpdatesInDays",
            FaultCode.WRONG_PRIMITIVE,
        ),
        (
            "deviceConfigurations",
            ring(automaticUpdateMode="sometimes"),
            "automaticUpdateMode",
            FaultCode.NOT_IN_ENUM,
        ),
        (
            "deviceConfigurations",
            ring(automaticUpdateMode="unknownFutureValue"),
            "automaticUpdateMode",
            FaultCode.NOT_IN_ENUM,
        ),
        (
            "windowsFeatureUpdateProfiles",
            {"displayName": "F", "rolloutSettings": {"offerStartDateTimeInUTC": "/Date(1717)/"}},
            "rolloutSettings.offerStartDateTimeInUTC",
            FaultCode.POWERSHELL_DATE,
        ),
        (
            "windowsFeatureUpdateProfiles",
            {"displayName": "F", "rolloutSettings": {"offerStartDateTimeInUTC": "3 May 2026"}},
            "rolloutSettings.offerStartDateTimeInUTC",
            FaultCode.NOT_A_DATE,
        ),
        (
            "windowsFeatureUpdateProfiles",
            {
                "displayName": "F",
                "rolloutSettings": {
                    "offerStartDateTimeInUTC": {"value": "/Date(1717)/", "DisplayHint": 2}
                },
            },
            "rolloutSettings.offerStartDateTimeInUTC",
            FaultCode.POWERSHELL_DATE,
        ),
        (
            "configurationPolicies",
            catalog(platforms="windows10,amiga"),
            "platforms",
            FaultCode.NOT_IN_FLAGS,
        ),
        (
            "configurationPolicies",
            catalog(roleScopeTagIds="17"),
            "roleScopeTagIds",
            FaultCode.NOT_A_LIST,
        ),
        (
            "configurationPolicies",
            catalog(settings={"settingInstance": {}}),
            "settings",
            FaultCode.NOT_A_LIST,
        ),
        (
            "configurationPolicies",
            catalog(templateReference="a"),
            "templateReference",
            FaultCode.NOT_AN_OBJECT,
        ),
        (
            "configurationPolicies",
            catalog(templateReference=["a"]),
            "templateReference",
            FaultCode.NOT_A_SINGLE,
        ),
        (
            "configurationPolicies",
            catalog(settings=["@{id=0; settingInstance=}"]),
            "settings[0]",
            FaultCode.CUT_OFF,
        ),
        (
            "configurationPolicies",
            catalog(settings="System.Object[]"),
            "settings",
            FaultCode.CUT_OFF,
        ),
        (
            "deviceManagementScripts",
            {"displayName": "S", "scriptContent": "Write-Host 'hi'"},
            "scriptContent",
            FaultCode.NOT_BASE64,
        ),
        (
            "deviceConfigurations",
            {"displayName": "Which one"},
            "@odata.type",
            FaultCode.ABSTRACT_TYPE,
        ),
        (
            "deviceConfigurations",
            {"@odata.type": "#microsoft.graph.iosCompliancePolicy", "displayName": "Another"},
            "@odata.type",
            FaultCode.MISPLACED_TYPE,
        ),
        (
            "configurationPolicies",
            catalog(settings=[{"settingInstance": {"settingDefinitionId": "a"}}]),
            "settings[0].settingInstance.@odata.type",
            FaultCode.ABSTRACT_TYPE,
        ),
    ],
)
def test_a_value_of_another_shape_is_named_with_its_path(key, payload, path, code):
    assert codes(key, payload) == [(path, code)]


def test_an_unknown_member_is_no_reason_to_refuse():
    [fault] = faults_in(CONTRACTS["configurationPolicies"], catalog(ofTomorrow="a"))

    assert (fault.code, fault.is_fatal) == (FaultCode.UNKNOWN_MEMBER, False)


@pytest.mark.parametrize(
    ("key", "payload"),
    [
        ("deviceConfigurations", custom("@{body('x')} System.Objective")),
        ("deviceConfigurations", custom("****")),
        ("deviceConfigurations", custom("PGEv\nPg==", "omaSettingBase64")),
        ("deviceConfigurations", custom(1, "omaSettingFloatingPoint")),
        ("deviceConfigurations", custom("2026-05-03T00:00:00.1234567+02:00", "omaSettingDateTime")),
        ("deviceConfigurations", ring(createdDateTime="/Date(1717)/", version="System.Object[]")),
        ("configurationPolicies", catalog(platforms="windows10, macOS", description=None)),
        ("configurationPolicies", catalog(roleScopeTagIds=["name:Default"])),
    ],
)
def test_what_graph_takes_is_no_fault(key, payload):
    assert codes(key, payload) == []


def test_assignments_are_held_against_the_type_that_the_policy_has_them_of():
    contract = CONTRACTS["deviceConfigurations"]
    misspelt = {"target": {"@odata.type": "#microsoft.graph.allGnomesAssignmentTarget"}}

    assert assignment_faults(contract, [ALL_DEVICES]) == ()
    assert [fault.path for fault in assignment_faults(contract, [ALL_DEVICES, misspelt, "@{a=1}"])]
    assert [fault.code for fault in assignment_faults(contract, [misspelt, "@{a=1}"])] == [
        FaultCode.UNKNOWN_TYPE,
        FaultCode.CUT_OFF,
    ]


def compliance(**members):
    return {
        "@odata.type": "#microsoft.graph.windows10CompliancePolicy",
        "displayName": "C",
        "scheduledActionsForRule": [
            {
                "ruleName": "PasswordRequired",
                "scheduledActionConfigurations": [
                    {"actionType": "block", "gracePeriodHours": 0, "notificationTemplateId": ""}
                ],
            }
        ],
        **members,
    }


def test_the_bodies_the_product_makes_have_no_fault():
    contract = CONTRACTS["deviceCompliancePolicies"]
    payload = compliance()
    item = f"{contract.path}/{GUID}"

    assert body_faults(contract, contract.path, creation_body(contract, payload)) == ()
    assert body_faults(contract, item, update_body(contract, payload)) == ()
    assert (
        body_faults(
            contract,
            f"{item}/scheduleActionsForRules",
            {"deviceComplianceScheduledActionForRules": payload["scheduledActionsForRule"]},
        )
        == ()
    )
    assert body_faults(contract, f"{item}/assign", assign_body(contract, [ALL_DEVICES])) == ()
    assert body_faults(contract, item, None) == ()


@pytest.mark.parametrize(
    ("key", "tail", "body", "path", "code"),
    [
        (
            "deviceCompliancePolicies",
            "",
            compliance(passwordRequired="yes"),
            "passwordRequired",
            FaultCode.WRONG_PRIMITIVE,
        ),
        (
            "deviceCompliancePolicies",
            "/x",
            compliance(lastSeen="yes"),
            "lastSeen",
            FaultCode.UNKNOWN_MEMBER,
        ),
        (
            "deviceCompliancePolicies",
            "/x/scheduleActionsForRules",
            {"deviceComplianceScheduledActionForRules": [{"ruleName": 1}]},
            "deviceComplianceScheduledActionForRules[0].ruleName",
            FaultCode.WRONG_PRIMITIVE,
        ),
        (
            "deviceCompliancePolicies",
            "/x/assign",
            {"assignments": [{"target": {"@odata.type": "#microsoft.graph.groupTarget"}}]},
            "assignments[0].target.@odata.type",
            FaultCode.UNKNOWN_TYPE,
        ),
        (
            "deviceCompliancePolicies",
            "/x/assign",
            {"policyAssignments": []},
            "policyAssignments",
            FaultCode.UNKNOWN_MEMBER,
        ),
        (
            "notificationMessageTemplates",
            "/x/localizedNotificationMessages",
            {"locale": "en-us", "isDefault": "true"},
            "isDefault",
            FaultCode.WRONG_PRIMITIVE,
        ),
        (
            "windowsAutopilotDeploymentProfiles",
            "/x/assignments",
            {"target": "@{groupId=1}"},
            "target",
            FaultCode.CUT_OFF,
        ),
        (
            "groupPolicyConfigurations",
            "/x/updateDefinitionValues",
            {"added": [{"enabled": "yes"}], "deletedIds": [], "updated": []},
            "added[0].enabled",
            FaultCode.WRONG_PRIMITIVE,
        ),
        (
            "deviceEnrollmentConfigurations",
            "/x/setPriority",
            {"priority": "1"},
            "priority",
            FaultCode.WRONG_PRIMITIVE,
        ),
    ],
)
def test_each_kind_of_request_body_is_held_against_the_schema(key, tail, body, path, code):
    contract = CONTRACTS[key]

    found = body_faults(contract, f"{contract.path}{tail}", body)

    assert [(fault.path, fault.code) for fault in found] == [(path, code)]


def test_a_placeholder_stands_for_an_id():
    contract = CONTRACTS["deviceEnrollmentConfigurations"]
    body = {
        "@odata.type": "#microsoft.graph.deviceEnrollmentNotificationConfiguration",
        "displayName": "N",
        "notificationMessageTemplateId": placeholder("template"),
    }

    assert body_faults(contract, contract.path, body) == ()
    assert [
        fault.code
        for fault in body_faults(
            contract, contract.path, {**body, "notificationMessageTemplateId": "name:Template"}
        )
    ] == [FaultCode.NOT_A_GUID]
