"""Autopilot profiles."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, intune

CONTRACT = Contract(
    key="windowsAutopilotDeploymentProfiles",
    label="Autopilot profile",
    plural="Autopilot profiles",
    path="deviceManagement/windowsAutopilotDeploymentProfiles",
    declared_type="#microsoft.graph.windowsAutopilotDeploymentProfile",
    create_only=frozenset({"managementServiceAppId"}),
    assignment_write=AssignmentWrite.EACH,
    folders=("Enrollment Profiles/Windows", "AutoPilot", "Autopilot Deployment Profiles"),
    rank=710,
    permissions=intune("ServiceConfig"),
)
