"""Scripts and remediations."""

from tenants.graph.contracts.scripts import (
    device_custom_attribute_shell_scripts,
    device_health_scripts,
    device_management_scripts,
    device_shell_scripts,
)

LABEL = "Scripts and remediations"
CONTRACTS = (
    device_management_scripts.CONTRACT,
    device_shell_scripts.CONTRACT,
    device_custom_attribute_shell_scripts.CONTRACT,
    device_health_scripts.CONTRACT,
)
