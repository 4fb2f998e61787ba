"""What Graph wants for each policy type: the only place that knows one type from another."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tenants.graph.assignments import normal_assignments
from tenants.graph.payloads import (
    TYPE,
    Json,
    Payload,
    type_of,
    value_at,
    with_value_at,
    without_annotations,
    without_nulls,
    without_paths,
)

INTUNE = "intune"
CONDITIONAL_ACCESS = "conditional_access"

_CONFIGURATION = "DeviceManagementConfiguration"
_SCRIPTS = "DeviceManagementScripts"
_RBAC = "DeviceManagementRBAC"

# What every type carries and none accepts back.
_READ_ONLY = frozenset(
    {
        "id",
        "createdDateTime",
        "lastModifiedDateTime",
        "modifiedDateTime",
        "version",
        "isAssigned",
        "supportsScopeTags",
        "assignments",
    }
)
# Navigation properties: reports about devices that an expanded export may hold.
_REPORTS = frozenset(
    {
        "deviceRunStates",
        "deviceSettingStateSummaries",
        "deviceStatusOverview",
        "deviceStatuses",
        "groupAssignments",
        "runSummary",
        "userRunStates",
        "userStatusOverview",
        "userStatuses",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SubCollection:
    """Members that Graph lists at an address of their own, page by page."""

    name: str
    count_property: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateAction:
    """A property that an update leaves out, because an action of its own replaces it."""

    name: str
    action: str
    body_key: str


class UnrecognisedPayloadError(ValueError):
    """A payload that no contract covers; the message says why in plain words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """One policy type. Property paths are dotted and go through arrays."""

    key: str
    label: str
    plural: str
    version: Literal["beta", "v1.0"] = "beta"
    path: str
    name_property: str = "displayName"
    declared_type: str
    polymorphic: bool = False
    # The concrete types of a polymorphic contract.
    type_pattern: str = ""
    update_method: Literal["PATCH", "PUT"] = "PATCH"
    # Beside type and name, what tells two items apart.
    discriminators: tuple[str, ...] = ()
    expand: str = ""
    sub_collections: tuple[SubCollection, ...] = ()
    # The list leaves content out: each item has to be fetched.
    item_only: bool = False
    read_only: frozenset[str] = field(default=_READ_ONLY)
    create_only: frozenset[str] = frozenset()
    unassigned: bool = False
    assign_key: str = "assignments"
    update_actions: tuple[UpdateAction, ...] = ()
    # Where the exports of known backup tools keep this type; a tie-break, never a proof.
    folders: tuple[str, ...] = ()
    # The properties that only this type has together.
    shape: frozenset[str] = frozenset()
    # Arrays whose order means nothing, by property name at any depth.
    sets: frozenset[str] = frozenset({"roleScopeTagIds"})
    # Comma-separated flags whose order means nothing, by path.
    flags: frozenset[str] = frozenset()
    # Nested types Graph leaves out of its answers because nothing else can stand there.
    declared_members: frozenset[str] = frozenset()
    # Properties in which the zero guid means "none", by name at any depth.
    zero_means_none: frozenset[str] = frozenset()
    # Arrays of group ids outside the assignments, by path.
    included_groups: tuple[str, ...] = ()
    excluded_groups: tuple[str, ...] = ()
    scope_tags_property: str = "roleScopeTagIds"
    rank: int
    read_permission: str
    write_permission: str
    workload: str = INTUNE


def _types(*names: str) -> frozenset[str]:
    return frozenset(f"#microsoft.graph.{name}" for name in names)


