"""Scope tags, filters, roles, and what a tenant shows of itself."""

from tenants.graph.contracts.model import (
    AssignmentWrite,
    Contract,
    Part,
    PartWrite,
    Permissions,
    Restorability,
    intune,
)

LABEL = "Administration"
CONTRACTS = (
    Contract(
        key="roleScopeTags",
        label="Scope tag",
        plural="Scope tags",
        path="deviceManagement/roleScopeTags",
        declared_type="#microsoft.graph.roleScopeTag",
        computed=frozenset({"isBuiltIn", "permissions"}),
        folders=("Scope Tags", "ScopeTags"),
        shape=frozenset({"displayName", "isBuiltIn"}),
        scope_tags_property="",
        rank=10,
        permissions=intune("RBAC"),
    ),
    Contract(
        key="assignmentFilters",
        label="Assignment filter",
        plural="Assignment filters",
        path="deviceManagement/assignmentFilters",
        declared_type="#microsoft.graph.deviceAndAppManagementAssignmentFilter",
        discriminators=("platform",),
        computed=frozenset({"payloads"}),
        create_only=frozenset({"platform"}),
        assignment_write=AssignmentWrite.NONE,
        folders=("Filters", "AssignmentFilters"),
        shape=frozenset({"displayName", "platform", "rule"}),
        scope_tags_property="roleScopeTags",
        rank=20,
        permissions=intune("Configuration"),
    ),
    Contract(
        key="roleDefinitions",
        label="Role",
        plural="Roles",
        path="deviceManagement/roleDefinitions",
        declared_type="#microsoft.graph.roleDefinition",
        states_type=True,
        computed=frozenset(
            {
                "isBuiltIn",
                "isBuiltInRoleDefinition",
                "permissions",
                "rolePermissions.actions",
            }
        ),
        not_restored={
            "roleAssignments": "who holds the role is assigned in the tenant, by its owners",
        },
        assignment_write=AssignmentWrite.NONE,
        folders=("Roles", "RoleDefinitions"),
        shape=frozenset({"displayName", "rolePermissions"}),
        rank=30,
        permissions=intune("RBAC"),
    ),
    Contract(
        key="deviceCategories",
        label="Device category",
        plural="Device categories",
        path="deviceManagement/deviceCategories",
        declared_type="#microsoft.graph.deviceCategory",
        assignment_write=AssignmentWrite.NONE,
        folders=("Device Categories", "DeviceCategories"),
        rank=35,
        permissions=Permissions(
            read="DeviceManagementManagedDevices.Read.All",
            write="DeviceManagementManagedDevices.ReadWrite.All",
        ),
    ),
    Contract(
        key="notificationMessageTemplates",
        label="Notification template",
        plural="Notification templates",
        path="deviceManagement/notificationMessageTemplates",
        declared_type="#microsoft.graph.notificationMessageTemplate",
        parts=(
            Part(
                name="localizedNotificationMessages",
                write=PartWrite.EACH,
                in_create=False,
                key="locale",
            ),
        ),
        # The message that is marked as the default says it.
        computed=frozenset({"defaultLocale"}),
        assignment_write=AssignmentWrite.NONE,
        folders=("Compliance Policies/Message Templates", "Notifications"),
        shape=frozenset({"displayName", "localizedNotificationMessages"}),
        rank=40,
        permissions=intune("ServiceConfig"),
    ),
    Contract(
        key="termsAndConditions",
        label="Terms and conditions",
        plural="Terms and conditions",
        path="deviceManagement/termsAndConditions",
        declared_type="#microsoft.graph.termsAndConditions",
        assignment_write=AssignmentWrite.EACH,
        folders=("TermsAndConditions",),
        shape=frozenset({"displayName", "acceptanceStatement", "bodyText"}),
        rank=45,
        permissions=intune("ServiceConfig"),
    ),
    Contract(
        key="intuneBrandingProfiles",
        label="Company portal branding",
        plural="Company portal branding profiles",
        path="deviceManagement/intuneBrandingProfiles",
        declared_type="#microsoft.graph.intuneBrandingProfile",
        name_property="profileName",
        computed=frozenset({"isDefaultProfile"}),
        folders=("IntuneBranding",),
        shape=frozenset({"profileName", "isDefaultProfile"}),
        rank=50,
        permissions=intune("Apps"),
    ),
    Contract(
        key="policySets",
        label="Policy set",
        plural="Policy sets",
        path="deviceAppManagement/policySets",
        declared_type="#microsoft.graph.policySet",
        restorability=Restorability.CREATE_ONLY,
        restorability_reason=(
            "A policy set names its items by their ids. A new set can be created; the items of an "
            "existing one are changed in Intune."
        ),
        parts=(Part(name="items"),),
        computed=frozenset(
            {
                "errorCode",
                "status",
                "items.createdDateTime",
                "items.displayName",
                "items.errorCode",
                "items.guidedDeploymentTags",
                "items.itemType",
                "items.lastModifiedDateTime",
                "items.status",
            }
        ),
        not_restored={
            "assignments": "assigning a policy set assigns everything in it; that is done in Intune"
        },
        assignment_write=AssignmentWrite.NONE,
        folders=("PolicySets",),
        scope_tags_property="roleScopeTags",
        rank=900,
        permissions=intune("Apps"),
    ),
)
