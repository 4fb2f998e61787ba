"""Every body the product sends in a test, held against the published types.

It shares nothing with the product's own validation but the facts of `tenants.graph.schema`: a body
that a rule of the product lets through must still be one that the published types allow.
"""

import base64
import binascii
import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlsplit

from tenants.graph import schema
from tenants.graph.schema import Member, MemberKind

_DM = "deviceManagement"
_DAM = "deviceAppManagement"
_CA = "identity/conditionalAccess"
# What a body that creates or changes an item of a collection is declared to be.
COLLECTIONS = {
    f"{_CA}/authenticationContextClassReferences": "authenticationContextClassReference",
    f"{_CA}/namedLocations": "namedLocation",
    f"{_CA}/policies": "conditionalAccessPolicy",
    f"{_DAM}/androidManagedAppProtections": "androidManagedAppProtection",
    f"{_DAM}/iosManagedAppProtections": "iosManagedAppProtection",
    f"{_DAM}/mobileAppConfigurations": "managedDeviceMobileAppConfiguration",
    f"{_DAM}/mobileApps": "mobileApp",
    f"{_DAM}/policySets": "policySet",
    f"{_DAM}/targetedManagedAppConfigurations": "targetedManagedAppConfiguration",
    f"{_DAM}/windowsManagedAppProtections": "windowsManagedAppProtection",
    f"{_DM}/androidDeviceOwnerEnrollmentProfiles": "androidDeviceOwnerEnrollmentProfile",
    f"{_DM}/appleUserInitiatedEnrollmentProfiles": "appleUserInitiatedEnrollmentProfile",
    f"{_DM}/assignmentFilters": "deviceAndAppManagementAssignmentFilter",
    f"{_DM}/compliancePolicies": "deviceManagementCompliancePolicy",
    f"{_DM}/configurationPolicies": "deviceManagementConfigurationPolicy",
    f"{_DM}/deviceCategories": "deviceCategory",
    f"{_DM}/deviceCompliancePolicies": "deviceCompliancePolicy",
    f"{_DM}/deviceComplianceScripts": "deviceComplianceScript",
    f"{_DM}/deviceConfigurations": "deviceConfiguration",
    f"{_DM}/deviceCustomAttributeShellScripts": "deviceCustomAttributeShellScript",
    f"{_DM}/deviceEnrollmentConfigurations": "deviceEnrollmentConfiguration",
    f"{_DM}/deviceHealthScripts": "deviceHealthScript",
    f"{_DM}/deviceManagementScripts": "deviceManagementScript",
    f"{_DM}/deviceShellScripts": "deviceShellScript",
    f"{_DM}/groupPolicyConfigurations": "groupPolicyConfiguration",
    f"{_DM}/hardwareConfigurations": "hardwareConfiguration",
    f"{_DM}/intents": "deviceManagementIntent",
    f"{_DM}/intuneBrandingProfiles": "intuneBrandingProfile",
    f"{_DM}/notificationMessageTemplates": "notificationMessageTemplate",
    f"{_DM}/reusablePolicySettings": "deviceManagementReusablePolicySetting",
    f"{_DM}/roleAssignments": "deviceAndAppManagementRoleAssignment",
    f"{_DM}/roleDefinitions": "roleDefinition",
    f"{_DM}/roleScopeTags": "roleScopeTag",
    f"{_DM}/templates": "deviceManagementTemplate",
    f"{_DM}/termsAndConditions": "termsAndConditions",
    f"{_DM}/virtualEndpoint/provisioningPolicies": "cloudPcProvisioningPolicy",
    f"{_DM}/virtualEndpoint/userSettings": "cloudPcUserSetting",
    f"{_DM}/windowsAutopilotDeploymentProfiles": "windowsAutopilotDeploymentProfile",
    f"{_DM}/windowsDriverUpdateProfiles": "windowsDriverUpdateProfile",
    f"{_DM}/windowsFeatureUpdateProfiles": "windowsFeatureUpdateProfile",
    f"{_DM}/windowsQualityUpdatePolicies": "windowsQualityUpdatePolicy",
    f"{_DM}/windowsQualityUpdateProfiles": "windowsQualityUpdateProfile",
    "policies/authenticationStrengthPolicies": "authenticationStrengthPolicy",
}
# The parameters of actions, each with the type it holds; a plain word is a primitive.
ACTIONS: dict[str, dict[str, str]] = {
    "changeSettings": {"settings": "[deviceManagementConfigurationSetting]"},
    "createInstance": {
        "displayName": "string",
        "description": "string",
        "settingsDelta": "[deviceManagementSettingInstance]",
        "roleScopeTagIds": "[string]",
    },
    "scheduleActionsForRules": {
        "deviceComplianceScheduledActionForRules": "[deviceComplianceScheduledActionForRule]"
    },
    "setPriority": {"priority": "integer"},
    "setScheduledActions": {
        "scheduledActions": "[deviceManagementComplianceScheduledActionForRule]"
    },
    "targetApps": {"apps": "[managedMobileApp]", "appGroupType": "string"},
    "updateAllowedCombinations": {"allowedCombinations": "[string]"},
    "updateDefinitionValues": {
        "added": "[groupPolicyDefinitionValue]",
        "updated": "[groupPolicyDefinitionValue]",
        "deletedIds": "[string]",
    },
    "updateSettings": {"settings": "[deviceManagementSettingInstance]"},
    "windowsPrivacyAccessControls": {
        "windowsPrivacyAccessControls": "[windowsPrivacyDataAccessControlItem]"
    },
}
_ASSIGN_KEYS = frozenset(
    {
        "assignments",
        "deviceHealthScriptAssignments",
        "deviceManagementScriptAssignments",
        "enrollmentConfigurationAssignments",
        "hardwareConfigurationAssignments",
        "mobileAppAssignments",
    }
)
# Entities that stand in the body of what they belong to, or are named there by their id.
_INLINE = frozenset(
    {
        "authenticationStrength",
        "items",
        "presentationValues",
        "scheduledActionConfigurations",
        "scheduledActionsForRule",
        "settings",
    }
)
_GUID = re.compile(r"(?i)[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}")
_KEYS = re.compile(r"\('([^']*)'\)")


