"""Windows updates: feature, quality, hotpatch and drivers."""

from tenants.graph.contracts.updates import (
    windows_driver_update_profiles,
    windows_feature_update_profiles,
    windows_quality_update_policies,
    windows_quality_update_profiles,
)

LABEL = "Windows updates"
CONTRACTS = (
    windows_feature_update_profiles.CONTRACT,
    windows_quality_update_profiles.CONTRACT,
    windows_quality_update_policies.CONTRACT,
    windows_driver_update_profiles.CONTRACT,
)
