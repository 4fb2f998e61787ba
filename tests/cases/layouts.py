"""The samples as backup tools write them: what each keeps, where, and in which form."""

import json

import yaml

from tenants.graph.contracts import CONTRACTS
from tests.cases.journeys import assignment_of
from tests.cases.makers import CONTEXT, id_of
from tests.cases.samples import SAMPLES

GROUP = "Pilot"
# Where IntuneCD keeps a type; what it does not back up is not here.
INTUNECD = {
    "assignmentFilters": "Filters",
    "roleScopeTags": "Scope Tags",
    "roleDefinitions": "Roles",
    "deviceCategories": "Device Categories",
    "notificationMessageTemplates": "Compliance Policies/Message Templates",
    "deviceConfigurations": "Device Configurations",
    "deviceCompliancePolicies": "Compliance Policies/Policies",
    "compliancePolicies": "Compliance Policies/Policies",
    "deviceComplianceScripts": "Compliance Policies/Scripts",
    "reusablePolicySettings": "Compliance Policies/Scripts",
    "configurationPolicies": "Settings Catalog",
    "groupPolicyConfigurations": "Group Policy Configurations",
    "deviceManagementScripts": "Scripts/Powershell",
    "deviceShellScripts": "Scripts/Shell",
    "deviceCustomAttributeShellScripts": "Custom Attributes",
    "deviceHealthScripts": "Proactive Remediations",
    "deviceEnrollmentConfigurations": "Enrollment Configurations",
    "windowsAutopilotDeploymentProfiles": "Enrollment Profiles/Windows",
    "mobileAppConfigurations": "App Configuration",
    "windowsFeatureUpdateProfiles": "Feature Updates",
    "windowsQualityUpdateProfiles": "Quality Updates",
    "windowsDriverUpdateProfiles": "Driver Updates",
    "conditionalAccessPolicies": "Conditional Access",
}
# Of IntuneBackupAndRestore the types that it backs up whole.
JSEERDEN = {
    "deviceConfigurations": "Device Configurations",
    "configurationPolicies": "Settings Catalog",
    "deviceManagementScripts": "Device Management Scripts",
    "deviceHealthScripts": "Device Health Scripts",
}
# The export button of the portal is there for few types.
PORTAL = ("configurationPolicies", "conditionalAccessPolicies")
# What a tool drops of every policy, beside the marks of Graph.
_DROPPED = {
    "id",
    "assignments",
    "createdDateTime",
    "lastModifiedDateTime",
    "isAssigned",
    "supportsScopeTags",
    "version",
}


def intunecd_json():
    return {f"{path}.json": _written(policy) for path, policy in _intunecd()}


def intunecd_yaml():
    return {
        f"{path}.yaml": yaml.safe_dump(policy, sort_keys=False).encode()
        for path, policy in _intunecd()
    }


def jseerden():
    files = {}
    for key, folder in JSEERDEN.items():
        name = _name_of(key)
        files[f"{folder}/{name}.json"] = _in_utf16(SAMPLES[key].payload | {"assignments": []})
        files[f"{folder}/Assignments/{name}.json"] = _in_utf16([_to_group(key, {})])
    return files


def portal():
    return {
        f"{_name_of(key)}.json": b"\xef\xbb\xbf" + _written(_unmarked(SAMPLES[key].payload))
        for key in PORTAL
    }


def intunemanagement():
    """One file a policy, each with the context that Graph answered."""
    files = {}
    for key, kind in CONTRACTS.items():
        context = {"@odata.context": f"{CONTEXT}{kind.path}(assignments())/$entity"}
        held = SAMPLES[key].payload
        assigned = {} if kind.unassigned else {"assignments": [_to_group(key, {})]}
        files[f"{kind.key}/{_name_of(key)}.json"] = _written(context | held | assigned)
    return files


# By tool, its files and the types that are among them.
LAYOUTS = {
    "IntuneManagement": (intunemanagement, tuple(CONTRACTS)),
    "IntuneCD in JSON": (intunecd_json, tuple(INTUNECD)),
    "IntuneCD in YAML": (intunecd_yaml, tuple(INTUNECD)),
    "IntuneBackupAndRestore": (jseerden, tuple(JSEERDEN)),
    "the portal": (portal, PORTAL),
}


def _intunecd():
    for key, folder in INTUNECD.items():
        policy = _unmarked(SAMPLES[key].payload)
        if not CONTRACTS[key].unassigned:
            policy["assignments"] = [_to_group(key, {"groupName": GROUP})]
        yield f"{folder}/{_name_of(key)}", policy


def _unmarked(payload):
    return {
        key: value
        for key, value in payload.items()
        if key not in _DROPPED and key != "@odata.context"
    }


def _to_group(key, beside):
    entry = assignment_of(key, id_of(GROUP))
    return entry | {"target": entry["target"] | beside}


def _name_of(key):
    return SAMPLES[key].payload[CONTRACTS[key].name_property]


def _written(value):
    return json.dumps(value).encode()


def _in_utf16(value):
    return json.dumps(value).encode("utf-16")