def faults_of(path: str, body: bytes | None) -> list[str]:
    """What the published types say against a body sent to a path that starts after the host."""
    if body is None:
        return []
    try:
        document = json.loads(body)
    except ValueError:
        return ["the body is not JSON"]
    if not isinstance(document, dict):
        return ["the body is not an object"]
    segments = [one for one in _segments(path) if one and not one.startswith("microsoft.graph.")]
    if "@odata.id" in document and segments[-1:] == ["$ref"]:
        return [] if document.keys() == {"@odata.id"} else ["a reference holds its address alone"]
    declared, rest = _addressed(segments)
    return list(_body_faults(declared, rest, document))


def _segments(path: str) -> list[str]:
    plain = _KEYS.sub(r"/\1", urlsplit(path).path.strip("/"))
    version, _, rest = plain.partition("/")
    return rest.split("/") if version in ("beta", "v1.0") else plain.split("/")


def _addressed(segments: list[str]) -> tuple[str, list[str]]:
    """The declared type of the collection in the path, and what follows the item's key."""
    for length in (4, 3, 2, 1):
        declared = COLLECTIONS.get("/".join(segments[:length]))
        if declared:
            return declared, segments[length + 1 :]
    return "", []


def _body_faults(declared: str, rest: list[str], document: dict[str, Any]) -> Iterator[str]:
    if not declared:
        yield "no collection is at this address"
    elif not rest:
        yield from _object_faults(document, declared, "")
    elif rest[0] == "assign":
        yield from _assign_faults(declared, document)
    elif rest[0] in ACTIONS:
        yield from _parameter_faults(ACTIONS[rest[0]], document)
    else:
        part = schema.members(declared).get(rest[0])
        if part is None:
            yield f"{declared} has no {rest[0]}"
        else:
            yield from _object_faults(document, part.type, rest[0])


