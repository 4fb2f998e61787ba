"""Feature, quality, hotpatch and driver updates."""

from restore_safety.demo.directory import PILOT, WORKSTATIONS, Directory
from restore_safety.demo.policies.building import Json, entity, excluding, to_group

FEATURE_UPDATES = "deviceManagement/windowsFeatureUpdateProfiles"
EXPEDITED_UPDATES = "deviceManagement/windowsQualityUpdateProfiles"
HOTPATCH = "deviceManagement/windowsQualityUpdatePolicies"
DRIVERS = "deviceManagement/windowsDriverUpdateProfiles"


def updates(at: Directory) -> dict[str, list[Json]]:
    return {
        FEATURE_UPDATES: [_feature(at)],
        EXPEDITED_UPDATES: [_expedited(at)],
        HOTPATCH: [_hotpatch(at)],
        DRIVERS: _drivers(at),
    }


def _drivers(at: Directory) -> list[Json]:
    return [
        {
            "displayName": "Windows - Drivers - Pilot ring",
            "description": "Recommended drivers at once.",
            "approvalType": "automatic",
            "deploymentDeferralInDays": 0,
            "assignments": [to_group(at, PILOT)],
        },
        {
            "displayName": "Windows - Drivers - Broad ring",
            "description": "Recommended drivers after two weeks in the pilot.",
            "approvalType": "automatic",
            "deploymentDeferralInDays": 14,
            "assignments": [to_group(at, WORKSTATIONS), excluding(at, PILOT)],
        },
    ]


def _feature(at: Directory) -> Json:
    at_once = dict.fromkeys(
        ("offerStartDateTimeInUTC", "offerEndDateTimeInUTC", "offerIntervalInDays")
    )
    return entity(
        "windowsFeatureUpdateProfile",
        "Windows - Feature update - Pilot ring",
        "The pilot ring is one version ahead.",
        featureUpdateVersion="Windows 11, version 25H2",
        installFeatureUpdatesOptional=False,
        installLatestWindows10OnWindows11IneligibleDevice=False,
        rolloutSettings=at_once,
        assignments=[to_group(at, PILOT)],
    )


def _expedited(at: Directory) -> Json:
    return entity(
        "windowsQualityUpdateProfile",
        "Windows - Expedited update - Pilot ring",
        "Installs this month's fixes within a day.",
        expeditedUpdateSettings={
            "qualityUpdateRelease": "2026-10-13T00:00:00Z",
            "daysUntilForcedReboot": 1,
        },
        assignments=[to_group(at, PILOT)],
    )


def _hotpatch(at: Directory) -> Json:
    return entity(
        "windowsQualityUpdatePolicy",
        "Windows - Hotpatch - Pilot ring",
        "Fixes without a restart.",
        hotpatchEnabled=True,
        assignments=[to_group(at, PILOT)],
    )
