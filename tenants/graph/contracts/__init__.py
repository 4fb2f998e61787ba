"""What Graph wants for each policy type: the only place that knows one type from another.

A type is one definition in the file of its subject; `registry` collects them.
"""

from tenants.graph.contracts.bodies import (
    assign_body,
    create_address,
    creation_body,
    part_body,
    part_entities,
    payload_of_creation,
    unbound,
    update_body,
)
from tenants.graph.contracts.matching import is_built_in, is_default, match_key
from tenants.graph.contracts.model import (
    CONDITIONAL_ACCESS,
    INTUNE,
    AssignmentWrite,
    Contract,
    Part,
    PartRead,
    PartWrite,
    Restorability,
)
from tenants.graph.contracts.projection import (
    LeftOut,
    LeftOutReason,
    Projection,
    links_left_out,
    not_written,
    projection,
    runtime_type,
)
from tenants.graph.contracts.registry import (
    CONTRACTS,
    FOUNDATIONS,
    SUBJECTS,
    UnrecognisedPayloadError,
    contract,
    contract_of_type,
    name_of,
    recognise,
    workload_of,
)

__all__ = [
    "CONDITIONAL_ACCESS",
    "CONTRACTS",
    "FOUNDATIONS",
    "INTUNE",
    "SUBJECTS",
    "AssignmentWrite",
    "Contract",
    "LeftOut",
    "LeftOutReason",
    "Part",
    "PartRead",
    "PartWrite",
    "Projection",
    "Restorability",
    "UnrecognisedPayloadError",
    "assign_body",
    "contract",
    "contract_of_type",
    "create_address",
    "creation_body",
    "is_built_in",
    "is_default",
    "links_left_out",
    "match_key",
    "name_of",
    "not_written",
    "part_body",
    "part_entities",
    "payload_of_creation",
    "projection",
    "recognise",
    "runtime_type",
    "unbound",
    "update_body",
    "workload_of",
]
