"""Role assignments."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, intune

CONTRACT = Contract(
    key="roleAssignments",
    label="Role assignment",
    plural="Role assignments",
    path="deviceManagement/roleAssignments",
    declared_type="#microsoft.graph.deviceAndAppManagementRoleAssignment",
    states_type=True,
    binds={"roleDefinition": "deviceManagement/roleDefinitions('{id}')"},
    create_only=frozenset({"roleDefinition"}),
    content=frozenset({"members"}),
    assignment_write=AssignmentWrite.NONE,
    folders=("Role Assignments", "RoleAssignments"),
    shape=frozenset({"displayName", "members", "resourceScopes"}),
    rank=850,
    permissions=intune("RBAC"),
)
