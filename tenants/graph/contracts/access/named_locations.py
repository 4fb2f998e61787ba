"""Named locations."""

from tenants.graph.contracts.access.shared import PERMISSIONS
from tenants.graph.contracts.model import CONDITIONAL_ACCESS, AssignmentWrite, Contract

CONTRACT = Contract(
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
    permissions=PERMISSIONS,
)
