"""Backups as the tools write them (b16, b17, b32, import/01 to 13)."""

import json

import pytest

from restore_safety.backups.sources import ImportRefusedError
from restore_safety.policies.completeness import Completeness, Wholeness
from tests.cases.makers import (
    CATALOG,
    COMPLIANCE,
    CONDITIONAL_ACCESS,
    CONFIGURATION,
    FILTERS,
    GRAPH,
    NO_USERS,
    SCRIPTS,
    SETTING,
    TAGS,
    action,
    base64_of,
    catalog,
    choice,
    compliance,
    conditional_access,
    configuration,
    id_of,
    oma,
    to_all_devices,
    to_group,
    update_ring,
    with_changes,
)

LEFT_OUT_BY_INTUNECD = {
    "id",
    "@odata.context",
    "createdDateTime",
    "lastModifiedDateTime",
    "isAssigned",
    "creationSource",
    "settingCount",
    "version",
    "supportsScopeTags",
    "assignments",
}


def as_intunecd(payload, **changes):
    """A policy as IntuneCD writes it: without ids and dates, names in place of ids."""
    kept = {key: one for key, one in payload.items() if key not in LEFT_OUT_BY_INTUNECD}
    if kept.get("@odata.type") == f"{SETTING}Policy":
        del kept["@odata.type"]
    return kept | changes


def to_named(group, **target):
    return {
        "intent": "apply",
        "source": "direct",
        "target": {
            "@odata.type": f"{GRAPH}groupAssignmentTarget",
            "groupName": group,
            "groupType": "StaticMembership",
        }
        | target,
    }


THROUGH = {
    "deviceAndAppManagementAssignmentFilterId": "Corporate",
    "deviceAndAppManagementAssignmentFilterType": "include",
}
CORPORATE = {
    "displayName": "Corporate",
    "platform": "windows10AndLater",
    "rule": '(device.deviceOwnership -eq "Corporate")',
    "roleScopeTags": ["Default"],
    "assignmentFilterManagementType": "devices",
}


def folder_of_intunecd():
    script = {
        "displayName": "CD script",
        "description": "",
        "scriptContent": base64_of("Write-Host 1"),
        "fileName": "a.ps1",
        "runAsAccount": "system",
        "enforceSignatureCheck": False,
        "runAs32Bit": False,
        "roleScopeTagIds": ["Default"],
        "assignments": [to_named("Pilot")],
    }
    custom = configuration("CD custom", omaSettings=[oma("clear")])
    return {
        "Settings Catalog/CD catalog_mdm.json": as_intunecd(
            catalog("CD catalog"),
            roleScopeTagIds=["Default"],
            assignments=[to_named("Pilot", **THROUGH)],
        ),
        "Compliance Policies/Policies/CD compliance_windows10CompliancePolicy.json": as_intunecd(
            compliance("CD compliance"),
            roleScopeTagIds=["Default", "Helpdesk"],
            assignments=[to_named("Pilot")],
        ),
        "Device Configurations/CD custom_windows10CustomConfiguration.json": as_intunecd(
            custom, roleScopeTagIds=["Default"]
        ),
        "Scripts/Powershell/CD script.json": script,
        "Scripts/Powershell/Script Data/a.ps1": b"Write-Host 1",
        "Filters/Corporate.json": CORPORATE,
        "Scope Tags/Helpdesk.json": {
            "displayName": "Helpdesk",
            "description": "",
            "isBuiltIn": False,
        },
    }


def test_an_intunecd_folder_is_restored_with_its_names_resolved(walk):
    walk.hold(groups=["Pilot"])
    walk.import_files(folder_of_intunecd(), origin=None)

    walk.restore()

    assert set(walk.results) == {
        "CD catalog",
        "CD compliance",
        "CD custom",
        "CD script",
        "Corporate",
        "Helpdesk",
    }
    (tag,), (corporate,) = walk.live(TAGS), walk.live(FILTERS)
    held = walk.live_named(CATALOG, "CD catalog")
    target = held["assignments"][0]["target"]
    assert held["roleScopeTagIds"] == ["0"]
    assert target["groupId"] == id_of("Pilot")
    assert target["deviceAndAppManagementAssignmentFilterId"] == corporate["id"]
    tags = walk.live_named(COMPLIANCE, "CD compliance")["roleScopeTagIds"]
    assert sorted(tags) == sorted(["0", tag["id"]])
    assert walk.live_named(SCRIPTS, "CD script")["roleScopeTagIds"] == ["0"]


