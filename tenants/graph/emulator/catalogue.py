"""The collections the emulator serves, and the rules each has."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

BETA = frozenset({"beta"})
BOTH = frozenset({"beta", "v1.0"})


class Family(StrEnum):
    """The service behind a collection: each words its refusals in its own way."""

    INTUNE = "intune"
    ACCESS = "access"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    path: str
    declared_type: str
    family: Family
    versions: frozenset[str]
    read_roles: tuple[str, ...]  # one of these suffices
    write_roles: tuple[str, ...] = ()  # all of these are needed; none: the collection is read-only
    polymorphic: bool = False
    required: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()  # contained entities that are written with the item
    create_status: int = 201
    update_status: int = 200
    replace_status: int | None = None
    assign_key: str = ""
    assign_status: int = 200
    assignment_type: str = ""
    tags_property: str = ""
    modified_property: str = "lastModifiedDateTime"
    item_only: tuple[str, ...] = ()  # the list answers null for these
    defaults: dict[str, Any] = field(default_factory=dict)
    server_values: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]


def _intune_roles(area: str) -> tuple[str, str]:
    return (f"DeviceManagement{area}.Read.All", f"DeviceManagement{area}.ReadWrite.All")


_CONFIGURATION = _intune_roles("Configuration")
_SCRIPTS = _intune_roles("Scripts")
_RBAC = _intune_roles("RBAC")
_POLICY_READ = ("Policy.Read.All", "Policy.Read.ConditionalAccess")
_DIRECTORY_READ = ("Directory.Read.All", "Directory.ReadWrite.All")
_GROUP_READ = ("Group.Read.All", "Group.ReadWrite.All", *_DIRECTORY_READ)

TEMPLATE_NONE = {
    "templateId": "",
    "templateFamily": "none",
    "templateDisplayName": None,
    "templateDisplayVersion": None,
}

SCOPE_TAGS = "deviceManagement/roleScopeTags"
FILTERS = "deviceManagement/assignmentFilters"
CATALOG = "deviceManagement/configurationPolicies"
COMPLIANCE = "deviceManagement/deviceCompliancePolicies"
DEVICE_CONFIGURATIONS = "deviceManagement/deviceConfigurations"
DRIVERS = "deviceManagement/windowsDriverUpdateProfiles"
SCRIPTS = "deviceManagement/deviceManagementScripts"
CONDITIONAL_ACCESS = "identity/conditionalAccess/policies"
NAMED_LOCATIONS = "identity/conditionalAccess/namedLocations"
GROUPS = "groups"
APPROVAL_REQUESTS = "deviceManagement/operationApprovalRequests"

_WRITABLE = (
    Collection(
        path=SCOPE_TAGS,
        declared_type="roleScopeTag",
        family=Family.INTUNE,
        versions=BETA,
        read_roles=_RBAC,
        write_roles=_RBAC[1:],
        required=("displayName",),
        create_status=200,
        assign_key="assignments",
        assignment_type="roleScopeTagAutoAssignment",
        modified_property="",
        server_values={"isBuiltIn": False},
    ),
    Collection(
        path=FILTERS,
        declared_type="deviceAndAppManagementAssignmentFilter",
        family=Family.INTUNE,
        versions=BETA,
        read_roles=_CONFIGURATION,
        write_roles=_CONFIGURATION[1:],
        required=("displayName", "platform", "rule"),
        tags_property="roleScopeTags",
        defaults={"assignmentFilterManagementType": "devices"},
    ),
    Collection(
        path=CATALOG,
        declared_type="deviceManagementConfigurationPolicy",
        family=Family.INTUNE,
        versions=BETA,
        read_roles=_CONFIGURATION,
        write_roles=_CONFIGURATION[1:],
        required=("name", "platforms", "technologies", "settings"),
        parts=("settings",),
        replace_status=204,
        assign_key="assignments",
        assignment_type="deviceManagementConfigurationPolicyAssignment",
        tags_property="roleScopeTagIds",
        defaults={"templateReference": TEMPLATE_NONE},
    ),
    Collection(
        path=COMPLIANCE,
        declared_type="deviceCompliancePolicy",
        family=Family.INTUNE,
        versions=BOTH,
        read_roles=_CONFIGURATION,
        write_roles=_CONFIGURATION[1:],
        polymorphic=True,
        required=("displayName",),
        parts=("scheduledActionsForRule",),
        assign_key="assignments",
        assignment_type="deviceCompliancePolicyAssignment",
        tags_property="roleScopeTagIds",
    ),
    Collection(
        path=DEVICE_CONFIGURATIONS,
        declared_type="deviceConfiguration",
        family=Family.INTUNE,
        versions=BOTH,
        read_roles=_CONFIGURATION,
        write_roles=_CONFIGURATION[1:],
        polymorphic=True,
        required=("displayName",),
        assign_key="assignments",
        assignment_type="deviceConfigurationAssignment",
        tags_property="roleScopeTagIds",
        server_values={"supportsScopeTags": True},
    ),
    Collection(
        path=DRIVERS,
        declared_type="windowsDriverUpdateProfile",
        family=Family.INTUNE,
        versions=BETA,
        read_roles=_CONFIGURATION,
        write_roles=_CONFIGURATION[1:],
        required=("displayName", "approvalType"),
        assign_key="assignments",
        assign_status=204,
        assignment_type="windowsDriverUpdateProfileAssignment",
        tags_property="roleScopeTagIds",
        server_values={"newUpdates": 0, "deviceReporting": None, "inventorySyncStatus": None},
    ),
    Collection(
        path=SCRIPTS,
        declared_type="deviceManagementScript",
        family=Family.INTUNE,
        versions=BETA,
        read_roles=_SCRIPTS,
        write_roles=_SCRIPTS[1:],
        required=("displayName", "scriptContent", "fileName", "runAsAccount"),
        assign_key="deviceManagementScriptAssignments",
        assignment_type="deviceManagementScriptAssignment",
        tags_property="roleScopeTagIds",
        item_only=("scriptContent",),
    ),
    Collection(
        path=CONDITIONAL_ACCESS,
        declared_type="conditionalAccessPolicy",
        family=Family.ACCESS,
        versions=BOTH,
        read_roles=_POLICY_READ,
        write_roles=(
            "Policy.Read.All",
            "Policy.ReadWrite.ConditionalAccess",
            "Application.Read.All",
        ),
        required=("displayName", "state", "conditions"),
        update_status=204,
        modified_property="modifiedDateTime",
    ),
)


def _seeded(
    path: str, declared_type: str, family: Family, versions: frozenset[str], *roles: str
) -> Collection:
    """A collection that clients may only read: its objects come from the seed."""
    return Collection(
        path=path,
        declared_type=declared_type,
        family=family,
        versions=versions,
        read_roles=roles,
        modified_property="",
    )


_READABLE = (
    _seeded(GROUPS, "group", Family.DIRECTORY, BOTH, *_GROUP_READ, "GroupMember.Read.All"),
    _seeded("users", "user", Family.DIRECTORY, BOTH, "User.Read.All", *_DIRECTORY_READ),
    _seeded(NAMED_LOCATIONS, "namedLocation", Family.ACCESS, BOTH, *_POLICY_READ),
    _seeded(
        "deviceManagement/operationApprovalPolicies",
        "operationApprovalPolicy",
        Family.INTUNE,
        BETA,
        *_RBAC,
    ),
    _seeded(APPROVAL_REQUESTS, "operationApprovalRequest", Family.INTUNE, BETA, *_RBAC),
    _seeded(
        "deviceManagement/notificationMessageTemplates",
        "notificationMessageTemplate",
        Family.INTUNE,
        BOTH,
        *_intune_roles("ServiceConfig"),
    ),
)

COLLECTIONS = {collection.path: collection for collection in (*_WRITABLE, *_READABLE)}
ORGANIZATION_ROLES = ("Organization.Read.All", "Organization.ReadWrite.All", *_DIRECTORY_READ)
GET_BY_IDS_ROLES = (*_GROUP_READ, "GroupMember.Read.All")


def collection_at(segments: list[str]) -> tuple[Collection, list[str]] | None:
    """The collection a path starts with, and the rest of the path."""
    for length in (3, 2, 1):
        found = COLLECTIONS.get("/".join(segments[:length]))
        if found and len(segments) >= length:
            return found, segments[length:]
    return None
