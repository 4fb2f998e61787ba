"""Device configurations."""

from tenants.graph.contracts.model import Contract, intune

_PAUSE = "pausing and rolling back updates are commands of the day, not configuration"

_ONE_BY_ONE = "it is set at an address of its own that this product does not write"

CONTRACT = Contract(
    key="deviceConfigurations",
    label="Device configuration",
    plural="Device configurations",
    path="deviceManagement/deviceConfigurations",
    declared_type="#microsoft.graph.deviceConfiguration",
    excluded_types=frozenset({"unsupportedDeviceConfiguration"}),
    computed=frozenset({"omaSettings.isEncrypted", "omaSettings.secretReferenceValueId"}),
    not_restored={
        "featureUpdatesPauseExpiryDateTime": _PAUSE,
        "featureUpdatesPauseStartDate": _PAUSE,
        "featureUpdatesPaused": _PAUSE,
        "featureUpdatesRollbackStartDateTime": _PAUSE,
        "featureUpdatesWillBeRolledBack": _PAUSE,
        "qualityUpdatesPauseExpiryDateTime": _PAUSE,
        "qualityUpdatesPauseStartDate": _PAUSE,
        "qualityUpdatesPaused": _PAUSE,
        "qualityUpdatesRollbackStartDateTime": _PAUSE,
        "qualityUpdatesWillBeRolledBack": _PAUSE,
        "privacyAccessControls": _ONE_BY_ONE,
    },
    folders=("Device Configurations", "DeviceConfiguration", "UpdatePolicies"),
    rank=200,
    permissions=intune("Configuration"),
)
