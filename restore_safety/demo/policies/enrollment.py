"""Enrollment of devices: restrictions, Autopilot, Apple and Android."""

from restore_safety.demo.directory import PILOT, WORKSTATIONS, Directory
from restore_safety.demo.policies.building import GRAPH, Json, entity, to_group

ENROLLMENT = "deviceManagement/deviceEnrollmentConfigurations"
AUTOPILOT = "deviceManagement/windowsAutopilotDeploymentProfiles"
APPLE_ENROLLMENT = "deviceManagement/appleUserInitiatedEnrollmentProfiles"
APPLE_TOKENS = "deviceManagement/depOnboardingSettings"
ANDROID_ENROLLMENT = "deviceManagement/androidDeviceOwnerEnrollmentProfiles"


def enrollment(at: Directory) -> dict[str, list[Json]]:
    return {
        ENROLLMENT: [_limit(at)],
        AUTOPILOT: [_autopilot(at)],
        APPLE_ENROLLMENT: [_apple(at)],
        APPLE_TOKENS: [_apple_token(at)],
        ANDROID_ENROLLMENT: [_android()],
    }


def _limit(at: Directory) -> Json:
    return entity(
        "deviceEnrollmentLimitConfiguration",
        "Enrollment - Five devices",
        "A person enrols at most five devices.",
        limit=5,
        priority=1,
        assignments=[to_group(at, PILOT)],
    )


def _autopilot(at: Directory) -> Json:
    return entity(
        "azureADWindowsAutopilotDeploymentProfile",
        "Windows - Autopilot - User driven",
        "A new computer asks its user to sign in and nothing else.",
        language="os-default",
        locale="os-default",
        deviceNameTemplate="PC%SERIAL%",
        deviceType="windowsPc",
        preprovisioningAllowed=True,
        hardwareHashExtractionEnabled=True,
        outOfBoxExperienceSetting={
            "privacySettingsHidden": True,
            "eulaHidden": True,
            "userType": "standard",
            "deviceUsageType": "singleUser",
            "keyboardSelectionPageSkipped": True,
            "escapeLinkHidden": True,
        },
        assignments=[to_group(at, WORKSTATIONS)],
    )


def _apple(at: Directory) -> Json:
    option = {"ownerType": "company", "enrollmentType": "device"}
    return {
        "@odata.type": f"{GRAPH}appleUserInitiatedEnrollmentProfile",
        "displayName": "iOS - Enrollment - Company devices",
        "description": "An iPhone is enrolled as a whole.",
        "platform": "iOS",
        "priority": 1,
        "defaultEnrollmentType": "device",
        "availableEnrollmentTypeOptions": [option],
        "assignments": [to_group(at, PILOT)],
    }


def _apple_token(at: Directory) -> Json:
    """The token of Apple Business Manager, with the profile below it."""
    name = "iOS - Automated enrollment"
    profile = {
        "@odata.type": f"{GRAPH}depIOSEnrollmentProfile",
        "id": at.id_of(f"{APPLE_TOKENS}/enrollmentProfiles", name),
        "displayName": name,
        "description": "Supervised from the first start.",
        "requiresUserAuthentication": True,
        "supervisedModeEnabled": True,
    }
    return {
        "id": at.id_of(APPLE_TOKENS, "token"),
        "tokenName": "Apple Business Manager",
        "enrollmentProfiles": [profile],
    }


def _android() -> Json:
    return entity(
        "androidDeviceOwnerEnrollmentProfile",
        "Android - Enrollment - Dedicated devices",
        "Field tablets, without a user.",
        enrollmentMode="corporateOwnedDedicatedDevice",
        enrollmentTokenType="default",
        configureWifi=False,
        wifiHidden=False,
        isTeamsDeviceProfile=False,
        tokenExpirationDateTime="2027-01-01T00:00:00Z",
    )