_ALL = (
    Contract(
        key="roleScopeTags",
        label="Scope tag",
        plural="Scope tags",
        path="deviceManagement/roleScopeTags",
        declared_type="#microsoft.graph.roleScopeTag",
        read_only=_READ_ONLY | {"isBuiltIn"},
        folders=("Scope Tags", "ScopeTags"),
        shape=frozenset({"displayName", "isBuiltIn"}),
        sets=frozenset(),
        scope_tags_property="",
        rank=10,
        read_permission=f"{_RBAC}.Read.All",
        write_permission=f"{_RBAC}.ReadWrite.All",
    ),
    Contract(
        key="assignmentFilters",
        label="Assignment filter",
        plural="Assignment filters",
        path="deviceManagement/assignmentFilters",
        declared_type="#microsoft.graph.deviceAndAppManagementAssignmentFilter",
        discriminators=("platform",),
        read_only=_READ_ONLY | {"payloads"},
        create_only=frozenset({"platform"}),
        unassigned=True,
        folders=("Filters", "AssignmentFilters"),
        shape=frozenset({"displayName", "platform", "rule"}),
        sets=frozenset({"roleScopeTags"}),
        scope_tags_property="roleScopeTags",
        rank=20,
        read_permission=f"{_CONFIGURATION}.Read.All",
        write_permission=f"{_CONFIGURATION}.ReadWrite.All",
    ),
    Contract(
        key="deviceManagementScripts",
        label="PowerShell script",
        plural="PowerShell scripts",
        path="deviceManagement/deviceManagementScripts",
        declared_type="#microsoft.graph.deviceManagementScript",
        item_only=True,
        read_only=_READ_ONLY | _REPORTS,
        assign_key="deviceManagementScriptAssignments",
        folders=("Scripts/Powershell", "PowerShellScripts", "Device Management Scripts"),
        shape=frozenset({"displayName", "scriptContent", "enforceSignatureCheck"}),
        rank=30,
        read_permission=f"{_SCRIPTS}.Read.All",
        write_permission=f"{_SCRIPTS}.ReadWrite.All",
    ),
    Contract(
        key="deviceConfigurations",
        label="Device configuration",
        plural="Device configurations",
        path="deviceManagement/deviceConfigurations",
        declared_type="#microsoft.graph.deviceConfiguration",
        polymorphic=True,
        type_pattern=(
            r"(?!unsupportedDeviceConfiguration$|groupPolicyConfiguration$"
            r"|.*(?:Enrollment|MobileApp|ManagedApp|AutoUpdateSetting).*Configuration$)"
            r"\w+(?:Configuration(?:Base)?|CertificateProfile(?:Base)?|RootCertificate)"
        ),
        # Pause dates and rollback flags are commands of the day, not configuration.
        read_only=_READ_ONLY
        | _REPORTS
        | {
            "featureUpdatesPauseStartDate",
            "featureUpdatesWillBeRolledBack",
            "omaSettings.isEncrypted",
            "omaSettings.secretReferenceValueId",
            "privacyAccessControls",
            "qualityUpdatesPauseStartDate",
            "qualityUpdatesWillBeRolledBack",
        },
        folders=(
            "Device Configurations",
            "DeviceConfiguration",
            "UpdatePolicies",
        ),
        sets=frozenset({"roleScopeTagIds", "omaSettings"}),
        declared_members=_types(
            "deviceManagementApplicabilityRuleDeviceMode",
            "deviceManagementApplicabilityRuleOsEdition",
            "deviceManagementApplicabilityRuleOsVersion",
        ),
        rank=40,
        read_permission=f"{_CONFIGURATION}.Read.All",
        write_permission=f"{_CONFIGURATION}.ReadWrite.All",
    ),
    Contract(
        key="windowsDriverUpdateProfiles",
        label="Driver update profile",
        plural="Driver update profiles",
        path="deviceManagement/windowsDriverUpdateProfiles",
        declared_type="#microsoft.graph.windowsDriverUpdateProfile",
        read_only=_READ_ONLY
        | {"deviceReporting", "driverInventories", "inventorySyncStatus", "newUpdates"},
        create_only=frozenset({"approvalType"}),
        folders=("Driver Updates", "DriverUpdateProfiles"),
        shape=frozenset({"displayName", "approvalType"}),
        rank=50,
        read_permission=f"{_CONFIGURATION}.Read.All",
        write_permission=f"{_CONFIGURATION}.ReadWrite.All",
    ),
    Contract(
        key="deviceCompliancePolicies",
        label="Compliance policy",
        plural="Compliance policies",
        path="deviceManagement/deviceCompliancePolicies",
        declared_type="#microsoft.graph.deviceCompliancePolicy",
        polymorphic=True,
        type_pattern=r"(?!deviceManagementCompliancePolicy$)\w+CompliancePolicy",
        expand="scheduledActionsForRule($expand=scheduledActionConfigurations)",
        read_only=_READ_ONLY
        | _REPORTS
        | {
            "deviceSettings",
            "scheduledActionsForRule.id",
            "scheduledActionsForRule.scheduledActionConfigurations.id",
        },
        update_actions=(
            UpdateAction(
                name="scheduledActionsForRule",
                action="scheduleActionsForRules",
                body_key="deviceComplianceScheduledActionForRules",
            ),
        ),
        folders=(
            "Compliance Policies/Policies",
            "CompliancePolicies",
            "Device Compliance Policies",
        ),
        sets=frozenset(
            {
                "notificationMessageCCList",
                "roleScopeTagIds",
                "scheduledActionConfigurations",
                "scheduledActionsForRule",
                "validOperatingSystemBuildRanges",
            }
        ),
        declared_members=_types(
            "deviceComplianceActionItem",
            "deviceCompliancePolicyScript",
            "deviceComplianceScheduledActionForRule",
            "operatingSystemVersionRange",
        ),
        zero_means_none=frozenset({"notificationTemplateId"}),
        rank=60,
        read_permission=f"{_CONFIGURATION}.Read.All",
        write_permission=f"{_CONFIGURATION}.ReadWrite.All",
    ),
    Contract(
        key="configurationPolicies",
        label="Settings catalog policy",
        plural="Settings catalog policies",
        path="deviceManagement/configurationPolicies",
        name_property="name",
        declared_type="#microsoft.graph.deviceManagementConfigurationPolicy",
        # Graph has no route to change one setting: the whole policy is replaced.
        update_method="PUT",
        discriminators=("platforms", "technologies", "templateReference.templateFamily"),
        sub_collections=(SubCollection(name="settings", count_property="settingCount"),),
        read_only=_READ_ONLY
        | {
            "creationSource",
            "priorityMetaData",
            "settingCount",
            "settings.id",
            "settings.settingDefinitions",
            # Graph looks both up from the template id, in words that change with the service.
            "templateReference.templateDisplayName",
            "templateReference.templateDisplayVersion",
        },
        create_only=frozenset({"platforms", "technologies", "templateReference"}),
        folders=("Settings Catalog", "SettingsCatalog", "NativeImport"),
        shape=frozenset({"name", "settings", "technologies"}),
        sets=frozenset({"children", "roleScopeTagIds", "settings"}),
        flags=frozenset({"platforms", "technologies"}),
        declared_members=_types(
            "deviceManagementConfigurationChoiceSettingValue",
            "deviceManagementConfigurationGroupSettingValue",
            "deviceManagementConfigurationPolicyTemplateReference",
            "deviceManagementConfigurationSetting",
            "deviceManagementConfigurationSettingInstanceTemplateReference",
            "deviceManagementConfigurationSettingValueTemplateReference",
        ),
        rank=70,
        read_permission=f"{_CONFIGURATION}.Read.All",
        write_permission=f"{_CONFIGURATION}.ReadWrite.All",
    ),
    Contract(
        key="conditionalAccessPolicies",
        label="Conditional access policy",
        plural="Conditional access policies",
        version="v1.0",
        path="identity/conditionalAccess/policies",
        declared_type="#microsoft.graph.conditionalAccessPolicy",
        # An authentication strength is referred to by its id; the rest is its definition.
        read_only=_READ_ONLY
        | {
            "conditions.deviceStates",
            "deletedDateTime",
            "partialEnablementStrategy",
            "templateId",
        }
        | {
            f"grantControls.authenticationStrength.{name}"
            for name in (
                TYPE,
                "allowedCombinations",
                "combinationConfigurations",
                "createdDateTime",
                "description",
                "displayName",
                "modifiedDateTime",
                "policyType",
                "requirementsSatisfied",
            )
        },
        unassigned=True,
        folders=("Conditional Access", "ConditionalAccess"),
        shape=frozenset({"displayName", "conditions", "grantControls"}),
        sets=frozenset(
            {
                "authenticationContextClassReferences",
                "builtInControls",
                "clientAppTypes",
                "customAuthenticationFactors",
                "excludeApplications",
                "excludeGroups",
                "excludeLocations",
                "excludePlatforms",
                "excludeRoles",
                "excludeServicePrincipals",
                "excludeUsers",
                "includeApplications",
                "includeAuthenticationContextClassReferences",
                "includeGroups",
                "includeLocations",
                "includePlatforms",
                "includeRoles",
                "includeServicePrincipals",
                "includeUserActions",
                "includeUsers",
                "members",
                "servicePrincipalRiskLevels",
                "signInRiskLevels",
                "termsOfUse",
                "userRiskLevels",
            }
        ),
        declared_members=_types(
            "applicationEnforcedRestrictionsSessionControl",
            "cloudAppSecuritySessionControl",
            "conditionalAccessApplications",
            "conditionalAccessClientApplications",
            "conditionalAccessConditionSet",
            "conditionalAccessDevices",
            "conditionalAccessFilter",
            "conditionalAccessGrantControls",
            "conditionalAccessGuestsOrExternalUsers",
            "conditionalAccessLocations",
            "conditionalAccessPlatforms",
            "conditionalAccessSessionControls",
            "conditionalAccessUsers",
            "persistentBrowserSessionControl",
            "signInFrequencySessionControl",
        ),
        included_groups=("conditions.users.includeGroups",),
        excluded_groups=("conditions.users.excludeGroups",),
        scope_tags_property="",
        rank=80,
        read_permission="Policy.Read.All",
        write_permission="Policy.ReadWrite.ConditionalAccess",
        workload=CONDITIONAL_ACCESS,
    ),
)

