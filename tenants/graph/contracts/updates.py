"""Windows updates: feature, quality, hotpatch and drivers."""

from tenants.graph.contracts.model import Contract, intune

LABEL = "Windows updates"
CONTRACTS = (
    Contract(
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
    ),
    Contract(
        key="windowsQualityUpdateProfiles",
        label="Quality update profile",
        plural="Quality update profiles",
        path="deviceManagement/windowsQualityUpdateProfiles",
        declared_type="#microsoft.graph.windowsQualityUpdateProfile",
        computed=frozenset({"deployableContentDisplayName", "releaseDateDisplayName"}),
        folders=("Quality Updates", "QualityUpdates"),
        shape=frozenset({"displayName", "expeditedUpdateSettings"}),
        rank=220,
        permissions=intune("Configuration"),
    ),
    Contract(
        key="windowsQualityUpdatePolicies",
        label="Quality update policy",
        plural="Quality update policies",
        path="deviceManagement/windowsQualityUpdatePolicies",
        declared_type="#microsoft.graph.windowsQualityUpdatePolicy",
        shape=frozenset({"displayName", "hotpatchEnabled"}),
        rank=230,
        permissions=intune("Configuration"),
    ),
    Contract(
        key="windowsDriverUpdateProfiles",
        label="Driver update profile",
        plural="Driver update profiles",
        path="deviceManagement/windowsDriverUpdateProfiles",
        declared_type="#microsoft.graph.windowsDriverUpdateProfile",
        computed=frozenset({"deviceReporting", "inventorySyncStatus", "newUpdates"}),
        not_restored={"driverInventories": "approvals of single drivers are made in Intune"},
        create_only=frozenset({"approvalType"}),
        folders=("Driver Updates", "DriverUpdateProfiles"),
        shape=frozenset({"displayName", "approvalType"}),
        rank=240,
        permissions=intune("Configuration"),
    ),
)