def test_names_of_intunecd_that_the_tenant_lacks_are_named(walk):
    files = folder_of_intunecd()
    del files["Filters/Corporate.json"], files["Scope Tags/Helpdesk.json"]
    walk.import_files(files, origin=None)

    walk.check()

    weighty = {"blocker", "unknown", "warning"}
    said = "\n".join(f"{one.title} {one.why}" for one in walk.findings if one.severity in weighty)
    assert "Corporate" in said
    assert "Helpdesk" in said
    assert "Pilot" in said
    assert "Default" not in said


YAML = b"""\
name: Lock
description: ''
platforms: windows10
technologies: mdm
roleScopeTagIds:
- '0'
settings:
- id: '0'
  settingInstance:
    '@odata.type': '#microsoft.graph.deviceManagementConfigurationChoiceSettingInstance'
    settingDefinitionId: device_vendor_msft_policy_config_camera_allowcamera
    choiceSettingValue:
      value: device_vendor_msft_policy_config_camera_allowcamera_1
      children: []
"""
YAML_COMPLIANCE = b"""\
'@odata.type': '#microsoft.graph.windows10CompliancePolicy'
displayName: Rules
bitLockerEnabled: true
roleScopeTagIds:
- '0'
scheduledActionsForRule:
- ruleName: null
  scheduledActionConfigurations:
  - actionType: block
    gracePeriodHours: 0
    notificationTemplateId: ''
    notificationMessageCCList: []
"""


@pytest.mark.parametrize("ending", ["yaml", "yml"])
def test_yaml_alone_is_a_backup(walk, ending):
    walk.import_files(
        {
            f"Settings Catalog/Lock_mdm.{ending}": YAML,
            f"Compliance Policies/Policies/Rules.{ending}": YAML_COMPLIANCE,
        },
        origin=None,
    )

    walk.restore()

    assert walk.results == {
        "Lock": ("created", "verified"),
        "Rules": ("created", "verified"),
    }


def test_yaml_beside_json_is_read_as_well(walk):
    walk.import_files(
        {
            "Settings Catalog/Lock_mdm.yaml": YAML,
            "Filters/Own.json": CORPORATE | {"displayName": "Own", "roleScopeTags": ["0"]},
        },
        origin=None,
    )

    assert set(walk.entries) == {"Lock", "Own"}
    assert walk.entries["Lock"].contract_key == CATALOG


def test_yaml_that_builds_objects_is_refused(walk):
    with pytest.raises(ImportRefusedError):
        walk.import_files(
            {"Settings Catalog/a.yaml": b"!!python/object/apply:os.system ['true']\n"}, origin=None
        )


ONE = {
    "id": "x",
    "source": "direct",
    "sourceId": "y",
    "target": {
        "@odata.type": f"{GRAPH}groupAssignmentTarget",
        "groupId": id_of("Pilot"),
        "deviceAndAppManagementAssignmentFilterId": None,
        "deviceAndAppManagementAssignmentFilterType": "none",
    },
}


def without(payload, *names):
    return {key: one for key, one in payload.items() if key not in names}


BESIDE = {
    "a list by id and name": (
        "Settings Catalog",
        without(catalog("Policy"), "assignments"),
        f"{id_of('Policy')} - Policy.json",
        [ONE],
    ),
    "a list by name": (
        "Settings Catalog",
        without(catalog("Policy"), "assignments"),
        "Policy.json",
        [ONE],
    ),
    "one as an object": (
        "Device Configurations",
        without(update_ring("Policy"), "assignments"),
        "Policy.json",
        ONE,
    ),
}


