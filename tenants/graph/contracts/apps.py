"""Apps: what protects them, what configures them, and the apps themselves."""

from tenants.graph.contracts.model import (
    Contract,
    Part,
    PartWrite,
    Restorability,
    intune,
)

_TARGETED_APPS = Part(
    name="apps",
    write=PartWrite.ACTION,
    in_create=False,
    action="targetApps",
    body_key="apps",
    beside=("appGroupType",),
)

LABEL = "Apps"
CONTRACTS = (
    Contract(
        key="mobileApps",
        label="App",
        plural="Apps",
        path="deviceAppManagement/mobileApps",
        declared_type="#microsoft.graph.mobileApp",
        # Built in: the store apps that Microsoft publishes for app protection.
        excluded_types=frozenset({"managedAndroidStoreApp", "managedIOSStoreApp"}),
        restorability=Restorability.METADATA_ONLY,
        restorability_reason=(
            "Graph never answers the installation files. What describes an app that is there, and "
            "whom it is assigned to, can be put back; upload the app itself in Intune."
        ),
        unanswered={"mobileLobApp": "its installation files"},
        computed=frozenset({"committedContentVersion", "publishingState", "fileName"}),
        not_restored={
            "categories": "the categories of an app are chosen in Intune",
            "relationships": "dependencies and supersedence of apps are set in Intune",
        },
        assign_key="mobileAppAssignments",
        folders=("Applications", "Client Apps"),
        rank=150,
        permissions=intune("Apps"),
    ),
    *(
        Contract(
            key=f"{platform}ManagedAppProtections",
            label=f"App protection policy ({name})",
            plural=f"App protection policies ({name})",
            path=f"deviceAppManagement/{platform}ManagedAppProtections",
            declared_type=f"#microsoft.graph.{platform}ManagedAppProtection",
            states_type=True,
            discriminators=discriminators,
            parts=(_TARGETED_APPS,),
            computed=frozenset({"apps.version", "deployedAppCount"}),
            rank=rank,
            folders=("App Protection", "AppProtection", "App Protection Policies"),
            permissions=intune("Apps"),
        )
        for platform, name, rank, discriminators in (
            ("ios", "iOS", 750, ("targetedAppManagementLevels",)),
            ("android", "Android", 751, ("targetedAppManagementLevels",)),
            ("windows", "Windows", 752, ()),
        )
    ),
    Contract(
        key="targetedManagedAppConfigurations",
        label="App configuration policy (managed apps)",
        plural="App configuration policies (managed apps)",
        path="deviceAppManagement/targetedManagedAppConfigurations",
        declared_type="#microsoft.graph.targetedManagedAppConfiguration",
        parts=(
            _TARGETED_APPS,
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
    ),
    Contract(
        key="mobileAppConfigurations",
        label="App configuration policy (managed devices)",
        plural="App configuration policies (managed devices)",
        path="deviceAppManagement/mobileAppConfigurations",
        declared_type="#microsoft.graph.managedDeviceMobileAppConfiguration",
        assign_cast="microsoft.graph.managedDeviceMobileAppConfiguration",
        folders=("App Configuration", "AppConfigurationManagedDevice", "AndroidOEMConfig"),
        rank=770,
        permissions=intune("Apps"),
    ),
)
