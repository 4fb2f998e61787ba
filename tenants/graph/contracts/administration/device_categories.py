"""Device categories."""

from tenants.graph.contracts.model import AssignmentWrite, Contract, Permissions

CONTRACT = Contract(
    key="deviceCategories",
    label="Device category",
    plural="Device categories",
    path="deviceManagement/deviceCategories",
    declared_type="#microsoft.graph.deviceCategory",
    assignment_write=AssignmentWrite.NONE,
    folders=("Device Categories", "DeviceCategories"),
    rank=35,
    permissions=Permissions(
        read="DeviceManagementManagedDevices.Read.All",
        write="DeviceManagementManagedDevices.ReadWrite.All",
    ),
)
