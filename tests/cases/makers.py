"""Small policies as Graph's beta answers them, with the assignments and groups they name."""

import base64
import copy
import uuid

GRAPH = "#microsoft.graph."
SETTING = f"{GRAPH}deviceManagementConfiguration"
CONTEXT = "https://graph.microsoft.com/beta/$metadata#"

CAMERA = "device_vendor_msft_policy_config_camera_allowcamera"
CORTANA = "device_vendor_msft_policy_config_experience_allowcortana"
LOCAL_LOG_ON = "device_vendor_msft_policy_config_userrights_allowlocallogon"

CATALOG = "configurationPolicies"
CONFIGURATION = "deviceConfigurations"
COMPLIANCE = "deviceCompliancePolicies"
CONDITIONAL_ACCESS = "conditionalAccessPolicies"
SCRIPTS = "deviceManagementScripts"
FILTERS = "assignmentFilters"
TAGS = "roleScopeTags"

NO_TEMPLATE = "00000000-0000-0000-0000-000000000000"
GLOBAL_ADMINISTRATOR = "62e90394-69f5-4237-9190-012177145e10"
SECURITY_ADMINISTRATOR = "194ae4cb-b126-40b2-bd5b-6091b380977d"
BLOCK = {
    "operator": "OR",
    "builtInControls": ["block"],
    "customAuthenticationFactors": [],
    "termsOfUse": [],
    "authenticationStrength": None,
}
MULTI_FACTOR = BLOCK | {"builtInControls": ["mfa"]}


def id_of(name):
    """The id that goes with a name, the same in every test."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def with_changes(payload, **changes):
    """A copy of its own, with these members in place of the payload's."""
    return copy.deepcopy(payload) | changes


def as_held(payload, **changes):
    """The policy as a tenant holds it: without the annotations of a backup file."""
    held = {key: one for key, one in copy.deepcopy(payload).items() if key != "@odata.context"}
    return held | changes


def base64_of(text):
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


# Settings of the catalog


def choice(definition=CAMERA, value="1", children=()):
    return {
        "@odata.type": f"{SETTING}ChoiceSettingInstance",
        "settingDefinitionId": definition,
        "settingInstanceTemplateReference": None,
        "choiceSettingValue": {
            "@odata.type": f"{SETTING}ChoiceSettingValue",
            "settingValueTemplateReference": None,
            "value": f"{definition}_{value}",
            "children": list(children),
        },
    }


def text(definition, value, **members):
    return _simple(definition, {"@odata.type": f"{SETTING}StringSettingValue", "value": value})


def secret(definition, value, state="notEncrypted"):
    held = {"@odata.type": f"{SETTING}SecretSettingValue", "value": value, "valueState": state}
    return _simple(definition, held)


def _simple(definition, value):
    return {
        "@odata.type": f"{SETTING}SimpleSettingInstance",
        "settingDefinitionId": definition,
        "settingInstanceTemplateReference": None,
        "simpleSettingValue": value,
    }


def texts(definition, *values, kind="StringSettingValue"):
    """A list of plain values, or with another kind of what refers elsewhere."""
    held = [{"@odata.type": f"{SETTING}{kind}", "value": value} for value in values]
    return {
        "@odata.type": f"{SETTING}SimpleSettingCollectionInstance",
        "settingDefinitionId": definition,
        "settingInstanceTemplateReference": None,
        "simpleSettingCollectionValue": held,
    }


def choices(definition, *values):
    held = [
        {"@odata.type": f"{SETTING}ChoiceSettingValue", "value": f"{definition}_{value}"}
        | {"children": []}
        for value in values
    ]
    return {
        "@odata.type": f"{SETTING}ChoiceSettingCollectionInstance",
        "settingDefinitionId": definition,
        "settingInstanceTemplateReference": None,
        "choiceSettingCollectionValue": held,
    }


def groups_of_settings(definition, *children):
    """One group of settings for each tuple of instances."""
    held = [
        {"settingValueTemplateReference": None, "children": list(instances)}
        for instances in children
    ]
    return {
        "@odata.type": f"{SETTING}GroupSettingCollectionInstance",
        "settingDefinitionId": definition,
        "settingInstanceTemplateReference": None,
        "groupSettingCollectionValue": held,
    }


