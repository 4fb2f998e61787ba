"""App configuration policies (managed devices)."""

from tenants.graph.contracts.model import Contract, intune

CONTRACT = Contract(
    key="mobileAppConfigurations",
    label="App configuration policy (managed devices)",
    plural="App configuration policies (managed devices)",
    path="deviceAppManagement/mobileAppConfigurations",
    declared_type="#microsoft.graph.managedDeviceMobileAppConfiguration",
    assign_cast="microsoft.graph.managedDeviceMobileAppConfiguration",
    folders=("App Configuration", "AppConfigurationManagedDevice", "AndroidOEMConfig"),
    rank=770,
    permissions=intune("Apps"),
)
