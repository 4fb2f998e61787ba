"""What a tool cut off or mangled is incomplete or refused, and named (b14, b15b, b18, b23)."""

import base64

import pytest

from restore_safety.policies.completeness import Completeness, Wholeness
from tests.cases.makers import (
    NO_USERS,
    SCRIPTS,
    base64_of,
    catalog,
    choice,
    compliance,
    conditional_access,
    configuration,
    script,
    update_ring,
    with_changes,
)

CUT = "@{id=1; actionType=block; gracePeriodHours=0}"
RULE_CUT = "@{ruleName=; scheduledActionConfigurations=System.Object[]}"


def with_condition(name, value):
    policy = conditional_access("Cut", users=NO_USERS)
    policy["conditions"][name] = value
    return policy


CUT_OFF = {
    "an action": compliance("Cut", CUT),
    "a rule": with_changes(compliance("Cut"), scheduledActionsForRule=[RULE_CUT]),
    "a child setting": catalog("Cut", choice(children=["@{settingDefinitionId=y}"])),
    "a setting": with_changes(catalog("Cut"), settings=["@{id=0; settingInstance=}"]),
    "a value of a setting": with_changes(
        catalog("Cut"),
        settings=[{"id": "0", "settingInstance": choice() | {"choiceSettingValue": "@{value=x}"}}],
    ),
    "the settings": with_changes(catalog("Cut"), settings="System.Object[]"),
    "kiosk profiles": configuration(
        "Cut", "windowsKioskConfiguration", kioskProfiles=["@{profileId=1}"]
    ),
    "a list of plain values": configuration(
        "Cut", "windowsKioskConfiguration", kioskBrowserBlockedURLs="System.Object[]"
    ),
    "a table": configuration(
        "Cut", "windows10VpnConfiguration", trafficRules="System.Collections.Hashtable"
    ),
    "a generic list": configuration(
        "Cut",
        "windows10GeneralConfiguration",
        defenderProcessesToExclude=["System.Collections.Generic.List`1[System.Object]"],
    ),
    "an OMA-URI": configuration("Cut", omaSettings=["@{omaUri=./x; value=1}"]),
    "users": with_condition("users", "@{includeUsers=System.Object[]}"),
    "applications": with_condition("applications", "@{includeApplications=System.Object[]}"),
    "grant controls": conditional_access("Cut", users=NO_USERS, grant="@{operator=OR}"),
}


@pytest.mark.parametrize("policy", CUT_OFF.values(), ids=CUT_OFF)
def test_what_was_cut_to_text_is_named_as_incomplete(walk, policy):
    walk.import_policies(policy, catalog("Beside it"))

    walk.preview()

    assert is_named_incomplete(walk, "Cut")
    assert walk.decisions.get("Cut", "blocked") == "blocked"


@pytest.mark.parametrize("policy", CUT_OFF.values(), ids=CUT_OFF)
def test_what_was_cut_to_text_is_never_written(walk, policy):
    walk.import_policies(policy, catalog("Beside it"))

    walk.restore_unblocked()

    assert walk.results["Beside it"] == ("created", "verified")
    assert walk.results.get("Cut", ("not_started",))[0] != "created"
    assert [path for _, path in walk.writes()] == ["deviceManagement/configurationPolicies"]


def test_assignments_cut_to_text_are_not_known(walk):
    walk.import_policies(configuration("Cut", assignments=["@{id=1; target=}"]))

    walk.preview()

    facts = Completeness.from_json(walk.entries["Cut"].completeness)
    assert facts.wholeness is not Wholeness.COMPLETE
    assert walk.readiness != "ready"


def is_named_incomplete(walk, name):
    """Whether the backup says that it is not whole, at the item or at its file."""
    if name not in walk.entries:
        return any(walk.unread.values())
    facts = Completeness.from_json(walk.entries[name].completeness)
    return facts.wholeness is Wholeness.INCOMPLETE and bool(walk.codes(name))


