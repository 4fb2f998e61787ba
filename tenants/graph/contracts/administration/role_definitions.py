"""Roles."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, intune

CONTRACT = Contract(
    key="roleDefinitions",
    label="Role",
    plural="Roles",
    path="deviceManagement/roleDefinitions",
    declared_type="#microsoft.graph.roleDefinition",
    states_type=True,
    computed=frozenset(
        {
            "isBuiltIn",
            "isBuiltInRoleDefinition",
            "permissions",
            "rolePermissions.actions",
        }
    ),
    not_restored={"roleAssignments": "role assignments that could be read are items of their own"},
    assignment_write=AssignmentWrite.NONE,
    folders=("Roles", "RoleDefinitions"),
    shape=frozenset({"displayName", "rolePermissions"}),
    rank=30,
    permissions=intune("RBAC"),
)
