"""Scope tags."""

from tenants.graph.contracts.model import Contract, intune

CONTRACT = Contract(
    key="roleScopeTags",
    label="Scope tag",
    plural="Scope tags",
    path="deviceManagement/roleScopeTags",
    declared_type="#microsoft.graph.roleScopeTag",
    computed=frozenset({"isBuiltIn", "permissions"}),
    folders=("Scope Tags", "ScopeTags"),
    shape=frozenset({"displayName", "isBuiltIn"}),
    scope_tags_property="",
    rank=10,
    permissions=intune("RBAC"),
)
