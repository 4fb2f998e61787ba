import base64

import pytest

from restore_safety.backups.shape import WrongShapeError, holds_cut_off, shaped
from tenants.graph.contracts import contract
from tests.restore_safety.backups.policies import catalog, compliance

GRAPH = "#microsoft.graph."


def device(kind, **members):
    return {"@odata.type": f"{GRAPH}{kind}", "id": "1", "displayName": "D"} | members


def shape_of(policy, key="deviceConfigurations"):
    return shaped(contract(key), policy)


def oma(value, kind="omaSettingString"):
    return {"@odata.type": f"{GRAPH}{kind}", "displayName": "k", "omaUri": "./x", "value": value}


def test_a_policy_as_graph_answers_it_is_left_as_it_is():
    for policy, key in (
        (catalog(), "configurationPolicies"),
        (compliance(), "deviceCompliancePolicies"),
    ):
        shape = shape_of(policy, key)

        assert shape.policy == policy
        assert (shape.cut_off, shape.faults, shape.unknown) == ((), (), ())


@pytest.mark.parametrize(
    ("members", "read"),
    [
        (
            {"servers": {"description": "one", "address": "vpn.example.org"}},
            {"servers": [{"description": "one", "address": "vpn.example.org"}]},
        ),
        (
            {"servers": {"@odata.context": "x", "value": [{"address": "a"}]}},
            {"servers": [{"address": "a"}]},
        ),
        ({"enableSplitTunneling": "False"}, {"enableSplitTunneling": False}),
        ({"customXml": "PGEv\r\nPg=="}, {"customXml": "PGEvPg=="}),
    ],
)
def test_what_powershell_changed_is_put_right_where_that_is_certain(members, read):
    shape = shape_of(device("windows10VpnConfiguration", **members))

    assert shape.policy == device("windows10VpnConfiguration", **read)
    assert (shape.cut_off, shape.faults, shape.unknown) == ((), (), ())


@pytest.mark.parametrize(
    ("kind", "given", "read"),
    [
        ("omaSettingString", {"@odata.context": "x", "value": "clear"}, "clear"),
        ("omaSettingStringXml", {"@odata.context": "x", "value": "<a/>"}, "PGEvPg=="),
        ("omaSettingStringXml", {"@odata.context": "x", "value": "PGEvPg=="}, "PGEvPg=="),
    ],
)
def test_a_wrapped_secret_is_unwrapped(kind, given, read):
    shape = shape_of(device("windows10CustomConfiguration", omaSettings=[oma(given, kind)]))

    assert shape.policy["omaSettings"][0]["value"] == read
    assert shape.faults == ()


DECLARED = '<?xml version="1.0" encoding="{}"?>\r\n<a b="ä">text</a>'
BOMB = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]><a>&b;</a>'


@pytest.mark.parametrize("kind", ["windows10CustomConfiguration", "androidCustomConfiguration"])
@pytest.mark.parametrize(
    "text",
    [
        "<enabled/>",
        '<enabled/><data id="x" value="1"/>',
        "\ufeff<a/>",
        "  <a>\n  <b/>\n</a>\n",
        "<!-- why --><a/>",
        DECLARED.format("utf-8"),
        DECLARED.format("UTF-8"),
    ],
)
def test_plain_xml_of_a_setting_is_encoded_as_graph_holds_it(kind, text):
    shape = shape_of(device(kind, omaSettings=[oma(text, "omaSettingStringXml")]))

    value = shape.policy["omaSettings"][0]["value"]
    assert base64.b64decode(value, validate=True).decode() == text
    assert shape.faults == ()


@pytest.mark.parametrize(
    "text",
    [
        "<a><b></a>",
        "<a>cut off he",
        "<enabled/> and",
        "no <b>xml</b>",
        "<",
        "<# a script #>",
        "<html><br></html>",
        DECLARED.format("utf-16"),
        DECLARED.format("windows-1252"),
        BOMB,
        OUTSIDE,
        "<a>" * 100_000,
    ],
    ids=lambda text: text[:20],
)
def test_what_may_be_no_xml_is_left_and_stays_a_fault(text):
    policy = device("windows10CustomConfiguration", omaSettings=[oma(text, "omaSettingStringXml")])

    shape = shape_of(policy)

    assert shape.policy == policy
    assert shape.faults == ("“omaSettings[0].value” cannot be used: it is not base64",)


@pytest.mark.parametrize("kind", ["omaSettingString", "omaSettingBase64"])
def test_xml_in_a_setting_of_another_type_stays_what_it_is(kind):
    policy = device("windows10CustomConfiguration", omaSettings=[oma("<a/>", kind)])

    assert shape_of(policy).policy == policy


