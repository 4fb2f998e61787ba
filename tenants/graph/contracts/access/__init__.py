"""Conditional access, and what its policies refer to."""

from tenants.graph.contracts.access import (
    agreements,
    authentication_context_class_references,
    authentication_strength_policies,
    conditional_access_policies,
    named_locations,
)

LABEL = "Conditional access"
CONTRACTS = (
    named_locations.CONTRACT,
    authentication_strength_policies.CONTRACT,
    authentication_context_class_references.CONTRACT,
    agreements.CONTRACT,
    conditional_access_policies.CONTRACT,
)
