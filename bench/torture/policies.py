"""The made-up tenant of a run: what its backup holds, and how it stands when the restore begins."""

import random
import uuid
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

type Json = dict[str, Any]
type Objects = dict[str, list[Json]]

GRAPH = "#microsoft.graph."
SETTING = f"{GRAPH}deviceManagementConfiguration"
FILTERS = "deviceManagement/assignmentFilters"
CATALOG = "deviceManagement/configurationPolicies"
COMPLIANCE = "deviceManagement/deviceCompliancePolicies"
CONFIGURATIONS = "deviceManagement/deviceConfigurations"
DRIVERS = "deviceManagement/windowsDriverUpdateProfiles"
SCRIPTS = "deviceManagement/deviceManagementScripts"
ACCESS = "identity/conditionalAccess/policies"
ROLES = (
    "Application.Read.All",
    "DeviceManagementConfiguration.ReadWrite.All",
    "DeviceManagementRBAC.ReadWrite.All",
    "DeviceManagementScripts.ReadWrite.All",
    "Group.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "Policy.ReadWrite.ConditionalAccess",
)
# How Graph writes that no message is sent.
NO_TEMPLATE = "00000000-0000-0000-0000-000000000000"
GROUPS = 4
FILTER = "Filter 0"
# Of what a restore has to do with an object: create it, change it, or find it as it should be.
SHARES = {"remove": 0.4, "change": 0.45, "leave": 0.15}
AS_BACKED_UP, DRIFTED = 7, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpTenant:
    """One directory of the emulator, and the application the product signs in with."""

    slug: str
    size: int

    @property
    def directory(self) -> str:
        return self.id_of("directory", self.slug)

    @property
    def client(self) -> str:
        return self.id_of("application", self.slug)

    @property
    def secret(self) -> str:
        return f"opens-the-emulator-for-{self.slug}"

    def id_of(self, kind: str, name: str) -> str:
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"torture/{self.slug}/{kind}/{name}"))

    def document(self, objects: Objects) -> Json:
        client = {"client_id": self.client, "client_secret": self.secret, "roles": list(ROLES)}
        groups = [
            {"id": self.id_of("group", str(n)), "displayName": f"Group {n}"} for n in range(GROUPS)
        ]
        return {
            "displayName": self.slug.upper(),
            "clients": [client],
            "groups": groups,
            "objects": objects,
        }

    def as_backed_up(self) -> Objects:
        """Exactly `size` objects: a filter, and policies of six types that may refer to it."""
        objects: Objects = {FILTERS: [self._filter()]}
        for number in range(self.size - 1):
            kind = _kind_of(number)
            objects.setdefault(kind.path, []).append(self._made(kind, number, AS_BACKED_UP))
        return objects

    def as_drifted(self, rng: random.Random) -> Objects:
        """The same tenant after an admin deleted and changed much of it."""
        objects: Objects = {}
        for number in range(self.size - 1):
            kind = _kind_of(number)
            fate = rng.choices(list(SHARES), list(SHARES.values()))[0]
            # The filter is gone, so whoever referred to it cannot have stayed as it was.
            if fate == "leave" and kind.is_assigned and _is_filtered(number):
                fate = "remove"
            if fate == "remove":
                continue
            value = AS_BACKED_UP if fate == "leave" else DRIFTED
            made = self._made(kind, number, value)
            if fate == "change" and kind.is_assigned:
                others = self._assignments(number + 1, is_filtered=False)
                made |= {"assignments": rng.choice(([], others))}
            objects.setdefault(kind.path, []).append(made)
        return objects

    def _filter(self) -> Json:
        return {
            "id": self.id_of(FILTERS, FILTER),
            "displayName": FILTER,
            "platform": "windows10AndLater",
            "rule": '(device.deviceOwnership -eq "Corporate")',
        }

    def _made(self, kind: "_Kind", number: int, value: int) -> Json:
        made: Json = {"id": self.id_of(kind.path, str(number))} | kind.make(self, number, value)
        if kind.is_assigned:
            made["assignments"] = self._assignments(number, is_filtered=_is_filtered(number))
        return made

    def _assignments(self, number: int, *, is_filtered: bool) -> list[Json]:
        target: Json = {
            "@odata.type": f"{GRAPH}groupAssignmentTarget",
            "groupId": self.id_of("group", str(number % GROUPS)),
        }
        if is_filtered:
            target["deviceAndAppManagementAssignmentFilterId"] = self.id_of(FILTERS, FILTER)
            target["deviceAndAppManagementAssignmentFilterType"] = "include"
        return [{"target": target}]


