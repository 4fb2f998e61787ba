"""Windows 365."""

from tenants.graph.contracts.model import Contract, Permissions

_PERMISSIONS = Permissions(read="CloudPC.Read.All", write="CloudPC.ReadWrite.All")

LABEL = "Windows 365"
CONTRACTS = (
    Contract(
        key="provisioningPolicies",
        label="Windows 365 provisioning policy",
        plural="Windows 365 provisioning policies",
        path="deviceManagement/virtualEndpoint/provisioningPolicies",
        declared_type="#microsoft.graph.cloudPcProvisioningPolicy",
        computed=frozenset({"createdBy", "lastModifiedBy", "imageDisplayName", "managedBy"}),
        create_only=frozenset({"provisioningType"}),
        folders=("W365ProvisioningPolicies",),
        shape=frozenset({"displayName", "provisioningType"}),
        scope_tags_property="scopeIds",
        rank=780,
        permissions=_PERMISSIONS,
    ),
    Contract(
        key="userSettings",
        label="Windows 365 user setting",
        plural="Windows 365 user settings",
        path="deviceManagement/virtualEndpoint/userSettings",
        declared_type="#microsoft.graph.cloudPcUserSetting",
        folders=("W365UserSettings",),
        shape=frozenset({"displayName", "restorePointSetting"}),
        scope_tags_property="",
        rank=790,
        permissions=_PERMISSIONS,
    ),
)
