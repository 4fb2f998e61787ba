"""Apps: what protects them, what configures them, and the apps themselves."""

from typing import Any

from restore_safety.demo.directory import PILOT, WORKSTATIONS, Directory
from restore_safety.demo.policies.building import GRAPH, Json, entity, to_group

APPS = "deviceAppManagement/mobileApps"
IOS_PROTECTION = "deviceAppManagement/iosManagedAppProtections"
ANDROID_PROTECTION = "deviceAppManagement/androidManagedAppProtections"
WINDOWS_PROTECTION = "deviceAppManagement/windowsManagedAppProtections"
MANAGED_APP_SETTINGS = "deviceAppManagement/targetedManagedAppConfigurations"
MANAGED_DEVICE_SETTINGS = "deviceAppManagement/mobileAppConfigurations"

PORTAL, _ANDROID_MAIL = "Contoso portal", "Contoso Mail for Android"
_MAIL = "com.contoso.mail"


def apps(at: Directory) -> dict[str, list[Json]]:
    protection = _protection(at)
    return {
        APPS: [_portal(), _android_mail()],
        IOS_PROTECTION: [protection["ios"]],
        ANDROID_PROTECTION: [protection["android"]],
        WINDOWS_PROTECTION: [protection["windows"]],
        MANAGED_APP_SETTINGS: [_mail_settings(at)],
        MANAGED_DEVICE_SETTINGS: [_android_mail_settings(at)],
    }


def _portal() -> Json:
    return entity(
        "webApp",
        PORTAL,
        "The company's portal as an app.",
        publisher="Contoso",
        appUrl="https://portal.contoso.example",
        useManagedBrowser=False,
        isFeatured=False,
        largeIcon=None,
        privacyInformationUrl=None,
        informationUrl=None,
        owner="",
        developer="",
        notes="",
    )


def _android_mail() -> Json:
    return entity(
        "androidManagedStoreApp",
        _ANDROID_MAIL,
        "Mail on Android.",
        publisher="Contoso",
        packageId=_MAIL,
        appStoreUrl=f"https://play.google.com/store/apps/details?id={_MAIL}",
    )


def _app(kind: str, **identifier: str) -> Json:
    return {"mobileAppIdentifier": {"@odata.type": f"{GRAPH}{kind}Identifier"} | identifier}


def _protection(at: Directory) -> dict[str, Json]:
    """One policy for each platform, by its name in Graph."""

    def policy(platform: str, name: str, app: Json, **members: Any) -> Json:
        return entity(
            f"{platform}ManagedAppProtection",
            f"{name} - App protection",
            "Company data stays in company apps.",
            apps=[app],
            assignments=[to_group(at, WORKSTATIONS)],
            **members,
        )

    mobile = {
        "pinRequired": True,
        "minimumPinLength": 6,
        "appGroupType": "selectedPublicApps",
        "targetedAppManagementLevels": "unspecified",
    }
    return {
        "ios": policy("ios", "iOS", _app("iosMobileApp", bundleId=_MAIL), **mobile),
        "android": policy(
            "android", "Android", _app("androidMobileApp", packageId=_MAIL), **mobile
        ),
        "windows": policy(
            "windows",
            "Windows",
            _app("windowsApp", windowsAppId="com.microsoft.edge"),
            printBlocked=True,
            allowedOutboundClipboardSharingLevel="none",
        ),
    }


def _mail_settings(at: Directory) -> Json:
    return entity(
        "targetedManagedAppConfiguration",
        "iOS - App settings - Mail",
        "No signature of the app's own.",
        customSettings=[{"name": "signature", "value": "off"}],
        appGroupType="selectedPublicApps",
        targetedAppManagementLevels="unspecified",
        apps=[_app("iosMobileApp", bundleId=_MAIL)],
        settings=[],
        assignments=[to_group(at, PILOT)],
    )


def _android_mail_settings(at: Directory) -> Json:
    return entity(
        "androidManagedStoreAppConfiguration",
        "Android - App settings - Mail",
        "Mail is set up when it is first opened.",
        targetedMobileApps=[at.id_of(APPS, _ANDROID_MAIL)],
        packageId=f"app:{_MAIL}",
        payloadJson="e30=",
        profileApplicability="androidWorkProfile",
        connectedAppsEnabled=False,
        permissionActions=[],
        assignments=[to_group(at, PILOT)],
    )
