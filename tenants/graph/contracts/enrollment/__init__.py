"""Enrollment of devices: restrictions, Autopilot, Apple and Android."""

from tenants.graph.contracts.enrollment import (
    android_device_owner_enrollment_profiles,
    apple_user_initiated_enrollment_profiles,
    device_enrollment_configurations,
    enrollment_profiles,
    windows_autopilot_deployment_profiles,
)

LABEL = "Enrollment"
CONTRACTS = (
    device_enrollment_configurations.CONTRACT,
    windows_autopilot_deployment_profiles.CONTRACT,
    apple_user_initiated_enrollment_profiles.CONTRACT,
    enrollment_profiles.CONTRACT,
    android_device_owner_enrollment_profiles.CONTRACT,
)
