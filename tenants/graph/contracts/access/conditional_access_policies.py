"""Conditional access policies."""

from tenants.graph.contracts.access.shared import PERMISSIONS
from tenants.graph.contracts.model import CONDITIONAL_ACCESS, AssignmentWrite, Contract

CONTRACT = Contract(
    key="conditionalAccessPolicies",
    label="Conditional access policy",
    plural="Conditional access policies",
    path="identity/conditionalAccess/policies",
    declared_type="#microsoft.graph.conditionalAccessPolicy",
    computed=frozenset({"conditions.deviceStates", "partialEnablementStrategy", "templateId"}),
    inline_links=frozenset({"grantControls.authenticationStrength"}),
    assignment_write=AssignmentWrite.NONE,
    folders=("Conditional Access", "ConditionalAccess"),
    shape=frozenset({"displayName", "conditions", "grantControls"}),
    scope_tags_property="",
    rank=800,
    workload=CONDITIONAL_ACCESS,
    permissions=PERMISSIONS,
)
