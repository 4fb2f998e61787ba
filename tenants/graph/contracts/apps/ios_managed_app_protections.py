"""App protection policies (iOS)."""

from tenants.graph.contracts.apps.shared import app_protection

CONTRACT = app_protection(
    "ios",
    "iOS",
    rank=750,
    discriminators=("targetedAppManagementLevels",),
)