# Policies


def _dated(path, **members):
    return {
        "@odata.context": f"{CONTEXT}{path}",
        "createdDateTime": "2026-01-10T08:00:00Z",
        "lastModifiedDateTime": "2026-01-10T08:00:00Z",
    } | members


def catalog(name, *instances, template="", family="none", **members):
    """A policy of the settings catalog; without instances it allows the camera."""
    settings = [
        {"id": str(number), "settingInstance": one}
        for number, one in enumerate(instances or [choice()])
    ]
    whole = {
        "@odata.type": f"{SETTING}Policy",
        "id": id_of(name),
        "name": name,
        "description": "",
        "platforms": "windows10",
        "technologies": "mdm",
        "creationSource": None,
        "roleScopeTagIds": ["0"],
        "templateReference": {
            "templateId": template,
            "templateFamily": family,
            "templateDisplayName": None,
            "templateDisplayVersion": None,
        },
        "settings": settings,
        "settingCount": len(settings),
        "assignments": [],
    } | members
    path = "deviceManagement/configurationPolicies(assignments(),settings())/$entity"
    return _dated(path, **whole, isAssigned=bool(whole["assignments"]))


def role_assignment(name, *, group, role):
    """A group that holds a role over itself."""
    held = {
        "@odata.type": f"{GRAPH}deviceAndAppManagementRoleAssignment",
        "id": id_of(name),
        "displayName": name,
        "description": None,
        "members": [id_of(group)],
        "scopeMembers": [id_of(group)],
        "scopeType": "resourceScope",
        "resourceScopes": [id_of(group)],
        "roleScopeTagIds": ["0"],
        "roleDefinition": {"id": role},
    }
    return {"@odata.context": f"{CONTEXT}deviceManagement/roleAssignments/$entity"} | held


def configuration(name, kind="windows10CustomConfiguration", **members):
    """A device configuration of a kind; a custom one holds no OMA-URI unless given."""
    custom = {"omaSettings": []} if kind == "windows10CustomConfiguration" else {}
    whole = {
        "@odata.type": f"{GRAPH}{kind}",
        "id": id_of(name),
        "displayName": name,
        "description": None,
        "version": 1,
        "supportsScopeTags": True,
        "roleScopeTagIds": ["0"],
        "assignments": [],
    }
    path = "deviceManagement/deviceConfigurations(assignments())/$entity"
    return _dated(path, **whole | custom | members)


def update_ring(name, **members):
    whole = {
        "automaticUpdateMode": "autoInstallAtMaintenanceTime",
        "qualityUpdatesDeferralPeriodInDays": 3,
    }
    return configuration(name, "windowsUpdateForBusinessConfiguration", **whole | members)


def oma(value, kind="omaSettingString", **members):
    return {
        "@odata.type": f"{GRAPH}{kind}",
        "displayName": "Key",
        "description": None,
        "omaUri": "./Device/Vendor/MSFT/Policy/Config/Example/Key",
        "secretReferenceValueId": None,
        "isEncrypted": False,
        "value": value,
    } | members


def action(kind="block", *, template=NO_TEMPLATE, copies=(), hours=0):
    return {
        "id": id_of(f"action {kind} {template}"),
        "actionType": kind,
        "gracePeriodHours": hours,
        "notificationTemplateId": template,
        "notificationMessageCCList": list(copies),
    }


def compliance(name, *actions, rule_name=None, **members):
    """A compliance policy for Windows; without actions it blocks at once."""
    rule = {
        "id": id_of(f"rule {name}"),
        "ruleName": rule_name,
        "scheduledActionConfigurations": list(actions or [action()]),
    }
    whole = {
        "@odata.type": f"{GRAPH}windows10CompliancePolicy",
        "id": id_of(name),
        "displayName": name,
        "description": None,
        "version": 1,
        "roleScopeTagIds": ["0"],
        "bitLockerEnabled": True,
        "scheduledActionsForRule": [rule],
        "assignments": [],
    }
    path = (
        "deviceManagement/deviceCompliancePolicies(assignments(),"
        "scheduledActionsForRule(scheduledActionConfigurations()))/$entity"
    )
    return _dated(path, **whole | members)


