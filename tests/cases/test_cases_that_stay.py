"""What is right and must stay right (b09b, b25, b33, b33b, b37, b50, b51, b53)."""

import json

import pytest

from tests.cases.makers import (
    CATALOG,
    CONTEXT,
    GRAPH,
    as_held,
    catalog,
    choice,
    compliance,
    id_of,
    to_group,
)


def test_only_what_was_selected_is_written(walk):
    lock, rule = catalog("Lock"), compliance("Compliance")
    walk.hold({CATALOG: [as_held(lock, settings=[{"settingInstance": choice(value="0")}])]})
    walk.import_policies(lock, rule)

    walk.restore(only={"Compliance"})

    assert walk.results == {"Compliance": ("created", "verified")}
    assert {path.split("/")[1] for _, path in walk.writes()} == {"deviceCompliancePolicies"}


ODD_NAMES = [
    'A/B: "quoted" <x> | ? * \\ name',
    "Ünïcödé \u2013 en dash \u00a0nbsp 日本 🚀",
    "[Brackets] {curly} 100%",
    "trailing dot.",
    "N" * 256,
    "  leading",
]


def test_odd_names_are_restored_letter_by_letter(walk):
    walk.import_policies(*[catalog(name) for name in ODD_NAMES])

    walk.restore()

    assert sorted(one["name"] for one in walk.live(CATALOG)) == sorted(ODD_NAMES)
    assert set(walk.results.values()) == {("created", "verified")}


def encoded(name, encoding, mark=b""):
    text = json.dumps(catalog(name, description="é"), ensure_ascii=False)
    return mark + text.encode(encoding)


ENCODINGS = {
    "UTF-16, little end first": ("utf-16-le", b"\xff\xfe"),
    "UTF-16, big end first": ("utf-16-be", b"\xfe\xff"),
    "UTF-8 with a mark": ("utf-8", b"\xef\xbb\xbf"),
    "UTF-8": ("utf-8", b""),
}


@pytest.mark.parametrize(("encoding", "mark"), ENCODINGS.values(), ids=ENCODINGS)
def test_every_encoding_of_the_tools_is_read(walk, encoding, mark):
    name = "Pölicy \u2013 “ä” €"
    walk.import_files({"SettingsCatalog/a.json": encoded(name, encoding, mark)})

    assert set(walk.entries) == {name}
    assert walk.entries[name].payload.content["description"] == "é"


def test_a_file_that_is_not_json_is_named(walk):
    broken = encoded("t", "utf-8")[:-1] + b",}"
    walk.import_files({"SettingsCatalog/b.json": broken, "SettingsCatalog/a.json": catalog("A")})

    assert set(walk.entries) == {"A"}
    assert "SettingsCatalog/b.json" in walk.unread


def test_a_large_policy_over_many_pages_is_restored_and_unchanged_afterwards(walk):
    groups = [f"G{number}" for number in range(40)]
    many = catalog(
        "Big",
        *[choice(f"device_vendor_msft_policy_config_x{one}", one % 3) for one in range(300)],
        assignments=[to_group(name) for name in groups],
    )
    walk.hold(groups=groups, pageSize=7)
    walk.import_policies(many, *[catalog(f"P{number:03}") for number in range(20)])

    walk.restore()

    assert set(walk.results.values()) == {("created", "verified")}
    held = walk.live_named(CATALOG, "Big")
    assert (len(held["settings"]), len(held["assignments"])) == (300, 40)
    walk.capture()
    walk.preview()
    assert set(walk.decisions.values()) == {"unchanged"}


def test_exactly_a_page_of_settings_without_a_count_is_not_proven(walk):
    settings = [choice(f"device_vendor_msft_policy_config_x{one}") for one in range(25)]
    policy = catalog("Exactly 25", *settings)
    del policy["settingCount"]
    walk.import_policies(policy)

    walk.preview()

    assert walk.codes("Exactly 25", severity={"blocker", "warning"})


def other_type(path, kind, **members):
    return {
        "@odata.context": f"{CONTEXT}{path}/$entity",
        "@odata.type": f"{GRAPH}{kind}",
        "id": id_of(kind),
        "displayName": kind,
        "description": "",
        "roleScopeTagIds": ["0"],
    } | members


OTHERS = {
    "AutoPilot/a.json": other_type(
        "deviceManagement/windowsAutopilotDeploymentProfiles",
        "azureADWindowsAutopilotDeploymentProfile",
    ),
    "EnrollmentStatusPage/a.json": other_type(
        "deviceManagement/deviceEnrollmentConfigurations",
        "windows10EnrollmentCompletionPageConfiguration",
        priority=1,
    ),
    "DeviceHealthScripts/a.json": other_type(
        "deviceManagement/deviceHealthScripts",
        "deviceHealthScript",
        detectionScriptContent="V3JpdGU=",
        remediationScriptContent="V3JpdGU=",
    ),
    "AppProtection/a.json": other_type(
        "deviceAppManagement/iosManagedAppProtections", "iosManagedAppProtection", apps=[]
    ),
    "NamedLocations/a.json": other_type(
        "identity/conditionalAccess/namedLocations",
        "ipNamedLocation",
        isTrusted=True,
        ipRanges=[],
    ),
    "PolicySets/a.json": other_type("deviceAppManagement/policySets", "policySet", items=[]),
    "InventoryPolicies/a.json": other_type(
        "deviceManagement/inventoryPolicies", "deviceManagementInventoryPolicy"
    ),
}


def test_no_file_disappears_in_silence(walk):
    walk.import_files(OTHERS | {"SettingsCatalog/ok.json": catalog("Supported")})

    kept = {one.name for one in walk.entries.values()}
    lost = [
        name
        for name, payload in OTHERS.items()
        if payload["displayName"] not in kept and not walk.unread.get(name)
    ]
    assert lost == []
    assert "Supported" in kept


def test_the_same_name_in_another_type_is_another_policy(walk):
    walk.import_policies(catalog("Rules"), compliance("Rules", id=id_of("other")))

    walk.restore()

    evidence = walk.draft.evidence.filter(kind="preview").first()
    assert [one.decision for one in evidence.plan.all()] == ["create", "create"]