@pytest.mark.parametrize(
    ("policy", "path"),
    [
        (
            device("windowsKioskConfiguration", kioskBrowserBlockedURLs="System.Object[]"),
            "kioskBrowserBlockedURLs",
        ),
        (device("windowsKioskConfiguration", kioskProfiles=["@{a=1}"]), "kioskProfiles[0]"),
        (device("windows10VpnConfiguration", proxyServer="@{address=x}"), "proxyServer"),
        (device("windows10VpnConfiguration", description="@{a=1}"), "description"),
    ],
)
def test_what_was_cut_off_is_named_by_its_path(policy, path):
    shape = shape_of(policy)

    assert shape.cut_off == (path,)
    assert shape.policy == policy


@pytest.mark.parametrize(
    ("policy", "path", "why"),
    [
        (
            device("windows10CustomConfiguration", omaSettings=[oma("<a>", "omaSettingStringXml")]),
            "omaSettings[0].value",
            "it is not base64",
        ),
        (
            device("windows10VpnConfiguration", servers=5),
            "servers",
            "it is a single value where Graph takes a list",
        ),
        (
            device("windows10VpnConfiguration", servers=["x"]),
            "servers[0]",
            "it is a plain value where Graph takes an object",
        ),
        (
            device("windows10VpnConfiguration", proxyServer=[]),
            "proxyServer",
            "it is a list or an object where Graph takes a single value",
        ),
        (
            device("windows10VpnConfiguration", connectionType=3),
            "connectionType",
            "it is of another kind than Graph takes here",
        ),
        (
            device("windows10VpnConfiguration", enableSplitTunneling="yes please"),
            "enableSplitTunneling",
            "it is of another kind than Graph takes here",
        ),
    ],
)
def test_what_does_not_fit_its_type_is_a_fault(policy, path, why):
    assert shape_of(policy).faults == (f"“{path}” cannot be used: {why}",)


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (
            device("windows10VpnConfiguration", roleScopeTagIds="17"),
            "“roleScopeTagIds” holds text where a list belongs",
        ),
    ],
)
def test_what_could_mean_several_things_refuses_the_policy(policy, reason):
    with pytest.raises(WrongShapeError) as refused:
        shape_of(policy)

    assert str(refused.value) == reason


def test_a_date_that_could_be_of_two_days_refuses_the_policy():
    rollout = {"offerStartDateTimeInUTC": "01/05/2026 10:00:00"}

    with pytest.raises(WrongShapeError) as refused:
        shape_of({"displayName": "F", "rolloutSettings": rollout}, "windowsFeatureUpdateProfiles")

    assert str(refused.value) == (
        "“rolloutSettings.offerStartDateTimeInUTC” holds no date that can be read"
    )


def test_a_date_of_powershell_is_read_even_where_no_restore_writes_it():
    shape = shape_of(
        device(
            "windowsUpdateForBusinessConfiguration",
            qualityUpdatesPauseExpiryDateTime="/Date(-62135596800000)/",
            lastModifiedDateTime="/Date(1704067200000)/",
            featureUpdatesRollbackStartDateTime="01/05/2026",
        )
    )

    assert shape.policy["qualityUpdatesPauseExpiryDateTime"] == "0001-01-01T00:00:00Z"
    assert shape.policy["lastModifiedDateTime"] == "2024-01-01T00:00:00Z"
    assert shape.policy["featureUpdatesRollbackStartDateTime"] == "01/05/2026"


def test_members_of_a_newer_service_are_named_and_kept():
    policy = catalog()
    policy["settings"][0]["settingInstance"] |= {"newRule": {"id": "V-1"}, "empty": None}

    shape = shape_of(policy, "configurationPolicies")

    assert shape.unknown == ("settings.settingInstance.newRule",)
    assert shape.policy == policy


def test_of_an_object_whose_type_is_not_known_nothing_is_called_unknown():
    shape = shape_of(catalog(settings=[{"settingInstance": {"a": 1}}]), "configurationPolicies")

    assert shape.faults == ()
    assert shape.unknown == ()


def test_a_date_that_no_restore_writes_does_not_refuse_the_policy():
    shape = shape_of(device("windows10VpnConfiguration", createdDateTime="yesterday"))

    assert shape.policy["createdDateTime"] == "yesterday"


def test_a_flood_of_faults_is_cut_short():
    policy = device("windows10VpnConfiguration", servers=["x"] * 500)

    faults = shape_of(policy).faults

    assert len(faults) == 21
    assert faults[-1] == "and more"


def test_cuts_are_found_however_deep_they_lie():
    assert holds_cut_off({"a": [{"b": "@{c=1}"}]})
    assert not holds_cut_off({"a": [{"b": "c"}]})


def test_a_value_of_a_newer_service_loses_nothing_of_the_backup():
    shape = shape_of(device("windows10VpnConfiguration", connectionType="newerKind"))

    assert shape.faults == ()


def test_a_value_that_graph_could_not_express_is_a_fault():
    for policy, path in (
        (device("windows10VpnConfiguration", connectionType="unknownFutureValue"), ""),
        (catalog(technologies="mdm,unknownFutureValue"), "technologies"),
    ):
        key = "configurationPolicies" if path else "deviceConfigurations"
        [fault] = shape_of(policy, key).faults

        assert fault == f"“{path or 'connectionType'}” holds a value that Graph could not express"
