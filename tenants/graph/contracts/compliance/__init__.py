"""Compliance: policies of both services, and the scripts they run."""

from tenants.graph.contracts.compliance import (
    compliance_policies,
    device_compliance_policies,
    device_compliance_scripts,
)

LABEL = "Compliance"
CONTRACTS = (
    device_compliance_scripts.CONTRACT,
    device_compliance_policies.CONTRACT,
    compliance_policies.CONTRACT,
)