CONTRACTS: dict[str, Contract] = {entry.key: entry for entry in _ALL}
# What other policies refer to by id.
FOUNDATIONS = frozenset({"roleScopeTags", "assignmentFilters"})

_BUILT_IN_SCOPE_TAG = "0"
_SERVICE_ROOTS = ("deviceManagement/", "identity/conditionalAccess/", "deviceAppManagement/")


def contract(key: str) -> Contract:
    """The contract of a Graph entity set; KeyError where the product has none."""
    return CONTRACTS[key]


def recognise(payload: Any, *, folder: str = "") -> Contract:
    """The contract a payload falls under; what Graph wrote into it speaks before its folder."""
    if not isinstance(payload, Mapping):
        raise UnrecognisedPayloadError("It is not a JSON object.")
    by_context = _by_context(payload)
    by_type = _by_type(payload)
    if by_context and by_type and by_context != by_type:
        raise UnrecognisedPayloadError(
            f"Its @odata.context says {by_context.label.lower()}, its @odata.type says "
            f"{by_type.label.lower()}."
        )
    found = by_context or by_type or _by_shape(payload, folder)
    if found.polymorphic and not type_of(payload):
        raise UnrecognisedPayloadError(
            f"It has no @odata.type, so which {found.label.lower()} it is cannot be told."
        )
    if not name_of(found, payload).strip():
        raise UnrecognisedPayloadError(f"It has no {found.name_property}.")
    return found


