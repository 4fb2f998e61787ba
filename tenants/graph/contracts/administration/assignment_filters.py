"""Assignment filters."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, intune

CONTRACT = Contract(
    key="assignmentFilters",
    label="Assignment filter",
    plural="Assignment filters",
    path="deviceManagement/assignmentFilters",
    declared_type="#microsoft.graph.deviceAndAppManagementAssignmentFilter",
    discriminators=("platform",),
    computed=frozenset({"payloads"}),
    create_only=frozenset({"platform"}),
    assignment_write=AssignmentWrite.NONE,
    folders=("Filters", "AssignmentFilters"),
    shape=frozenset({"displayName", "platform", "rule"}),
    scope_tags_property="roleScopeTags",
    rank=20,
    permissions=intune("Configuration"),
)
