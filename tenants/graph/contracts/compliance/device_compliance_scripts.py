"""Compliance scripts."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, intune

CONTRACT = Contract(
    key="deviceComplianceScripts",
    label="Compliance script",
    plural="Compliance scripts",
    path="deviceManagement/deviceComplianceScripts",
    declared_type="#microsoft.graph.deviceComplianceScript",
    item_only=True,
    content=frozenset({"detectionScriptContent"}),
    assignment_write=AssignmentWrite.NONE,
    folders=("ComplianceScripts",),
    shape=frozenset({"displayName", "detectionScriptContent", "runAs32Bit"}),
    rank=120,
    permissions=intune("Scripts"),
)
