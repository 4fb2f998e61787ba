"""Apps: what protects them, what configures them, and the apps themselves."""

from tenants.graph.contracts.apps import (
    android_managed_app_protections,
    ios_managed_app_protections,
    mobile_app_configurations,
    mobile_apps,
    targeted_managed_app_configurations,
    windows_managed_app_protections,
)

LABEL = "Apps"
CONTRACTS = (
    mobile_apps.CONTRACT,
    ios_managed_app_protections.CONTRACT,
    android_managed_app_protections.CONTRACT,
    windows_managed_app_protections.CONTRACT,
    targeted_managed_app_configurations.CONTRACT,
    mobile_app_configurations.CONTRACT,
)
