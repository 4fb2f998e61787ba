"""Quality update profiles."""

from tenants.graph.contracts.model import Contract, intune

CONTRACT = Contract(
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
)
