"""BIOS configurations."""

from tenants.graph.contracts.model import Contract, intune

CONTRACT = Contract(
    key="hardwareConfigurations",
    label="BIOS configuration",
    plural="BIOS configurations",
    path="deviceManagement/hardwareConfigurations",
    declared_type="#microsoft.graph.hardwareConfiguration",
    content=frozenset({"configurationFileContent"}),
    item_only=True,
    create_only=frozenset({"hardwareConfigurationFormat"}),
    assign_key="hardwareConfigurationAssignments",
    folders=("HardwareConfigurations", "BIOS"),
    shape=frozenset({"displayName", "configurationFileContent"}),
    rank=330,
    permissions=intune("Configuration"),
)