@pytest.mark.parametrize("case", BESIDE)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_assignment_files_are_read(walk, case, encoding):
    folder, policy, name, held = BESIDE[case]
    walk.hold(groups=["Pilot"])
    walk.import_files(
        {
            f"{folder}/Policy.json": json.dumps(policy).encode(encoding),
            f"{folder}/Assignments/{name}": json.dumps(held).encode(encoding),
        },
        origin=None,
    )

    walk.restore()

    (item,) = walk.entries.values()
    assert [one["target"]["groupId"] for one in item.assignments] == [id_of("Pilot")]
    assert not any(walk.unread.values()), walk.unread
    (held,) = walk.live(item.contract_key)
    assert [one["target"]["groupId"] for one in held["assignments"]] == [id_of("Pilot")]


def test_losses_of_a_tool_are_facts(walk):
    """IntuneBackupAndRestore keeps 25 settings of each policy and no actions of compliance."""
    many = catalog("Many", *[choice(f"device_vendor_msft_x{one}") for one in range(25)])
    rules = without(compliance("Rules"), "scheduledActionsForRule", "assignments")
    walk.import_files(
        {
            "Settings Catalog/Many.json": without(many, "settingCount", "assignments"),
            "Device Compliance Policies/Rules.json": rules,
        },
        origin=None,
    )

    walk.preview()

    facts = {
        name: Completeness.from_json(one.completeness).wholeness
        for name, one in walk.entries.items()
    }
    assert facts == {"Many": Wholeness.INCOMPLETE, "Rules": Wholeness.INCOMPLETE}
    assert walk.codes("Many")
    assert walk.codes("Rules")


CO_MANAGEMENT = {
    "@odata.type": f"{GRAPH}deviceComanagementAuthorityConfiguration",
    "displayName": "Policy",
    "priority": 1,
    "roleScopeTagIds": ["0"],
    "deviceEnrollmentConfigurationType": "deviceComanagementAuthorityConfiguration",
    "managedDeviceAuthority": 1,
    "installConfigurationManagerAgent": False,
}
ANDROID_APP = {
    "@odata.type": f"{GRAPH}androidManagedStoreAppConfiguration",
    "displayName": "Policy",
    "targetedMobileApps": [id_of("app")],
    "packageId": "app:com.example.mail",
    "payloadJson": "e30=",
    "profileApplicability": "androidWorkProfile",
}
ROLE = {
    "displayName": "Policy",
    "isBuiltIn": False,
    "description": "",
    "rolePermissions": [
        {"resourceActions": [{"allowedResourceActions": ["Microsoft.Intune_ManagedDevices_Read"]}]}
    ],
}
LINUX = {
    "name": "Policy",
    "description": "",
    "platforms": "linux",
    "technologies": "linuxMdm",
    "roleScopeTagIds": ["0"],
    "settings": [{"settingInstance": choice("linux_deviceencryption_required", "true")}],
}
TYPES = {
    "co-management": (
        "Enrollment Configurations/Policy_deviceComanagementAuthorityConfiguration.json",
        CO_MANAGEMENT,
        "deviceEnrollmentConfigurations",
    ),
    "app configuration": (
        "App Configuration/Policy_androidManagedStoreAppConfiguration.json",
        ANDROID_APP,
        "mobileAppConfigurations",
    ),
    "a role": ("Roles/Policy.json", ROLE, "roleDefinitions"),
    "compliance for Linux": (
        "Compliance Policies/Policies/Policy_linuxMdm.json",
        LINUX,
        "compliancePolicies",
    ),
}


@pytest.mark.parametrize(("name", "payload", "key"), TYPES.values(), ids=TYPES)
def test_a_type_is_recognized_by_derivation(walk, name, payload, key):
    walk.import_files({name: payload, "Policies/1.json": catalog("Beside it")}, origin=None)

    assert walk.entries["Policy"].contract_key == key


