"""Endpoint security policies (legacy)."""

from tenants.graph.contracts.model import Contract, Part, PartRead, PartWrite, intune

CONTRACT = Contract(
    key="intents",
    label="Endpoint security policy (legacy)",
    plural="Endpoint security policies (legacy)",
    path="deviceManagement/intents",
    declared_type="#microsoft.graph.deviceManagementIntent",
    create_path="deviceManagement/templates/{templateId}/createInstance",
    discriminators=("templateId",),
    parts=(
        Part(
            name="settings",
            read=PartRead.PAGE,
            write=PartWrite.ACTION,
            create_key="settingsDelta",
            action="updateSettings",
            body_key="settings",
        ),
    ),
    computed=frozenset({"isMigratingToConfigurationPolicy"}),
    create_only=frozenset({"templateId"}),
    folders=("EndpointSecurity",),
    shape=frozenset({"displayName", "templateId", "settings"}),
    rank=320,
    permissions=intune("Configuration"),
)
