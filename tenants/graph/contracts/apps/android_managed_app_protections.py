"""App protection policies (Android)."""

from tenants.graph.contracts.apps.shared import app_protection

CONTRACT = app_protection(
    "android",
    "Android",
    rank=751,
    discriminators=("targetedAppManagementLevels",),
)
