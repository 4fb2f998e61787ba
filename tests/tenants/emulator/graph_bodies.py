"""Smallest payloads that Graph takes, one a type."""

from typing import Any

CATALOG = "/beta/deviceManagement/configurationPolicies"
COMPLIANCE = "/beta/deviceManagement/deviceCompliancePolicies"
DEVICE = "/beta/deviceManagement/deviceConfigurations"
DRIVERS = "/beta/deviceManagement/windowsDriverUpdateProfiles"
FILTERS = "/beta/deviceManagement/assignmentFilters"
TAGS = "/beta/deviceManagement/roleScopeTags"
SCRIPTS = "/beta/deviceManagement/deviceManagementScripts"
ACCESS = "/v1.0/identity/conditionalAccess/policies"

GROUP = "5a3f1f0e-0000-4000-8000-000000000001"
_CONFIGURATION = "#microsoft.graph.deviceManagementConfiguration"


def setting(number: int = 0) -> dict[str, Any]:
    return {
        "settingInstance": {
            "@odata.type": f"{_CONFIGURATION}SimpleSettingInstance",
            "settingDefinitionId": f"device_vendor_msft_setting_{number}",
            "simpleSettingValue": {
                "@odata.type": f"{_CONFIGURATION}IntegerSettingValue",
                "value": number,
            },
        }
    }


def catalog(name: str = "Catalog", settings: int = 1) -> dict[str, Any]:
    return {
        "name": name,
        "platforms": "windows10",
        "technologies": "mdm",
        "settings": [setting(number) for number in range(settings)],
    }


def rules(hours: int = 6) -> list[dict[str, Any]]:
    return [
        {
            "ruleName": None,
            "scheduledActionConfigurations": [{"actionType": "block", "gracePeriodHours": hours}],
        }
    ]


BODIES: dict[str, dict[str, Any]] = {
    TAGS: {"displayName": "Branch"},
    FILTERS: {
        "displayName": "Corporate",
        "platform": "windows10AndLater",
        "rule": '(device.deviceOwnership -eq "Corporate")',
    },
    SCRIPTS: {
        "displayName": "Script",
        "fileName": "script.ps1",
        "runAsAccount": "system",
        "scriptContent": "V3JpdGUtSG9zdCAxDQo=",
    },
    DEVICE: {
        "@odata.type": "#microsoft.graph.windows10CustomConfiguration",
        "displayName": "Custom",
        "omaSettings": [
            {
                "@odata.type": "#microsoft.graph.omaSettingInteger",
                "displayName": "One",
                "omaUri": "./One",
                "value": 1,
            }
        ],
    },
    DRIVERS: {
        "displayName": "Drivers",
        "approvalType": "automatic",
        "deploymentDeferralInDays": 3,
    },
    COMPLIANCE: {
        "@odata.type": "#microsoft.graph.windows10CompliancePolicy",
        "displayName": "Compliance",
        "passwordRequired": True,
        "scheduledActionsForRule": rules(),
    },
    CATALOG: catalog(),
    ACCESS: {
        "displayName": "Require MFA",
        "state": "disabled",
        "conditions": {
            "users": {"includeUsers": ["All"]},
            "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["all"],
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    },
}