def name_of(contract: Contract, payload: Payload) -> str:
    name = payload.get(contract.name_property)
    return name if isinstance(name, str) else ""


def is_built_in(contract: Contract, payload: Payload) -> bool:
    """Whether every tenant has this item by itself, so that it is never created."""
    if contract.key != "roleScopeTags":
        return False
    return bool(payload.get("isBuiltIn")) or payload.get("id") == _BUILT_IN_SCOPE_TAG


def match_key(contract: Contract, payload: Payload) -> tuple[str, ...]:
    """What a backed-up item and a live one share when they are the same policy."""
    policy_type = type_of(payload) if contract.polymorphic else contract.declared_type
    name = unicodedata.normalize("NFC", name_of(contract, payload)).strip().casefold()
    parts = (_discriminator(value_at(payload, path)) for path in contract.discriminators)
    return (policy_type, name, *parts)


def creation_body(contract: Contract, payload: Payload) -> Json:
    """The body that creates the item anew, assignments apart."""
    return _object(without_nulls(_writable(contract, payload)))


def update_body(contract: Contract, payload: Payload) -> Json:
    """The body that makes an existing item equal to the payload, update actions apart.

    A PATCH leaves alone what it does not name, so a null stays in to clear a live value; a PUT
    replaces everything and names only what there is.
    """
    if contract.update_method == "PUT":
        return creation_body(contract, payload)
    left_out = contract.create_only | {action.name for action in contract.update_actions}
    return _object(without_paths(_writable(contract, payload), left_out))


