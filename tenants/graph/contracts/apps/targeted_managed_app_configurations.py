"""App configuration policies (managed apps)."""

from tenants.graph.contracts.apps.shared import TARGETED_APPS
from tenants.graph.contracts.model import Contract, Part, PartWrite, intune

CONTRACT = Contract(
    key="targetedManagedAppConfigurations",
    label="App configuration policy (managed apps)",
    plural="App configuration policies (managed apps)",
    path="deviceAppManagement/targetedManagedAppConfigurations",
    declared_type="#microsoft.graph.targetedManagedAppConfiguration",
    parts=(
        TARGETED_APPS,
        Part(
            name="settings",
            write=PartWrite.ACTION,
            action="changeSettings",
            body_key="settings",
        ),
    ),
    computed=frozenset({"apps.version", "deployedAppCount"}),
    folders=("AppConfigurationManagedApp",),
    shape=frozenset({"displayName", "customSettings"}),
    rank=760,
    permissions=intune("Apps"),
)
