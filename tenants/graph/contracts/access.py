"""Conditional access, and what its policies refer to."""

from tenants.graph.contracts.model import (
    CONDITIONAL_ACCESS,
    AssignmentWrite,
    Contract,
    Part,
    PartRead,
    PartWrite,
    Permissions,
    Restorability,
)

_PERMISSIONS = Permissions(read="Policy.Read.All", write="Policy.ReadWrite.ConditionalAccess")

LABEL = "Conditional access"
CONTRACTS = (
    Contract(
        key="namedLocations",
        label="Named location",
        plural="Named locations",
        path="identity/conditionalAccess/namedLocations",
        declared_type="#microsoft.graph.namedLocation",
        # Graph has it as `private` resources of the tenant, which no body creates.
        excluded_types=frozenset({"privateLinkNamedLocation", "serviceTagNamedLocation"}),
        assignment_write=AssignmentWrite.NONE,
        folders=("NamedLocations", "Named Locations"),
        scope_tags_property="",
        rank=55,
        workload=CONDITIONAL_ACCESS,
        permissions=_PERMISSIONS,
    ),
    Contract(
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
        permissions=_PERMISSIONS,
    ),
    Contract(
        key="authenticationContextClassReferences",
        label="Authentication context",
        plural="Authentication contexts",
        path="identity/conditionalAccess/authenticationContextClassReferences",
        declared_type="#microsoft.graph.authenticationContextClassReference",
        # There are ids c1 to c99, and writing to one that is free creates it.
        create_path="identity/conditionalAccess/authenticationContextClassReferences/{id}",
        create_method="PATCH",
        assignment_write=AssignmentWrite.NONE,
        folders=("AuthenticationContext",),
        shape=frozenset({"displayName", "isAvailable"}),
        scope_tags_property="",
        rank=57,
        workload=CONDITIONAL_ACCESS,
        permissions=_PERMISSIONS,
    ),
    Contract(
        key="agreements",
        label="Terms of use",
        plural="Terms of use",
        path="identityGovernance/termsOfUse/agreements",
        declared_type="#microsoft.graph.agreement",
        restorability=Restorability.MANUAL,
        restorability_reason=(
            "Graph never answers the PDF documents that the terms consist of, and an app may not "
            "create them. Upload them in Entra."
        ),
        unanswered={"agreement": "its PDF documents"},
        assignment_write=AssignmentWrite.NONE,
        folders=("TermsOfUse",),
        shape=frozenset({"displayName", "isViewingBeforeAcceptanceRequired"}),
        scope_tags_property="",
        rank=58,
        workload=CONDITIONAL_ACCESS,
        permissions=Permissions(read="Agreement.Read.All", write="Agreement.ReadWrite.All"),
    ),
    Contract(
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
        permissions=_PERMISSIONS,
    ),
)
