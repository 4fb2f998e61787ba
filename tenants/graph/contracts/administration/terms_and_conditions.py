"""Terms and conditions."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, intune

CONTRACT = Contract(
    key="termsAndConditions",
    label="Terms and conditions",
    plural="Terms and conditions",
    path="deviceManagement/termsAndConditions",
    declared_type="#microsoft.graph.termsAndConditions",
    assignment_write=AssignmentWrite.EACH,
    folders=("TermsAndConditions",),
    shape=frozenset({"displayName", "acceptanceStatement", "bodyText"}),
    rank=45,
    permissions=intune("ServiceConfig"),
)
