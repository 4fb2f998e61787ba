"""The made-up policies that the demo's tenants hold, of eight types."""

from base64 import b64encode
from typing import Any

from restore_safety.demo.directory import (
    BREAK_GLASS,
    EXECUTIVES,
    FINANCE,
    KIOSKS,
    PILOT,
    WORKSTATIONS,
    Directory,
)

type Json = dict[str, Any]

TAGS = "deviceManagement/roleScopeTags"
FILTERS = "deviceManagement/assignmentFilters"
CATALOG = "deviceManagement/configurationPolicies"
COMPLIANCE = "deviceManagement/deviceCompliancePolicies"
CONFIGURATIONS = "deviceManagement/deviceConfigurations"
DRIVERS = "deviceManagement/windowsDriverUpdateProfiles"
SCRIPTS = "deviceManagement/deviceManagementScripts"
ACCESS = "identity/conditionalAccess/policies"

_GRAPH = "#microsoft.graph"
_SETTING = f"{_GRAPH}.deviceManagementConfiguration"
_POLICY = "device_vendor_msft_policy_config"


def objects_of(directory: Directory) -> dict[str, list[Json]]:
    bodies = {
        TAGS: _scope_tags(),
        FILTERS: _filters(),
        CATALOG: _catalog(directory),
        COMPLIANCE: _compliance(directory),
        CONFIGURATIONS: _configurations(directory),
        DRIVERS: _drivers(directory),
        SCRIPTS: _scripts(directory),
        ACCESS: _access(directory),
    }
    return {
        path: [{"id": directory.id_of(path, name_of(body))} | body for body in those]
        for path, those in bodies.items()
    }


def name_of(body: Json) -> str:
    name: str = body.get("name") or body["displayName"]
    return name


def choice(definition: str, option: int | str, *children: Json) -> Json:
    """A setting whose value is one of its definition's options."""
    value = {"value": f"{definition}_{option}", "children": list(children)}
    return {
        "@odata.type": f"{_SETTING}ChoiceSettingInstance",
        "settingDefinitionId": definition,
        "choiceSettingValue": {"@odata.type": f"{_SETTING}ChoiceSettingValue"} | value,
    }


def number(definition: str, value: int) -> Json:
    simple = {"@odata.type": f"{_SETTING}IntegerSettingValue", "value": value}
    return _simple(definition, simple)


def text(definition: str, value: str) -> Json:
    simple = {"@odata.type": f"{_SETTING}StringSettingValue", "value": value}
    return _simple(definition, simple)


def settings(*instances: Json) -> list[Json]:
    return [
        {"@odata.type": f"{_SETTING}Setting", "settingInstance": instance} for instance in instances
    ]


def _simple(definition: str, value: Json) -> Json:
    return {
        "@odata.type": f"{_SETTING}SimpleSettingInstance",
        "settingDefinitionId": definition,
        "simpleSettingValue": value,
    }


def _to_group(directory: Directory, group: str, *, filter_name: str = "") -> Json:
    target = {
        "@odata.type": f"{_GRAPH}.groupAssignmentTarget",
        "groupId": directory.group(group),
    }
    if filter_name:
        target["deviceAndAppManagementAssignmentFilterId"] = directory.id_of(FILTERS, filter_name)
        target["deviceAndAppManagementAssignmentFilterType"] = "include"
    return {"target": target}


def _excluding(directory: Directory, group: str) -> Json:
    kind = f"{_GRAPH}.exclusionGroupAssignmentTarget"
    return {"target": {"@odata.type": kind, "groupId": directory.group(group)}}


def _everyone(audience: str = "allDevices") -> Json:
    return {"target": {"@odata.type": f"{_GRAPH}.{audience}AssignmentTarget"}}


def _scope_tags() -> list[Json]:
    return [
        {"id": "1", "displayName": "Branch offices", "description": "Run by the regional teams."},
        {"id": "2", "displayName": "Kiosks", "description": "Run by the field service team."},
    ]


def _filters() -> list[Json]:
    return [
        {
            "displayName": "Corporate-owned Windows",
            "platform": "windows10AndLater",
            "rule": '(device.deviceOwnership -eq "Corporate")',
        },
        {
            "displayName": "Windows 11 and later",
            "platform": "windows10AndLater",
            "rule": '(device.osVersion -startsWith "10.0.2")',
        },
    ]


def _windows(name: str, description: str, instances: list[Json], *assignments: Json) -> Json:
    return {
        "name": name,
        "description": description,
        "platforms": "windows10",
        "technologies": "mdm",
        "settings": settings(*instances),
        "assignments": list(assignments),
    }


