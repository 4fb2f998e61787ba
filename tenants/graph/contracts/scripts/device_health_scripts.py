"""Remediations."""

from tenants.graph.contracts.model import Contract, intune

CONTRACT = Contract(
    key="deviceHealthScripts",
    label="Remediation",
    plural="Remediations",
    path="deviceManagement/deviceHealthScripts",
    declared_type="#microsoft.graph.deviceHealthScript",
    item_only=True,
    content=frozenset({"detectionScriptContent"}),
    computed=frozenset({"deviceHealthScriptType", "highestAvailableVersion", "isGlobalScript"}),
    assign_key="deviceHealthScriptAssignments",
    folders=("Proactive Remediations", "DeviceHealthScripts", "Device Health Scripts"),
    shape=frozenset({"displayName", "detectionScriptContent", "remediationScriptContent"}),
    rank=175,
    permissions=intune("Scripts"),
)