def _assign_faults(declared: str, document: dict[str, Any]) -> Iterator[str]:
    link = schema.members(declared).get("assignments")
    if link is None or len(document) != 1 or not document.keys() <= _ASSIGN_KEYS:
        yield f"{declared} is not assigned by {sorted(document)}"
        return
    yield from _parameter_faults(dict.fromkeys(document, f"[{link.type}]"), document)


def _parameter_faults(parameters: dict[str, str], document: dict[str, Any]) -> Iterator[str]:
    for key, value in document.items():
        held = parameters.get(key)
        if held is None:
            yield f"the action has no parameter {key}"
            continue
        kind = MemberKind.COMPLEX if schema.is_known(held.strip("[]")) else MemberKind.PRIMITIVE
        member = Member(
            name=key,
            kind=kind,
            type=held.strip("[]"),
            is_collection=held.startswith("["),
            is_read_only=False,
            is_beta=False,
        )
        yield from _value_faults(value, member, key)


def _object_faults(value: Any, declared: str, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path}: an object is wanted"
        return
    runtime = str(value.get("@odata.type", declared)).removeprefix("#microsoft.graph.")
    if schema.is_abstract(runtime) or not schema.is_known(runtime):
        yield f"{path}: {runtime} is no type an object may have"
    elif declared not in schema.lineage(runtime):
        yield f"{path}: {runtime} cannot stand where {declared} is declared"
    else:
        for key, one in value.items():
            yield from _member_faults(key, one, runtime, f"{path}.{key}".strip("."))


def _member_faults(key: str, value: Any, runtime: str, path: str) -> Iterator[str]:
    known = schema.members(runtime)
    if key == "@odata.type":
        return
    if key.endswith("@odata.bind"):
        link = known.get(key.removesuffix("@odata.bind"))
        if link is None or link.kind is not MemberKind.LINK:
            yield f"{path}: {runtime} has no such link"
        return
    member = known.get(key)
    if member is None:
        yield f"{path}: {runtime} has no such member"
    elif member.is_read_only:
        yield f"{path}: it is read-only"
    elif member.kind is MemberKind.LINK and key not in _INLINE:
        yield f"{path}: a link is not written in a body"
    else:
        yield from _value_faults(value, member, path)


def _value_faults(value: Any, member: Member, path: str) -> Iterator[str]:
    if value is None:
        return
    if not member.is_collection:
        yield from _single_faults(value, member, path)
    elif not isinstance(value, list):
        yield f"{path}: a list is wanted"
    else:
        for number, one in enumerate(value):
            yield from _single_faults(one, member, f"{path}[{number}]")


def _single_faults(value: Any, member: Member, path: str) -> Iterator[str]:
    if member.kind in (MemberKind.COMPLEX, MemberKind.LINK):
        yield from _object_faults(value, member.type, path)
    elif member.kind is MemberKind.PRIMITIVE:
        if not _is_primitive(value, member.type):
            yield f"{path}: {type(value).__name__} is no {member.type}"
    elif not isinstance(value, str):
        yield f"{path}: a text is wanted"
    else:
        known = schema.enum_values(member.type) - {"unknownFutureValue"}
        given = value.split(",") if member.kind is MemberKind.FLAGS else [value]
        for one in given:
            if known and one.strip() not in known:
                yield f"{path}: {member.type} has no value {one.strip()!r}"


def _is_primitive(value: Any, name: str) -> bool:
    match name:
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "string":
            return isinstance(value, str)
        case _:
            return isinstance(value, str) and _is_written_as(value, name)


def _is_written_as(text: str, name: str) -> bool:
    try:
        match name:
            case "binary":
                base64.b64decode(text, validate=True)
            case "date":
                date.fromisoformat(text)
            case "datetime":
                return datetime.fromisoformat(_cut(text)).tzinfo is not None
            case "time":
                time.fromisoformat(_cut(text))
            case "guid":
                return bool(_GUID.fullmatch(text))
            case "duration":
                return bool(re.fullmatch(r"-?P(\d+D)?(T(\d+H)?(\d+M)?([\d.]+S)?)?", text))
    except (ValueError, binascii.Error):
        return False
    return True


def _cut(text: str) -> str:
    """Graph writes seven decimals, Python reads six."""
    return re.sub(r"(\.\d{6})\d+", r"\1", text)