def _catalog(at: Directory) -> list[Json]:
    firewall = "vendor_msft_firewall_mdmstore"
    bitlocker = "device_vendor_msft_bitlocker"
    defender = f"{_POLICY}_defender"
    return [
        _windows(
            "Windows - Firewall",
            "On in every profile; inbound traffic is blocked by default.",
            [
                choice(f"{firewall}_domainprofile_enablefirewall", "true"),
                choice(f"{firewall}_privateprofile_enablefirewall", "true"),
                choice(f"{firewall}_publicprofile_enablefirewall", "true"),
            ],
            _to_group(at, WORKSTATIONS, filter_name="Corporate-owned Windows"),
        ),
        _windows(
            "Windows - BitLocker",
            "Full disk encryption without asking the user; keys go to Entra ID.",
            [
                choice(f"{bitlocker}_requiredeviceencryption", 1),
                choice(f"{bitlocker}_allowwarningforotherdiskencryption", 0),
                choice(f"{bitlocker}_configurerecoverypasswordrotation", 1),
            ],
            _to_group(at, WORKSTATIONS),
            _excluding(at, PILOT),
        ),
        _windows(
            "Windows - Defender Antivirus",
            "Real-time protection, cloud protection and a daily quick scan.",
            [
                choice(f"{defender}_allowrealtimemonitoring", 1),
                choice(f"{defender}_allowcloudprotection", 1),
                choice(f"{defender}_puaprotection", 1),
                number(f"{defender}_schedulequickscantime", 720),
            ],
            _to_group(at, WORKSTATIONS),
        ),
        _windows(
            "Windows - Edge",
            "Downloads are screened and passwords stay in the manager.",
            [
                choice(f"{_POLICY}_microsoft_edge~policy~smartscreen_smartscreenenabled", 1),
                choice(f"{_POLICY}_microsoft_edge~policy~passwordmanagerenabled", 0),
                text(
                    f"{_POLICY}_microsoft_edge~policy~homepagelocation",
                    "https://start.contoso.example",
                ),
            ],
            _everyone("allLicensedUsers"),
        ),
        _windows(
            "Windows - Device lock",
            "Locks after ten minutes without input.",
            [number(f"{_POLICY}_devicelock_maxinactivitytimedevicelock", 10)],
            _to_group(at, WORKSTATIONS, filter_name="Windows 11 and later"),
        ),
        _windows(
            "Windows - Finance - Removable storage",
            "Finance reads removable disks but does not write to them.",
            [choice(f"{_POLICY}_storage_removablediskdenywriteaccess", 1)],
            _to_group(at, FINANCE),
        ),
        _windows(
            "Windows - Kiosk - Sign-in",
            "A kiosk signs its local account in and shows no lock screen.",
            [
                choice(f"{_POLICY}_windowslogon_hidefastuserswitching", 1),
                choice(f"{_POLICY}_devicelock_preventlockscreenslideshow", 1),
            ],
            _to_group(at, KIOSKS),
        )
        | {"roleScopeTagIds": ["0", "2"]},
    ]


def _rules(hours: int) -> list[Json]:
    block = {"actionType": "block", "gracePeriodHours": hours, "notificationTemplateId": ""}
    return [{"ruleName": "PasswordRequired", "scheduledActionConfigurations": [block]}]


def _compliance(at: Directory) -> list[Json]:
    def policy(name: str, hours: int, *assignments: Json, **values: Any) -> Json:
        return {
            "@odata.type": f"{_GRAPH}.windows10CompliancePolicy",
            "displayName": name,
            "passwordRequiredType": "deviceDefault",
            "deviceThreatProtectionRequiredSecurityLevel": "unavailable",
            "scheduledActionsForRule": _rules(hours),
            "assignments": list(assignments),
            **values,
        }

    return [
        policy(
            "Windows - Compliance - Device health",
            12,
            _to_group(at, WORKSTATIONS),
            bitLockerEnabled=True,
            secureBootEnabled=True,
            codeIntegrityEnabled=True,
        ),
        policy(
            "Windows - Compliance - Password",
            24,
            _to_group(at, WORKSTATIONS),
            passwordRequired=True,
            passwordMinimumLength=12,
            passwordMinutesOfInactivityBeforeLock=15,
        ),
        policy(
            "Windows - Compliance - Defender",
            6,
            _everyone(),
            defenderEnabled=True,
            rtpEnabled=True,
            signatureOutOfDate=True,
        ),
        policy(
            "Windows - Compliance - Kiosk",
            72,
            _to_group(at, KIOSKS),
            osMinimumVersion="10.0.22621",
            storageRequireEncryption=True,
        ),
    ]


