"""Windows 365."""

from tenants.graph.contracts.cloud_pc import (
    provisioning_policies,
    user_settings,
)

LABEL = "Windows 365"
CONTRACTS = (
    provisioning_policies.CONTRACT,
    user_settings.CONTRACT,
)
