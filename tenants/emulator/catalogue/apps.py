"""Apps: what protects them, what configures them, and the apps themselves."""

from tenants.emulator.catalogue.configuration import SETTINGS_PAGE
from tenants.emulator.catalogue.declaration import (
    BETA,
    BOTH,
    Assigning,
    Collection,
    Part,
    intune,
    seeded,
)

MOBILE_APPS = "deviceAppManagement/mobileApps"

_APPS = Part(name="apps", ids="mobileAppIdentifier")
_PROTECTIONS = tuple(
    Collection(
        path=f"deviceAppManagement/{platform}ManagedAppProtections",
        declared_type=f"{platform}ManagedAppProtection",
        versions=BETA if platform == "windows" else BOTH,
        required=("displayName",),
        parts=(_APPS,),
        actions=("targetApps",),
        assigning=Assigning.ACTION,
        assign_status=204,
        id_form="T_{guid}",
        **intune("Apps"),
    )
    for platform in ("ios", "android", "windows")
)
_CONFIGURATIONS = Collection(
    path="deviceAppManagement/targetedManagedAppConfigurations",
    declared_type="targetedManagedAppConfiguration",
    versions=BOTH,
    required=("displayName",),
    parts=(
        _APPS,
        Part(name="settings", in_create=True, numbered=True, page=SETTINGS_PAGE),
    ),
    actions=("targetApps", "changeSettings"),
    assigning=Assigning.ACTION,
    assign_status=204,
    id_form="A_{guid}",
    **intune("Apps"),
)

COLLECTIONS = (
    *_PROTECTIONS,
    _CONFIGURATIONS,
    seeded(
        "deviceAppManagement/managedAppPolicies",
        "managedAppPolicy",
        *intune("Apps")["read_roles"],
        versions=BOTH,
        union_of=(*(one.path for one in _PROTECTIONS), _CONFIGURATIONS.path),
    ),
    Collection(
        path="deviceAppManagement/mobileAppConfigurations",
        declared_type="managedDeviceMobileAppConfiguration",
        versions=BOTH,
        required=("displayName", "targetedMobileApps"),
        assigning=Assigning.ACTION,
        **intune("Apps"),
    ),
    Collection(
        path=MOBILE_APPS,
        declared_type="mobileApp",
        versions=BOTH,
        required=("displayName",),
        assigning=Assigning.ACTION,
        assign_key="mobileAppAssignments",
        defaults={"publishingState": "published"},
        **intune("Apps"),
    ),
)