def _configurations(at: Directory) -> list[Json]:
    def ring(name: str, quality: int, feature: int, group: str) -> Json:
        return {
            "@odata.type": f"{_GRAPH}.windowsUpdateForBusinessConfiguration",
            "displayName": name,
            "deliveryOptimizationMode": "userDefined",
            "prereleaseFeatures": "userDefined",
            "automaticUpdateMode": "autoInstallAtMaintenanceTime",
            "microsoftUpdateServiceAllowed": True,
            "qualityUpdatesDeferralPeriodInDays": quality,
            "featureUpdatesDeferralPeriodInDays": feature,
            "businessReadyUpdatesOnly": "userDefined",
            "assignments": [_to_group(at, group)],
        }

    return [
        ring("Windows - Updates - Pilot ring", 0, 0, PILOT),
        ring("Windows - Updates - Broad ring", 7, 30, WORKSTATIONS),
        {
            "@odata.type": f"{_GRAPH}.windows10CustomConfiguration",
            "displayName": "Windows - Kiosk - Power",
            "description": "A kiosk never sleeps while it is plugged in.",
            "roleScopeTagIds": ["0", "2"],
            "omaSettings": [
                {
                    "@odata.type": f"{_GRAPH}.omaSettingInteger",
                    "displayName": "Standby timeout plugged in",
                    "omaUri": "./Device/Vendor/MSFT/Policy/Config/Power/StandbyTimeoutPluggedIn",
                    "value": 0,
                }
            ],
            "assignments": [_to_group(at, KIOSKS)],
        },
        {
            "@odata.type": f"{_GRAPH}.windows10GeneralConfiguration",
            "displayName": "Windows - Executives - Restrictions",
            "description": "No developer mode, no unsigned packages.",
            "appsAllowTrustedAppsSideloading": "blocked",
            "bluetoothBlockDiscoverableMode": True,
            "assignments": [_to_group(at, EXECUTIVES)],
        },
    ]


def _drivers(at: Directory) -> list[Json]:
    return [
        {
            "displayName": "Windows - Drivers - Pilot ring",
            "description": "Recommended drivers at once.",
            "approvalType": "automatic",
            "deploymentDeferralInDays": 0,
            "assignments": [_to_group(at, PILOT)],
        },
        {
            "displayName": "Windows - Drivers - Broad ring",
            "description": "Recommended drivers after two weeks in the pilot.",
            "approvalType": "automatic",
            "deploymentDeferralInDays": 14,
            "assignments": [_to_group(at, WORKSTATIONS), _excluding(at, PILOT)],
        },
    ]


def _scripts(at: Directory) -> list[Json]:
    def script(name: str, lines: str, group: str) -> Json:
        return {
            "displayName": name,
            "fileName": f"{name.rpartition(' - ')[2].replace(' ', '-').lower()}.ps1",
            "runAsAccount": "system",
            "enforceSignatureCheck": False,
            "runAs32Bit": False,
            "scriptContent": b64encode(lines.encode()).decode(),
            "assignments": [_to_group(at, group)],
        }

    return [
        script(
            "Windows - Script - Time source",
            "w32tm /config /syncfromflags:manual /manualpeerlist:time.contoso.example /update\r\n",
            PILOT,
        ),
        script(
            "Windows - Script - Remove consumer apps",
            "Get-AppxPackage -AllUsers *Solitaire* | Remove-AppxPackage -AllUsers\r\n",
            WORKSTATIONS,
        ),
    ]


def _access(at: Directory) -> list[Json]:
    def policy(name: str, state: str, conditions: Json, *controls: str) -> Json:
        users = {"includeUsers": ["All"], "excludeGroups": [at.group(BREAK_GLASS)]}
        return {
            "displayName": name,
            "state": state,
            "conditions": {
                "users": users,
                "applications": {"includeApplications": ["All"]},
                "clientAppTypes": ["all"],
            }
            | conditions,
            "grantControls": {"operator": "OR", "builtInControls": list(controls)},
        }

    return [
        policy("Require multifactor authentication", "enabled", {}, "mfa"),
        policy(
            "Block legacy authentication",
            "enabled",
            {"clientAppTypes": ["exchangeActiveSync", "other"]},
            "block",
        ),
        policy(
            "Require a compliant device for admins",
            "enabledForReportingButNotEnforced",
            {
                "users": {
                    "includeRoles": ["62e90394-69f5-4237-9190-012177145e10"],
                    "excludeGroups": [at.group(BREAK_GLASS)],
                }
            },
            "compliantDevice",
            "domainJoinedDevice",
        ),
    ]
