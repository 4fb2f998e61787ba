"""App protection policies (Windows)."""

from tenants.graph.contracts.apps.shared import app_protection

CONTRACT = app_protection(
    "windows",
    "Windows",
    rank=752,
    discriminators=(),
)
