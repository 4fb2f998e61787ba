import pytest

from restore_safety.preview.setting_names import (
    SettingNames,
    definitions_in,
    option_of,
    property_name,
)

FIREWALL = "vendor_msft_firewall_mdmstore"
DEFENDER = "device_vendor_msft_policy_config_defender"


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        (f"{DEFENDER}_allowrealtimemonitoring", "Allowrealtimemonitoring"),
        (f"{FIREWALL}_publicprofile_enablefirewall", "Enablefirewall"),
        ("device_vendor_msft_policy_config_admx_w32time_ntpclient_type", "Ntpclient type"),
        (
            "user_vendor_msft_policy_config_word16v2~policy~l_word~l_security_l_fileblock",
            "Fileblock",
        ),
        ("device_vendor_msft_policy_config_printers_configurerpc_3", "Configurerpc 3"),
        ("linux", "Linux"),
        ("device_vendor_msft_a_id", "Id"),
    ],
)
def test_a_setting_goes_by_the_last_part_that_means_something(definition, name):
    assert SettingNames([definition]).name_of(definition) == name


def test_no_two_settings_have_one_name():
    profiles = [f"{FIREWALL}_{one}profile_enablefirewall" for one in ("domain", "public")]

    names = SettingNames(profiles)

    assert [names.name_of(one) for one in profiles] == [
        "Domainprofile enablefirewall",
        "Publicprofile enablefirewall",
    ]


def test_a_child_says_what_its_parent_does_not():
    rules = f"{DEFENDER}_attacksurfacereductionrules"

    names = SettingNames([rules, f"{rules}_blockall_name"])

    assert names.name_of(f"{rules}_blockall_name", parent=rules) == "Blockall name"


def test_a_child_of_another_family_goes_by_its_own_name():
    names = SettingNames([f"{DEFENDER}_scan", f"{FIREWALL}_enablefirewall"])

    assert names.name_of(f"{FIREWALL}_enablefirewall", parent=f"{DEFENDER}_scan") == (
        "Enablefirewall"
    )


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("passwordMinimumLength", "Password minimum length"),
        ("runAs32Bit", "Run as 32 bit"),
        ("notificationMessageCCList", "Notification message CC list"),
        ("state", "State"),
    ],
)
def test_a_property_reads_as_words(key, name):
    assert property_name(key) == name


@pytest.mark.parametrize(
    ("value", "option"),
    [
        (f"{DEFENDER}_scan_1", "1"),
        (f"{DEFENDER}_scan_audit_only", "audit_only"),
        ("something else", "something else"),
    ],
)
def test_a_choice_reads_as_its_option(value, option):
    assert option_of(f"{DEFENDER}_scan", value) == option


def test_definitions_are_found_at_any_depth():
    child = {"settingDefinitionId": "child"}
    parent = {"settingDefinitionId": "parent", "choiceSettingValue": {"children": [child]}}

    assert list(definitions_in([{"settingInstance": parent}])) == ["parent", "child"]