def _catalog(_: MadeUpTenant, number: int, value: int) -> Json:
    simple = {"@odata.type": f"{SETTING}IntegerSettingValue", "value": value}
    instance = {
        "@odata.type": f"{SETTING}SimpleSettingInstance",
        "settingDefinitionId": f"device_vendor_msft_policy_config_torture_{number}",
        "simpleSettingValue": simple,
    }
    return {
        "name": f"Catalog {number}",
        "description": "Made up",
        "platforms": "windows10",
        "technologies": "mdm",
        "settings": [{"@odata.type": f"{SETTING}Setting", "settingInstance": instance}],
    }


def _compliance(_: MadeUpTenant, number: int, value: int) -> Json:
    block = {
        "actionType": "block",
        "gracePeriodHours": value,
        "notificationTemplateId": NO_TEMPLATE,
    }
    return {
        "@odata.type": f"{GRAPH}windows10CompliancePolicy",
        "displayName": f"Compliance {number}",
        "description": "Made up",
        "passwordRequired": True,
        "passwordMinimumLength": value,
        "scheduledActionsForRule": [
            {"ruleName": "PasswordRequired", "scheduledActionConfigurations": [block]}
        ],
    }


def _configuration(_: MadeUpTenant, number: int, value: int) -> Json:
    setting = {
        "@odata.type": f"{GRAPH}omaSettingInteger",
        "displayName": "A number",
        "omaUri": f"./Device/Torture/{number}",
        "value": value,
    }
    return {
        "@odata.type": f"{GRAPH}windows10CustomConfiguration",
        "displayName": f"Configuration {number}",
        "description": "Made up",
        "omaSettings": [setting],
    }


def _driver(_: MadeUpTenant, number: int, value: int) -> Json:
    return {
        "displayName": f"Drivers {number}",
        "description": "Made up",
        "approvalType": "automatic",
        "deploymentDeferralInDays": value,
    }


def _script(_: MadeUpTenant, number: int, value: int) -> Json:
    return {
        "displayName": f"Script {number}",
        "fileName": f"script-{number}.ps1",
        "runAsAccount": "system",
        "enforceSignatureCheck": False,
        "runAs32Bit": False,
        "scriptContent": b64encode(f"Write-Host {value}\r\n".encode()).decode(),
    }


def _access(tenant: MadeUpTenant, number: int, value: int) -> Json:
    users = {
        "includeGroups": [tenant.id_of("group", "1")],
        "excludeGroups": [tenant.id_of("group", "3")],
    }
    state = "disabled" if value == DRIFTED else "enabledForReportingButNotEnforced"
    return {
        "displayName": f"Access {number}",
        "state": state,
        "conditions": {
            "users": users,
            "applications": {"includeApplications": ["All"]},
            "clientAppTypes": ["all"],
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    }


@dataclass(frozen=True, slots=True)
class _Kind:
    path: str
    make: Callable[[MadeUpTenant, int, int], Json]
    share: int
    is_assigned: bool = True


_KINDS = (
    _Kind(CATALOG, _catalog, 8),
    _Kind(COMPLIANCE, _compliance, 5),
    _Kind(CONFIGURATIONS, _configuration, 3),
    _Kind(DRIVERS, _driver, 2),
    _Kind(SCRIPTS, _script, 2),
    _Kind(ACCESS, _access, 1, is_assigned=False),
)
# Where the objects lie that a restore is about; what every tenant has lies elsewhere.
PATHS = frozenset({FILTERS, *(kind.path for kind in _KINDS)})
_DEALT = tuple(kind for kind in _KINDS for _ in range(kind.share))


def _kind_of(number: int) -> _Kind:
    return _DEALT[number % len(_DEALT)]


def _is_filtered(number: int) -> bool:
    return number % 5 == 0
