"""Windows 365 user settings."""

from tenants.graph.contracts.cloud_pc.shared import PERMISSIONS
from tenants.graph.contracts.model import Contract

CONTRACT = Contract(
    key="userSettings",
    label="Windows 365 user setting",
    plural="Windows 365 user settings",
    path="deviceManagement/virtualEndpoint/userSettings",
    declared_type="#microsoft.graph.cloudPcUserSetting",
    folders=("W365UserSettings",),
    shape=frozenset({"displayName", "restorePointSetting"}),
    scope_tags_property="",
    rank=790,
    permissions=PERMISSIONS,
)