STRANGE = {
    "BIOS settings": (
        "BIOS/Laptops.json",
        {
            "@odata.type": f"{GRAPH}hardwareConfiguration",
            "displayName": "Laptops",
            "fileName": "l.cctk",
            "configurationFileContent": "AAAA",
            "hardwareConfigurationFormat": "dell",
        },
        "hardware configuration",
    ),
    "authentication methods": (
        "Entra/Authentication Methods/Keys.json",
        {
            "@odata.type": f"{GRAPH}fido2AuthenticationMethodConfiguration",
            "id": "Fido2",
            "displayName": "Keys",
            "state": "enabled",
        },
        "authentication methods",
    ),
}


@pytest.mark.parametrize(("name", "payload", "named"), STRANGE.values(), ids=STRANGE)
def test_a_recognisable_type_that_is_not_supported_is_named(walk, name, payload, named):
    walk.import_files({name: payload, "Policies/1.json": catalog("Beside it")}, origin=None)

    if payload["displayName"] in walk.entries:
        item = walk.entries[payload["displayName"]]
        assert item.contract_key not in {CATALOG, CONFIGURATION, COMPLIANCE, SCRIPTS}
        return
    assert walk.named(named, walk.unread[name]), walk.unread


def test_firmware_is_a_device_configuration(walk):
    policy = configuration(
        "Firmware", "windows10DeviceFirmwareConfigurationInterface", cameras="notConfigured"
    )
    walk.import_files({"DeviceConfiguration/Firmware.json": policy})

    walk.restore()

    assert walk.entries["Firmware"].contract_key == CONFIGURATION
    assert walk.results == {"Firmware": ("created", "verified")}


def portal_export(policy):
    kept = without(policy, "@odata.type", "assignments")
    return kept | {
        "@odata.context": "https://graph.microsoft.com/beta/$metadata"
        "#deviceManagement/configurationPolicies/$entity"
    }


@pytest.mark.parametrize("order", ["NativeImport A", "ZNativeImport"])
def test_of_the_same_policy_twice_the_copy_that_is_most_whole_wins(walk, order):
    policy = catalog("Screen lock", platforms="macOS", assignments=[to_all_devices()])
    whole = policy | {"platforms@odata.type": f"{SETTING}Platforms"}
    walk.import_files(
        {
            f"{order}/Screen lock.json": portal_export(policy),
            "SettingsCatalog/Screen lock.json": whole,
        }
    )

    (item,) = walk.entries.values()
    assert [one["target"]["@odata.type"] for one in item.assignments] == [
        f"{GRAPH}allDevicesAssignmentTarget"
    ]
    assert not [one for one in walk.unread.values() if "differ" in one.lower()]


def test_only_real_differences_of_two_copies_are_called_different(walk):
    policy = catalog("Screen lock", platforms="macOS", assignments=[to_all_devices()])
    other = portal_export(with_changes(policy, description="another text"))
    walk.import_files({"A/Screen lock.json": other, "SettingsCatalog/Screen lock.json": policy})

    assert len(walk.entries) == 1
    assert [one for one in walk.unread.values() if "differ" in one.lower()]


def test_what_intunecd_archived_is_not_live(walk):
    walk.import_files(
        {
            "Settings Catalog/Lock_mdm.json": as_intunecd(catalog("Lock")),
            "__archive__/2024-01-02_03-04-05/Settings Catalog/Gone_mdm.json": as_intunecd(
                catalog("Removed long ago")
            ),
            "__archive__/2024-01-02_03-04-05/Removed as well_mdm.json": as_intunecd(
                catalog("Removed as well")
            ),
        },
        origin=None,
    )

    assert set(walk.entries) == {"Lock"}


CIPP = {
    "Catalog": (
        {"name": "Lock", "platforms": "windows10", "technologies": "mdm"}
        | {"settings": [{"id": "0", "settingInstance": choice()}]},
        CATALOG,
    ),
    "Device": (
        {"@odata.type": f"{GRAPH}windows10GeneralConfiguration", "displayName": "Lock"}
        | {"cameraBlocked": True},
        CONFIGURATION,
    ),
    "deviceCompliancePolicies": (
        as_intunecd(compliance("Lock")),
        COMPLIANCE,
    ),
}


