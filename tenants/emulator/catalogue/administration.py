"""Scope tags, filters, roles, and what a tenant shows its people."""

from tenants.emulator.catalogue.declaration import BOTH, Assigning, Collection, Part, intune, seeded

SCOPE_TAGS = "deviceManagement/roleScopeTags"
FILTERS = "deviceManagement/assignmentFilters"
ROLES = "deviceManagement/roleDefinitions"
ROLE_ASSIGNMENTS = "deviceManagement/roleAssignments"
NOTIFICATIONS = "deviceManagement/notificationMessageTemplates"
POLICY_SETS = "deviceAppManagement/policySets"
APPROVAL_POLICIES = "deviceManagement/operationApprovalPolicies"
APPROVAL_REQUESTS = "deviceManagement/operationApprovalRequests"

_RBAC = intune("RBAC")["read_roles"]

COLLECTIONS = (
    Collection(
        path=SCOPE_TAGS,
        declared_type="roleScopeTag",
        required=("displayName",),
        create_status=200,
        assigning=Assigning.ACTION,
        tags_property="",
        modified_property="",
        server_values={"isBuiltIn": False},
        **intune("RBAC"),
    ),
    Collection(
        path=FILTERS,
        declared_type="deviceAndAppManagementAssignmentFilter",
        required=("displayName", "platform", "rule"),
        fixed=frozenset({"platform"}),
        tags_property="roleScopeTags",
        defaults={"assignmentFilterManagementType": "devices"},
        **intune("Configuration"),
    ),
    Collection(
        path=ROLES,
        declared_type="roleDefinition",
        answered_type="deviceAndAppManagementRoleDefinition",
        versions=BOTH,
        required=("displayName", "rolePermissions"),
        create_status=200,
        modified_property="",
        server_values={"isBuiltIn": False, "isBuiltInRoleDefinition": False},
        **intune("RBAC"),
    ),
    Collection(
        path=ROLE_ASSIGNMENTS,
        declared_type="deviceAndAppManagementRoleAssignment",
        versions=BOTH,
        required=("displayName", "members"),
        modified_property="",
        tags_property="",
        **intune("RBAC"),
    ),
    Collection(
        path=NOTIFICATIONS,
        declared_type="notificationMessageTemplate",
        versions=BOTH,
        required=("displayName",),
        create_status=200,
        parts=(
            Part(
                name="localizedNotificationMessages",
                each=True,
                fixed=frozenset({"locale"}),
            ),
        ),
        **intune("ServiceConfig"),
    ),
    Collection(
        path="deviceManagement/termsAndConditions",
        declared_type="termsAndConditions",
        versions=BOTH,
        required=("displayName", "title", "bodyText", "acceptanceStatement"),
        assigning=Assigning.EACH,
        **intune("ServiceConfig"),
    ),
    Collection(
        path="deviceManagement/intuneBrandingProfiles",
        declared_type="intuneBrandingProfile",
        required=("profileName",),
        assigning=Assigning.ACTION,
        server_values={"isDefaultProfile": False},
        **intune("Apps"),
    ),
    Collection(
        path="deviceManagement/deviceCategories",
        declared_type="deviceCategory",
        versions=BOTH,
        required=("displayName",),
        modified_property="",
        **intune("ManagedDevices"),
    ),
    Collection(
        path=POLICY_SETS,
        declared_type="policySet",
        required=("displayName",),
        parts=(Part(name="items", in_create=True),),
        actions=("update",),
        assigning=Assigning.WITHIN,
        tags_property="roleScopeTags",
        **intune("Apps"),
    ),
    seeded(APPROVAL_POLICIES, "operationApprovalPolicy", *_RBAC),
    seeded(APPROVAL_REQUESTS, "operationApprovalRequest", *_RBAC),
)
