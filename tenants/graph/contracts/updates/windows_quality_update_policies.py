"""Quality update policies."""

from tenants.graph.contracts.model import Contract, intune

CONTRACT = Contract(
    key="windowsQualityUpdatePolicies",
    label="Quality update policy",
    plural="Quality update policies",
    path="deviceManagement/windowsQualityUpdatePolicies",
    declared_type="#microsoft.graph.windowsQualityUpdatePolicy",
    shape=frozenset({"displayName", "hotpatchEnabled"}),
    rank=230,
    permissions=intune("Configuration"),
)
