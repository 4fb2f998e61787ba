"""Configuration of devices: settings catalog, profiles, administrative templates, intents."""

from tenants.graph.contracts.configuration import (
    configuration_policies,
    device_configurations,
    group_policy_configurations,
    group_policy_uploaded_definition_files,
    hardware_configurations,
    intents,
    reusable_policy_settings,
)

LABEL = "Configuration"
CONTRACTS = (
    reusable_policy_settings.CONTRACT,
    group_policy_uploaded_definition_files.CONTRACT,
    device_configurations.CONTRACT,
    configuration_policies.CONTRACT,
    group_policy_configurations.CONTRACT,
    intents.CONTRACT,
    hardware_configurations.CONTRACT,
)
