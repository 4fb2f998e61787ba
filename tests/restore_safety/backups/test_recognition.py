"""Which policy type a file of an export is of: never a wrong one."""

import pytest

from tests.restore_safety.backups.policies import catalog, kept, left_out, only, read, written

GRAPH = "#microsoft.graph."


@pytest.mark.parametrize(
    ("path", "policy", "key"),
    [
        (
            "Roles/Help desk.json",
            {"displayName": "Help desk", "isBuiltIn": False, "rolePermissions": []},
            "roleDefinitions",
        ),
        (
            "Enrollment Configurations/Join.json",
            {
                "@odata.type": f"{GRAPH}deviceComanagementAuthorityConfiguration",
                "displayName": "Join",
                "priority": 1,
            },
            "deviceEnrollmentConfigurations",
        ),
        (
            "DeviceConfiguration/Mail.json",
            {
                "@odata.type": f"{GRAPH}androidManagedStoreAppConfiguration",
                "displayName": "Mail",
                "targetedMobileApps": [],
            },
            "mobileAppConfigurations",
        ),
        (
            "DeviceConfiguration/Laptops.json",
            {
                "@odata.type": f"{GRAPH}hardwareConfiguration",
                "displayName": "Laptops",
                "configurationFileContent": "AAAA",
            },
            "hardwareConfigurations",
        ),
        (
            "AppProtection/Firmware.json",
            {
                "@odata.type": f"{GRAPH}windows10DeviceFirmwareConfigurationInterface",
                "displayName": "Firmware",
            },
            "deviceConfigurations",
        ),
        (
            "SettingsCatalog/Old.json",
            {
                "@odata.type": f"{GRAPH}windowsUpdateForBusinessConfiguration",
                "displayName": "Ring",
                "installationSchedule": {
                    "@odata.type": f"{GRAPH}windowsUpdateActiveHoursInstall",
                    "activeHoursStart": "08:00:00.0000000",
                },
            },
            "deviceConfigurations",
        ),
        ("Scope Tags/Kiosks.json", {"displayName": "Kiosks", "isBuiltIn": False}, "roleScopeTags"),
    ],
)
def test_the_type_is_derived_and_never_guessed_from_a_name_or_a_folder(tmp_path, path, policy, key):
    record, content = only(read(tmp_path, {path: written(policy)}))

    assert record.contract_key == key
    assert content == policy


@pytest.mark.parametrize(
    ("path", "policy", "label"),
    [
        (
            "Entra/Authentication Methods/Keys.json",
            {"@odata.type": f"{GRAPH}fido2AuthenticationMethodConfiguration", "id": "Fido2"},
            "Authentication methods policy",
        ),
        (
            "x.json",
            {"@odata.type": f"{GRAPH}someNewerThing2Configuration", "displayName": "N"},
            "Some newer thing2 configuration",
        ),
        (
            "x.json",
            {
                "@odata.context": (
                    "https://graph.microsoft.com/beta/$metadata#deviceManagement/newThings/$entity"
                ),
                "displayName": "N",
            },
            "New things",
        ),
        ("AzureBranding/x.json", {"displayName": "N"}, "Company branding of Entra"),
    ],
)
def test_what_is_recognised_and_not_supported_is_named_by_its_type(tmp_path, path, policy, label):
    reading = read(tmp_path, {path: written(policy), "ok.json": written(catalog())})

    assert kept(reading) == [("configurationPolicies", "Catalog 1")]
    assert left_out(reading) == [(path, f"{label}: not supported", True)]


def test_a_policy_of_ours_that_lacks_its_type_is_not_called_unsupported(tmp_path):
    context = "https://graph.microsoft.com/beta/$metadata#deviceManagement/deviceConfigurations/x"
    policy = {"@odata.context": context.removesuffix("/x"), "displayName": "N"}

    reading = read(tmp_path, {"x.json": written(policy), "ok.json": written(catalog())})

    assert left_out(reading) == [
        (
            "x.json",
            (
                "not a policy that can be restored. It has no @odata.type, so it may be any "
                "device configuration"
            ),
            True,
        )
    ]
