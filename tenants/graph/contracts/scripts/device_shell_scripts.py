"""Shell scripts."""

from tenants.graph.contracts.model import Contract, intune

CONTRACT = Contract(
    key="deviceShellScripts",
    label="Shell script",
    plural="Shell scripts",
    path="deviceManagement/deviceShellScripts",
    declared_type="#microsoft.graph.deviceShellScript",
    item_only=True,
    content=frozenset({"scriptContent"}),
    assign_key="deviceManagementScriptAssignments",
    folders=("Scripts/Shell", "MacScripts"),
    shape=frozenset({"displayName", "scriptContent", "retryCount"}),
    rank=165,
    permissions=intune("Scripts"),
)
