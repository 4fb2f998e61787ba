"""Driver update profiles."""

from tenants.graph.contracts.model import Contract, intune

CONTRACT = Contract(
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
)