def assign_body(contract: Contract, assignments: Iterable[Payload]) -> Json:
    """The body that replaces the whole set of assignments."""
    if contract.unassigned:
        raise ValueError(f"{contract.plural} have no assignments.")
    return {contract.assign_key: normal_assignments(assignments)}


def workload_of(path: str) -> str:
    """The service whose limits a request to this path counts against."""
    return next((entry.workload for entry in _ALL if path.startswith(entry.path)), INTUNE)


def _writable(contract: Contract, payload: Payload) -> Json:
    body = _object(without_paths(without_annotations(payload), contract.read_only))
    if not contract.polymorphic:
        body.pop(TYPE, None)
    if contract.workload == CONDITIONAL_ACCESS:
        body = with_value_at(body, "sessionControls.disableResilienceDefaults", _only_true)
    return body


def _only_true(value: Any) -> bool | None:
    # Graph exports False here and refuses it back.
    return True if value is True else None


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise TypeError("A policy payload is a JSON object.")
    return value


def _discriminator(value: Any) -> str:
    if value in (None, "none"):
        return ""
    return ",".join(sorted(part.strip().casefold() for part in str(value).split(",")))


def _by_context(payload: Payload) -> Contract | None:
    context = payload.get("@odata.context")
    if not isinstance(context, str) or "#" not in context:
        return None
    entity_set = _entity_set(context.partition("#")[2])
    for entry in _ALL:
        if entity_set == entry.path:
            return entry
    if entity_set.startswith(_SERVICE_ROOTS):
        raise UnrecognisedPayloadError(f"Policies of {entity_set} are not supported.")
    return None


def _entity_set(fragment: str) -> str:
    """`a/b(c(),d())/microsoft.graph.e/$entity` is about the entity set `a/b`."""
    path = re.sub(r"\([^'].*\)|\(\)", "", fragment.removesuffix("/$entity"))
    segments = (part for part in path.split("/") if not part.startswith("microsoft.graph."))
    return "/".join(segments)


def _by_type(payload: Payload) -> Contract | None:
    type_name = type_of(payload)
    if not type_name:
        return None
    for entry in _ALL:
        if not entry.polymorphic and type_name == entry.declared_type:
            return entry
        concrete = type_name.removeprefix("#microsoft.graph.")
        if entry.polymorphic and re.fullmatch(entry.type_pattern, concrete):
            return entry
    if type_name == "#microsoft.graph.unsupportedDeviceConfiguration":
        raise UnrecognisedPayloadError("Graph could not express this policy when it was captured.")
    raise UnrecognisedPayloadError(f"Policies of type {type_name} are not supported.")


def _by_shape(payload: Payload, folder: str) -> Contract:
    fitting = [entry for entry in _ALL if entry.shape and entry.shape <= payload.keys()]
    if len(fitting) == 1 and not _is_newer_compliance(payload):
        return fitting[0]
    tail = folder.replace("\\", "/").strip("/").casefold()
    for entry in fitting or _ALL:
        if any(f"/{tail}".endswith(f"/{name.casefold()}") for name in entry.folders):
            return entry
    raise UnrecognisedPayloadError("Nothing in it says which kind of policy it is.")


def _is_newer_compliance(payload: Payload) -> bool:
    # It looks like a settings catalog policy but has scheduled actions.
    return "settings" in payload and "scheduledActionsForRule" in payload
