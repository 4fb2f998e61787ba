"""Authentication contexts."""

from tenants.graph.contracts.access.shared import PERMISSIONS
from tenants.graph.contracts.model import CONDITIONAL_ACCESS, AssignmentWrite, Contract

CONTRACT = Contract(
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
    permissions=PERMISSIONS,
)
