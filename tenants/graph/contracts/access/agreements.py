"""Terms of use."""

from tenants.graph.contracts.model import (
    CONDITIONAL_ACCESS,
    AssignmentWrite,
    Contract,
    Permissions,
    Restorability,
)

CONTRACT = Contract(
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
)
