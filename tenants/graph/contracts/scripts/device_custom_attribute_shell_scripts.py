"""Custom attribute scripts."""

from tenants.graph.contracts.model import Contract, intune

CONTRACT = Contract(
    key="deviceCustomAttributeShellScripts",
    label="Custom attribute script",
    plural="Custom attribute scripts",
    path="deviceManagement/deviceCustomAttributeShellScripts",
    declared_type="#microsoft.graph.deviceCustomAttributeShellScript",
    item_only=True,
    content=frozenset({"scriptContent"}),
    create_only=frozenset({"customAttributeName", "customAttributeType"}),
    assign_key="deviceManagementScriptAssignments",
    folders=("Custom Attributes", "MacCustomAttributes"),
    shape=frozenset({"displayName", "scriptContent", "customAttributeName"}),
    rank=170,
    permissions=intune("Scripts"),
)
