"""Feature update profiles."""

from tenants.graph.contracts.model import Contract, intune

CONTRACT = Contract(
    key="windowsFeatureUpdateProfiles",
    label="Feature update profile",
    plural="Feature update profiles",
    path="deviceManagement/windowsFeatureUpdateProfiles",
    declared_type="#microsoft.graph.windowsFeatureUpdateProfile",
    computed=frozenset({"deployableContentDisplayName", "endOfSupportDate"}),
    create_only=frozenset({"installLatestWindows10OnWindows11IneligibleDevice"}),
    folders=("Feature Updates", "FeatureUpdates"),
    shape=frozenset({"displayName", "featureUpdateVersion"}),
    rank=210,
    permissions=intune("Configuration"),
)
