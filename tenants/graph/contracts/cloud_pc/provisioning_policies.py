"""Windows 365 provisioning policies."""

from tenants.graph.contracts.cloud_pc.shared import PERMISSIONS
from tenants.graph.contracts.model import Contract

CONTRACT = Contract(
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
    permissions=PERMISSIONS,
)
