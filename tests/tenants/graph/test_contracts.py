import pytest

from tenants.graph.contracts import (
    CONTRACTS,
    UnrecognisedPayloadError,
    assign_body,
    contract,
    creation_body,
    is_built_in,
    match_key,
    recognise,
    update_body,
    workload_of,
)

GROUP = "11111111-1111-4111-8111-111111111111"
CONTEXT = "https://graph.microsoft.com/beta/$metadata#deviceManagement/"


def _assigned(kind="groupAssignmentTarget", group=GROUP, **extra):
    return {"target": {"@odata.type": f"#microsoft.graph.{kind}", "groupId": group}, **extra}


def test_contracts_come_in_dependency_order():
    ranks = [entry.rank for entry in CONTRACTS.values()]

    assert ranks == sorted(set(ranks))


@pytest.mark.parametrize(
    ("payload", "folder", "key"),
    [
        (
            {"@odata.context": f"{CONTEXT}assignmentFilters/$entity", "displayName": "a"},
            "Nonsense",
            "assignmentFilters",
        ),
        (
            {"@odata.type": "#microsoft.graph.iosCompliancePolicy", "displayName": "a"},
            "",
            "deviceCompliancePolicies",
        ),
        (
            {
                "@odata.type": "#microsoft.management.services.api.windows10CustomConfiguration",
                "displayName": "a",
            },
            "",
            "deviceConfigurations",
        ),
        ({"name": "a", "settings": [], "technologies": "mdm"}, "", "configurationPolicies"),
        (
            {"displayName": "a", "conditions": {}, "grantControls": None},
            "",
            "conditionalAccessPolicies",
        ),
        ({"displayName": "Berlin"}, "export/ScopeTags", "roleScopeTags"),
        (
            {"name": "a", "settings": [], "technologies": "x", "scheduledActionsForRule": []},
            "",
            "compliancePolicies",
        ),
        # Names that look alike: only what a type derives from tells them apart.
        (
            {
                "@odata.type": "#microsoft.graph.androidManagedStoreAppConfiguration",
                "displayName": "a",
            },
            "Device Configurations",
            "mobileAppConfigurations",
        ),
        (
            {
                "@odata.type": "#microsoft.graph.deviceComanagementAuthorityConfiguration",
                "displayName": "a",
            },
            "",
            "deviceEnrollmentConfigurations",
        ),
        (
            {
                "@odata.type": "#microsoft.graph.windows10DeviceFirmwareConfigurationInterface",
                "displayName": "a",
            },
            "",
            "deviceConfigurations",
        ),
        (
            {
                "@odata.context": (
                    "https://graph.microsoft.com/beta/$metadata#deviceAppManagement/"
                    "managedAppPolicies/$entity"
                ),
                "@odata.type": "#microsoft.graph.iosManagedAppProtection",
                "displayName": "a",
            },
            "",
            "iosManagedAppProtections",
        ),
    ],
)
def test_recognise_reads_context_then_type_then_shape_then_folder(payload, folder, key):
    assert recognise(payload, folder=folder).key == key


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ([], "It is not a JSON object."),
        ({"displayName": "a"}, "Nothing in it says which kind of policy it is."),
        (
            {"@odata.context": f"{CONTEXT}cartToClassAssociations/$entity", "displayName": "a"},
            "Policies of deviceManagement/cartToClassAssociations are not supported.",
        ),
        (
            {"@odata.type": "#microsoft.graph.unsupportedDeviceConfiguration", "displayName": "a"},
            "Graph could not express this policy when it was captured.",
        ),
        (
            {"@odata.type": "#microsoft.graph.vppToken", "displayName": "a"},
            "Policies of type #microsoft.graph.vppToken are not supported.",
        ),
        (
            {
                "@odata.context": f"{CONTEXT}configurationPolicies/$entity",
                "@odata.type": "#microsoft.graph.iosCompliancePolicy",
                "name": "a",
            },
            (
                "Its @odata.context says settings catalog policy, its @odata.type says "
                "compliance policy."
            ),
        ),
        (
            {"@odata.context": f"{CONTEXT}deviceConfigurations/$entity", "displayName": "a"},
            "It has no @odata.type, so it may be any device configuration.",
        ),
        ({"name": " ", "settings": [], "technologies": "mdm"}, "It has no name."),
    ],
)
def test_recognise_says_why_not(payload, reason):
    with pytest.raises(UnrecognisedPayloadError) as refused:
        recognise(payload)

    assert str(refused.value) == reason


def test_match_key_ignores_case_form_and_order_of_flags():
    policies = contract("configurationPolicies")
    one = {"name": " Cafe\u0301 ", "platforms": "windows10", "technologies": "mdm,microsoftSense"}
    other = {
        "name": "CAFÉ",
        "platforms": "windows10",
        "technologies": "microsoftSense,mdm",
        "templateReference": {"templateFamily": "none", "templateId": ""},
    }

    assert match_key(policies, one) == match_key(policies, other)
    assert match_key(policies, one) != match_key(policies, {**one, "platforms": "macOS"})


