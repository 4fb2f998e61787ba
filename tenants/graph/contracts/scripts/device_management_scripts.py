"""PowerShell scripts."""

from tenants.graph.contracts.model import Contract, intune

CONTRACT = Contract(
    key="deviceManagementScripts",
    label="PowerShell script",
    plural="PowerShell scripts",
    path="deviceManagement/deviceManagementScripts",
    declared_type="#microsoft.graph.deviceManagementScript",
    item_only=True,
    content=frozenset({"scriptContent"}),
    assign_key="deviceManagementScriptAssignments",
    folders=("Scripts/Powershell", "PowerShellScripts", "Device Management Scripts"),
    shape=frozenset({"displayName", "scriptContent", "enforceSignatureCheck"}),
    rank=160,
    permissions=intune("Scripts"),
)
