"""Authentication strengths."""

from tenants.graph.contracts.access.shared import PERMISSIONS
from tenants.graph.contracts.model import (
    CONDITIONAL_ACCESS,
    AssignmentWrite,
    Contract,
    Part,
    PartRead,
    PartWrite,
)

CONTRACT = Contract(
    key="authenticationStrengthPolicies",
    label="Authentication strength",
    plural="Authentication strengths",
    path="policies/authenticationStrengthPolicies",
    also_known_as=("identity/conditionalAccess/authenticationStrength/policies",),
    declared_type="#microsoft.graph.authenticationStrengthPolicy",
    parts=(
        Part(
            name="allowedCombinations",
            read=PartRead.MEMBER,
            write=PartWrite.ACTION,
            action="updateAllowedCombinations",
            body_key="allowedCombinations",
        ),
        Part(
            name="combinationConfigurations",
            read=PartRead.PAGE,
            write=PartWrite.EACH,
            in_create=False,
            key="appliesToCombinations",
        ),
    ),
    computed=frozenset({"policyType", "requirementsSatisfied"}),
    assignment_write=AssignmentWrite.NONE,
    folders=("AuthenticationStrengths",),
    shape=frozenset({"displayName", "allowedCombinations"}),
    scope_tags_property="",
    rank=56,
    workload=CONDITIONAL_ACCESS,
    permissions=PERMISSIONS,
)