def conditional_access(
    name, *, users=None, applications=None, conditions=None, grant=None, session=None, **members
):
    """For all users and all applications unless said otherwise, asking for a second factor."""
    whole = {
        "id": id_of(name),
        "templateId": None,
        "displayName": name,
        "createdDateTime": "2026-01-10T08:00:00Z",
        "modifiedDateTime": None,
        "state": "enabled",
        "sessionControls": session,
        "conditions": {
            "userRiskLevels": [],
            "signInRiskLevels": [],
            "clientAppTypes": ["all"],
            "servicePrincipalRiskLevels": [],
            "insiderRiskLevels": None,
            "platforms": None,
            "locations": None,
            "devices": None,
            "clientApplications": None,
            "authenticationFlows": None,
            "applications": {
                "includeApplications": ["All"],
                "excludeApplications": [],
                "includeUserActions": [],
                "includeAuthenticationContextClassReferences": [],
                "applicationFilter": None,
            }
            | (applications or {}),
            "users": {
                "includeUsers": ["All"],
                "excludeUsers": [],
                "includeGroups": [],
                "excludeGroups": [],
                "includeRoles": [],
                "excludeRoles": [],
                "includeGuestsOrExternalUsers": None,
                "excludeGuestsOrExternalUsers": None,
            }
            | (users or {}),
        }
        | (conditions or {}),
        "grantControls": MULTI_FACTOR if grant is None else grant,
    }
    context = {"@odata.context": f"{CONTEXT}identity/conditionalAccess/policies/$entity"}
    return context | whole | members


NO_USERS = {"includeUsers": ["None"]}


def only_group(name):
    return {"includeUsers": [], "includeGroups": [id_of(name)]}


def all_guests(kinds="b2bCollaborationGuest"):
    return {
        "guestOrExternalUserTypes": kinds,
        "externalTenants": {
            "@odata.type": f"{GRAPH}conditionalAccessAllExternalTenants",
            "membershipKind": "all",
        },
    }


def script(name, content=None, **members):
    whole = {
        "@odata.type": f"{GRAPH}deviceManagementScript",
        "id": id_of(name),
        "displayName": name,
        "description": "",
        "scriptContent": base64_of("Write-Host 1") if content is None else content,
        "runAsAccount": "system",
        "enforceSignatureCheck": False,
        "fileName": "a.ps1",
        "roleScopeTagIds": ["0"],
        "runAs32Bit": False,
        "assignments": [],
    }
    path = "deviceManagement/deviceManagementScripts(assignments())/$entity"
    return _dated(path, **whole | members)


def device_filter(name, **members):
    return {
        "id": id_of(name),
        "displayName": name,
        "description": None,
        "platform": "windows10AndLater",
        "rule": '(device.deviceOwnership -eq "Corporate")',
        "roleScopeTags": ["0"],
        "assignmentFilterManagementType": "devices",
    } | members


def scope_tag(name, tag_id="7", **members):
    return {"id": tag_id, "displayName": name, "description": ""} | members


# Assignments


def _target(kind, filter_name, filter_type, **members):
    return {
        "id": id_of(f"assignment {kind} {members} {filter_name}"),
        "source": "direct",
        "target": {
            "@odata.type": f"{GRAPH}{kind}",
            "deviceAndAppManagementAssignmentFilterId": filter_name and id_of(filter_name),
            "deviceAndAppManagementAssignmentFilterType": filter_type if filter_name else "none",
        }
        | members,
    }


def to_group(name, *, filter_name=None, filter_type="include"):
    return _target("groupAssignmentTarget", filter_name, filter_type, groupId=id_of(name))


def not_to_group(name):
    return _target("exclusionGroupAssignmentTarget", None, "none", groupId=id_of(name))


def to_all_devices(*, filter_name=None, filter_type="include"):
    return _target("allDevicesAssignmentTarget", filter_name, filter_type)


def to_all_users(*, filter_name=None, filter_type="include"):
    return _target("allLicensedUsersAssignmentTarget", filter_name, filter_type)
