"""Reusable settings."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, intune

CONTRACT = Contract(
    key="reusablePolicySettings",
    label="Reusable setting",
    plural="Reusable settings",
    path="deviceManagement/reusablePolicySettings",
    declared_type="#microsoft.graph.deviceManagementReusablePolicySetting",
    update_method="PUT",
    discriminators=("settingDefinitionId",),
    item_only=True,
    content=frozenset({"settingInstance"}),
    create_only=frozenset({"settingDefinitionId"}),
    assignment_write=AssignmentWrite.NONE,
    folders=("ReusableSettings",),
    shape=frozenset({"displayName", "settingDefinitionId", "settingInstance"}),
    scope_tags_property="",
    rank=100,
    permissions=intune("Configuration"),
)