WRONG = {
    "a text in place of a list": configuration(
        "Wrong", "windows10GeneralConfiguration", edgeHomepageUrls="https://a.example"
    ),
    "a text in place of scope tags": catalog("Wrong", roleScopeTagIds="17"),
    "a text in place of yes or no": configuration(
        "Wrong", "windows10GeneralConfiguration", cameraBlocked="yes please"
    ),
    "a text in place of a number": configuration(
        "Wrong", "windows10GeneralConfiguration", passwordMinimumLength="many"
    ),
    "a value outside of the enum": update_ring("Wrong", automaticUpdateMode="whenever"),
    "an unknown member": configuration(
        "Wrong", "windows10GeneralConfiguration", bananaBlocked=True
    ),
    "a number in place of a text": configuration(
        "Wrong", "windows10GeneralConfiguration", edgeFirstRunUrl=7
    ),
}


@pytest.mark.parametrize("policy", WRONG.values(), ids=WRONG)
def test_a_wrong_shape_is_found_before_the_tenant_refuses_it(walk, policy):
    walk.import_policies(policy, catalog("Beside it"))

    walk.restore_unblocked()

    assert walk.refused() == []
    assert walk.results["Beside it"] == ("created", "verified")
    assert walk.results.get("Wrong", ("",))[0] != "failed"


@pytest.mark.parametrize("policy", WRONG.values(), ids=WRONG)
def test_a_wrong_shape_is_said(walk, policy):
    walk.import_policies(policy, catalog("Beside it"))

    walk.preview()

    is_left_out = "Wrong" not in walk.entries and walk.unread
    assert is_left_out or walk.codes("Wrong")
    assert walk.readiness != "ready" or is_left_out


def test_an_object_in_place_of_a_list_of_objects_is_its_one_element(walk):
    server = {"description": "one", "address": "vpn.example.org", "isDefaultServer": True}
    collapsed = configuration("VPN", "windows10VpnConfiguration", servers=server)
    walk.import_policies(collapsed)

    (policy,) = walk.entries.values()

    assert [one["address"] for one in policy.payload.content["servers"]] == ["vpn.example.org"]


DATES = ["createdDateTime", "lastModifiedDateTime"]
WRITTEN_DATES = ["featureUpdatesPauseExpiryDateTime", "qualityUpdatesRollbackStartDateTime"]
OLD = "/Date(-62135596800000)/"
RECENT = "/Date(1767225600000)/"


@pytest.mark.parametrize("date", [OLD, RECENT, "/Date(1767225600000+0100)/"])
@pytest.mark.parametrize("member", DATES + WRITTEN_DATES)
def test_a_date_of_powershell_is_read_or_refused(walk, member, date):
    walk.import_policies(update_ring("Ring", **{member: date}), catalog("Beside it"))

    walk.restore_unblocked()

    assert walk.refused() == []
    assert "/Date(" not in str(walk.live("deviceConfigurations"))
    if "Ring" in walk.results:
        assert walk.results["Ring"][0] == "created"


ENCODED = base64_of("Write-Host 12345678901234567890")
UNREADABLE = {"plain text": "Write-Host 'plain text'", "not padded": ENCODED.rstrip("=") + "A"}
MISSING = {"empty": "", "null": None}
READABLE = {
    "UTF-16 with a mark": base64_of("\ufeffWrite-Host 'ä'\r\n".encode("utf-16-le")),
    "blanks": base64_of("   "),
    "with line breaks": ENCODED[:20] + "\r\n" + ENCODED[20:],
}


def with_content(content):
    return with_changes(script("Script"), scriptContent=content)


LOST = UNREADABLE | MISSING


@pytest.mark.parametrize("content", LOST.values(), ids=LOST)
def test_a_script_whose_content_is_lost_is_found_at_import(walk, content):
    walk.import_policies(with_content(content), catalog("Beside it"))

    walk.preview()

    assert is_named_incomplete(walk, "Script")
    assert walk.decisions.get("Script", "blocked") == "blocked"


@pytest.mark.parametrize("content", LOST.values(), ids=LOST)
def test_a_script_whose_content_is_lost_is_never_sent(walk, content):
    walk.import_policies(with_content(content), catalog("Beside it"))

    walk.restore_unblocked()

    assert walk.refused() == []
    assert walk.live(SCRIPTS) == []


@pytest.mark.parametrize("content", READABLE.values(), ids=READABLE)
def test_a_script_that_can_be_read_is_written_byte_for_byte(walk, content):
    walk.import_policies(with_content(content))

    walk.restore()

    assert walk.results == {"Script": ("created", "verified")}
    (held,) = walk.live(SCRIPTS)
    assert base64.b64decode(held["scriptContent"]) == base64.b64decode(content)
