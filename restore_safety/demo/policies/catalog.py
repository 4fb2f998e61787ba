"""Policies of the settings catalog, and a setting that several of them may share."""

from restore_safety.demo.directory import FINANCE, KIOSKS, PILOT, WORKSTATIONS, Directory
from restore_safety.demo.policies.building import (
    POLICY_SETTING,
    Json,
    choice,
    excluding,
    number,
    settings,
    text,
    to_everyone,
    to_group,
)

CATALOG = "deviceManagement/configurationPolicies"
REUSABLE_SETTINGS = "deviceManagement/reusablePolicySettings"


def catalog(at: Directory) -> dict[str, list[Json]]:
    return {CATALOG: [*_protection(at), *_restrictions(at)], REUSABLE_SETTINGS: [_shared_setting()]}


def _windows(name: str, description: str, instances: list[Json], *assignments: Json) -> Json:
    return {
        "name": name,
        "description": description,
        "platforms": "windows10",
        "technologies": "mdm",
        "settings": settings(*instances),
        "assignments": list(assignments),
    }


def _protection(at: Directory) -> list[Json]:
    firewall = "vendor_msft_firewall_mdmstore"
    bitlocker = "device_vendor_msft_bitlocker"
    defender = f"{POLICY_SETTING}_defender"
    return [
        _windows(
            "Windows - Firewall",
            "On in every profile; inbound traffic is blocked by default.",
            [
                choice(f"{firewall}_domainprofile_enablefirewall", "true"),
                choice(f"{firewall}_privateprofile_enablefirewall", "true"),
                choice(f"{firewall}_publicprofile_enablefirewall", "true"),
            ],
            to_group(at, WORKSTATIONS, filter_name="Corporate-owned Windows"),
        ),
        _windows(
            "Windows - BitLocker",
            "Full disk encryption without asking the user; keys go to Entra ID.",
            [
                choice(f"{bitlocker}_requiredeviceencryption", 1),
                choice(f"{bitlocker}_allowwarningforotherdiskencryption", 0),
                choice(f"{bitlocker}_configurerecoverypasswordrotation", 1),
            ],
            to_group(at, WORKSTATIONS),
            excluding(at, PILOT),
        ),
        _windows(
            "Windows - Defender Antivirus",
            "Real-time protection, cloud protection and a daily quick scan.",
            [
                choice(f"{defender}_allowrealtimemonitoring", 1),
                choice(f"{defender}_allowcloudprotection", 1),
                choice(f"{defender}_puaprotection", 1),
                number(f"{defender}_schedulequickscantime", 720),
            ],
            to_group(at, WORKSTATIONS),
        ),
    ]


def _restrictions(at: Directory) -> list[Json]:
    return [
        _windows(
            "Windows - Edge",
            "Downloads are screened and passwords stay in the manager.",
            [
                choice(f"{POLICY_SETTING}_microsoft_edge~policy~smartscreen_smartscreenenabled", 1),
                choice(f"{POLICY_SETTING}_microsoft_edge~policy~passwordmanagerenabled", 0),
                text(
                    f"{POLICY_SETTING}_microsoft_edge~policy~homepagelocation",
                    "https://start.contoso.example",
                ),
            ],
            to_everyone("allLicensedUsers"),
        ),
        _windows(
            "Windows - Device lock",
            "Locks after ten minutes without input.",
            [number(f"{POLICY_SETTING}_devicelock_maxinactivitytimedevicelock", 10)],
            to_group(at, WORKSTATIONS, filter_name="Windows 11 and later"),
        ),
        _windows(
            "Windows - Finance - Removable storage",
            "Finance reads removable disks but does not write to them.",
            [choice(f"{POLICY_SETTING}_storage_removablediskdenywriteaccess", 1)],
            to_group(at, FINANCE),
        ),
        _windows(
            "Windows - Kiosk - Sign-in",
            "A kiosk signs its local account in and shows no lock screen.",
            [
                choice(f"{POLICY_SETTING}_windowslogon_hidefastuserswitching", 1),
                choice(f"{POLICY_SETTING}_devicelock_preventlockscreenslideshow", 1),
            ],
            to_group(at, KIOSKS),
        )
        | {"roleScopeTagIds": ["0", "2"]},
    ]


def _shared_setting() -> Json:
    definition = f"{POLICY_SETTING}_camera_allowcamera"
    return {
        "displayName": "Camera is off",
        "description": "Shared by what keeps cameras off.",
        "settingDefinitionId": definition,
        "settingInstance": choice(definition, 0),
        "version": 1,
        "referencingConfigurationPolicyCount": 0,
    }