def test_patch_keeps_nulls_and_leaves_actions_out():
    policies = contract("deviceCompliancePolicies")
    payload = {
        "@odata.type": "#microsoft.graph.windows10CompliancePolicy",
        "id": GROUP,
        "version": 3,
        "displayName": "a",
        "osMinimumVersion": None,
        "roleScopeTagIds@odata.type": "#Collection(String)",
        "roleScopeTagIds": ["0"],
        "#microsoft.graph.assign": {"title": "x"},
        "scheduledActionsForRule": [
            {
                "id": "1",
                "ruleName": None,
                "scheduledActionConfigurations": [{"id": "2", "actionType": "block"}],
            }
        ],
    }
    kept = {
        "@odata.type": "#microsoft.graph.windows10CompliancePolicy",
        "displayName": "a",
        "roleScopeTagIds": ["0"],
    }

    assert update_body(policies, payload) == {**kept, "osMinimumVersion": None}
    assert creation_body(policies, payload) == {
        **kept,
        "scheduledActionsForRule": [{"scheduledActionConfigurations": [{"actionType": "block"}]}],
    }


def test_put_is_the_whole_policy_with_its_template_letter_by_letter():
    policies = contract("configurationPolicies")
    payload = {
        "@odata.type": "#microsoft.graph.deviceManagementConfigurationPolicy",
        "name": "a",
        "platforms": "windows10",
        "technologies": "mdm",
        "settingCount": 1,
        "templateReference": {"templateId": "aBcD_1", "templateDisplayName": "Baseline"},
        "settings": [{"id": "0", "settingInstance": {"settingDefinitionId": "x"}}],
    }

    assert update_body(policies, payload) == {
        "name": "a",
        "platforms": "windows10",
        "technologies": "mdm",
        "templateReference": {"templateId": "aBcD_1"},
        "settings": [{"settingInstance": {"settingDefinitionId": "x"}}],
    }


def test_driver_profile_sets_its_approval_type_only_once():
    profiles = contract("windowsDriverUpdateProfiles")
    payload = {"displayName": "a", "approvalType": "manual", "newUpdates": 4}

    assert creation_body(profiles, payload) == {"displayName": "a", "approvalType": "manual"}
    assert update_body(profiles, payload) == {"displayName": "a"}


def test_update_ring_leaves_the_commands_of_the_day_out():
    body = creation_body(
        contract("deviceConfigurations"),
        {
            "@odata.type": "#microsoft.graph.windowsUpdateForBusinessConfiguration",
            "displayName": "Ring",
            "supportsScopeTags": True,
            "qualityUpdatesPauseStartDate": "2026-01-01",
            "featureUpdatesWillBeRolledBack": True,
        },
    )

    assert body == {
        "@odata.type": "#microsoft.graph.windowsUpdateForBusinessConfiguration",
        "displayName": "Ring",
    }


def test_conditional_access_refers_to_an_authentication_strength_by_id():
    policies = contract("conditionalAccessPolicies")
    payload = {
        "displayName": "a",
        "templateId": GROUP,
        "grantControls": {
            "operator": "OR",
            "authenticationStrength": {"id": "s", "displayName": "MFA", "policyType": "builtIn"},
        },
        "sessionControls": {"disableResilienceDefaults": False},
    }

    assert update_body(policies, payload) == {
        "displayName": "a",
        "grantControls": {"operator": "OR", "authenticationStrength": {"id": "s"}},
        "sessionControls": {"disableResilienceDefaults": None},
    }


def test_assign_body_holds_one_direct_assignment_per_audience():
    body = assign_body(
        contract("deviceManagementScripts"),
        [
            _assigned(id="x", sourceId="y", source="direct"),
            _assigned(intent="apply"),
            _assigned("exclusionGroupAssignmentTarget"),
            _assigned(group="from-a-set", source="policySets"),
        ],
    )

    assert body == {
        "deviceManagementScriptAssignments": [
            _assigned("exclusionGroupAssignmentTarget"),
            _assigned(),
        ]
    }


def test_assign_body_is_refused_where_there_are_no_assignments():
    with pytest.raises(ValueError, match="have no assignments"):
        assign_body(contract("assignmentFilters"), [])


def test_default_scope_tag_is_built_in():
    tags = contract("roleScopeTags")

    assert is_built_in(tags, {"id": "0", "displayName": "Default"})
    assert is_built_in(tags, {"id": "7", "isBuiltIn": True})
    assert not is_built_in(tags, {"id": "7", "isBuiltIn": False})
    assert not is_built_in(contract("assignmentFilters"), {"id": "0"})


def test_workload_follows_the_path():
    assert workload_of("identity/conditionalAccess/policies/x") == "conditional_access"
    assert workload_of("deviceManagement/configurationPolicies/x/assign") == "intune"