@pytest.mark.parametrize("kind", CIPP)
def test_a_template_of_cipp_is_read(walk, kind):
    policy, key = CIPP[kind]
    row = {
        "PartitionKey": "IntuneTemplate",
        "RowKey": id_of("row"),
        "JSON": json.dumps(
            {
                "Displayname": "Lock",
                "Description": "",
                "RAWJson": json.dumps(policy),
                "Type": kind,
            }
        ),
    }
    walk.import_files({"IntuneTemplate/Lock.json": row}, origin=None)

    walk.restore()

    assert walk.entries["Lock"].contract_key == key
    assert walk.results == {"Lock": ("created", "verified")}


LOCATIONS = "namedLocations"


def test_a_template_of_cipp_brings_the_named_locations_it_refers_to(walk):
    office = {
        "@odata.type": f"{GRAPH}ipNamedLocation",
        "displayName": "Office",
        "isTrusted": True,
        "ipRanges": [{"@odata.type": f"{GRAPH}iPv4CidrRange", "cidrAddress": "192.0.2.0/24"}],
    }
    policy = conditional_access("Outside", users=NO_USERS, LocationInfo=[None, [office]])
    policy["conditions"]["locations"] = {
        "includeLocations": ["All"],
        "excludeLocations": ["Office"],
    }
    row = {"PartitionKey": "CATemplate", "RowKey": id_of("row"), "JSON": json.dumps(policy)}
    walk.import_files({"CATemplate/Outside.json": row}, origin=None)

    walk.restore()

    assert walk.results == dict.fromkeys(["Office", "Outside"], ("created", "verified"))
    (location,) = walk.live(LOCATIONS)
    held = walk.live_named(CONDITIONAL_ACCESS, "Outside")["conditions"]["locations"]
    assert held["excludeLocations"] == [location["id"]]


def test_of_several_objects_without_ids_each_is_found_by_its_name(walk):
    """IntuneCD writes no ids, so that names alone tell filters and scope tags apart."""
    files = {
        f"Filters/{name}.json": CORPORATE | {"displayName": name} for name in ("Own", "Corporate")
    }
    files["Settings Catalog/Lock_mdm.json"] = as_intunecd(
        catalog("Lock"), roleScopeTagIds=["Default"], assignments=[to_named("Pilot", **THROUGH)]
    )
    walk.hold(groups=["Pilot"])
    walk.import_files(files, origin=None)

    walk.restore()

    target = walk.live_named(CATALOG, "Lock")["assignments"][0]["target"]
    ids = {one["displayName"]: one["id"] for one in walk.live(FILTERS)}
    assert target["deviceAndAppManagementAssignmentFilterId"] == ids["Corporate"]


def test_a_bundle_of_filters_is_read(walk):
    models = {"A": "iPhone", "B": "iPad"}
    filters = [
        {"displayName": name, "platform": "iOS", "rule": f'(device.model -startsWith "{model}")'}
        for name, model in models.items()
    ]
    walk.import_files({"Filters/All.json": {"filters": filters}}, origin=None)

    walk.restore()

    assert walk.results == dict.fromkeys(models, ("created", "verified"))
    assert {one["displayName"] for one in walk.live(FILTERS)} == set(models)


def test_a_mail_to_a_template_that_is_not_there_is_found(walk):
    policy = compliance("Mail", action(), action("notification", template=id_of("gone")))
    walk.import_files({"CompliancePolicies/Mail.json": policy})

    walk.check()

    assert walk.codes("Mail", severity={"blocker", "warning"})


def test_a_mixed_folder_is_read_by_content(walk):
    """Two tools in one folder, and file names that say nothing."""
    walk.hold(groups=["Pilot"])
    walk.import_files(
        {
            "out/1.json": catalog("Managed", assignments=[to_group("Pilot")]),
            "out/2.json": as_intunecd(compliance("CD"), assignments=[to_named("Pilot")]),
            "out/3.yaml": YAML,
        },
        origin=None,
    )

    assert {name: one.contract_key for name, one in walk.entries.items()} == {
        "Managed": CATALOG,
        "CD": COMPLIANCE,
        "Lock": CATALOG,
    }
