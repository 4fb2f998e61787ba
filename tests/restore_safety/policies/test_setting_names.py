import pytest

from restore_safety.policies.diff.setting_names import (
    SettingNames,
    definitions_in,
    displayed_in,
    property_name,
)
from restore_safety.policies.diff.setting_words import spaced

FIREWALL = "vendor_msft_firewall_mdmstore"
DEFENDER = "device_vendor_msft_policy_config_defender"


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        (f"{DEFENDER}_allowrealtimemonitoring", "Allow realtime monitoring"),
        (f"{FIREWALL}_publicprofile_enablefirewall", "Enable firewall"),
        ("device_vendor_msft_policy_config_admx_w32time_ntpclient_type", "Ntpclient type"),
        (
            "user_vendor_msft_policy_config_word16v2~policy~l_word~l_security_l_fileblock",
            "File block",
        ),
        ("device_vendor_msft_policy_config_printers_configurerpc_3", "Configurerpc 3"),
        ("linux", "Linux"),
        ("device_vendor_msft_a_id", "Id"),
    ],
)
def test_a_setting_goes_by_the_last_part_that_means_something(definition, name):
    assert SettingNames([definition]).name_of(definition) == name


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("puaprotection", "PUA protection"),
        ("minimumpasswordlength", "minimum password length"),
        ("onlineonly", "online only"),
        ("saveexcelfilesas", "save excel files as"),
        ("kfmoptinnowizard", "kfmoptinnowizard"),
        ("fileblock2", "fileblock2"),
        ("", ""),
    ],
)
def test_words_are_split_only_where_all_of_them_are_known(part, words):
    assert spaced(part) == words


MONITORING = f"{DEFENDER}_allowrealtimemonitoring"
READ_WITH_DEFINITIONS = {
    "settings": [
        {
            "settingInstance": {"settingDefinitionId": MONITORING},
            "settingDefinitions": [
                {
                    "id": MONITORING,
                    "displayName": "Allow Realtime Monitoring",
                    "options": [
                        {"itemId": f"{MONITORING}_0", "displayName": "Not allowed."},
                        {"itemId": f"{MONITORING}_1", "displayName": " "},
                        "no option",
                    ],
                },
                {"id": "unnamed"},
            ],
        },
        "no setting",
    ]
}


def test_what_a_policy_carries_of_its_definitions_names_its_settings():
    names = SettingNames([MONITORING], displayed=displayed_in(READ_WITH_DEFINITIONS))

    assert names.name_of(MONITORING) == "Allow Realtime Monitoring"
    assert names.option_of(MONITORING, f"{MONITORING}_0") == "Not allowed."
    assert names.option_of(MONITORING, f"{MONITORING}_1") == "1"


def test_a_display_name_that_two_settings_share_tells_neither():
    displayed = {
        f"{FIREWALL}_{one}profile_enablefirewall": "Enable" for one in ("domain", "public")
    }

    names = SettingNames(displayed, displayed=displayed)

    assert [names.name_of(one) for one in displayed] == [
        "Domain profile enable firewall",
        "Public profile enable firewall",
    ]


@pytest.mark.parametrize("payload", [{}, {"settings": "no list"}, {"settings": [{}]}])
def test_a_policy_read_without_definitions_names_none(payload):
    assert displayed_in(payload) == {}


def test_no_two_settings_have_one_name():
    profiles = [f"{FIREWALL}_{one}profile_enablefirewall" for one in ("domain", "public")]

    names = SettingNames(profiles)

    assert [names.name_of(one) for one in profiles] == [
        "Domain profile enable firewall",
        "Public profile enable firewall",
    ]


def test_a_child_says_what_its_parent_does_not():
    rules = f"{DEFENDER}_attacksurfacereductionrules"

    names = SettingNames([rules, f"{rules}_blockall_name"])

    assert names.name_of(f"{rules}_blockall_name", parent=rules) == "Block all name"


def test_a_child_of_another_family_goes_by_its_own_name():
    names = SettingNames([f"{DEFENDER}_scan", f"{FIREWALL}_enablefirewall"])

    assert names.name_of(f"{FIREWALL}_enablefirewall", parent=f"{DEFENDER}_scan") == (
        "Enable firewall"
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
    assert SettingNames([]).option_of(f"{DEFENDER}_scan", value) == option


def test_definitions_are_found_at_any_depth():
    child = {"settingDefinitionId": "child"}
    parent = {"settingDefinitionId": "parent", "choiceSettingValue": {"children": [child]}}

    assert list(definitions_in([{"settingInstance": parent}])) == ["parent", "child"]
