"""Secrets: masked at capture, written in clear, and never to be compared (b12, b13, b28)."""

import pytest

from restore_safety.policies.completeness import Completeness, Wholeness
from tests.cases.between import altering, everywhere
from tests.cases.makers import (
    CONFIGURATION,
    as_held,
    base64_of,
    catalog,
    configuration,
    oma,
    secret,
)

TOKEN = "device_vendor_msft_policy_config_secret"
MASKED = {"isEncrypted": True, "secretReferenceValueId": "s_1"}
NEITHER = {"mismatch", "verified"}
PLAIN = {
    "text": oma("clear text secret"),
    "XML": oma(base64_of("<enabled/>"), "omaSettingStringXml", fileName="a.xml"),
    "base64": oma(base64_of("bytes"), "omaSettingBase64", fileName="a.bin"),
}


def masked(value):
    """An OMA-URI setting as Graph answers it."""
    kind = str(value.get("@odata.type", ""))
    if kind.endswith(("omaSettingString", "omaSettingStringXml", "omaSettingBase64")):
        return value | MASKED | {"value": "PGEvPg==" if kind.endswith("Xml") else "****"}
    return value


def wholeness(walk, name):
    return Completeness.from_json(walk.entries[name].completeness).wholeness


@pytest.mark.parametrize("setting", PLAIN.values(), ids=PLAIN)
def test_a_masked_value_makes_the_item_incomplete(walk, setting):
    walk.import_policies(configuration("Custom", omaSettings=[masked(setting)]))

    walk.preview()

    assert wholeness(walk, "Custom") is Wholeness.INCOMPLETE
    assert walk.codes("Custom", severity={"blocker", "warning"})
    assert walk.decisions["Custom"] == "blocked"


@pytest.mark.parametrize("setting", PLAIN.values(), ids=PLAIN)
def test_what_the_tenant_masks_is_no_change(walk, setting, monkeypatch):
    policy = configuration("Custom", omaSettings=[setting])
    walk.hold({CONFIGURATION: [as_held(policy)]})
    altering(monkeypatch, lambda path, body: everywhere(body, masked))
    walk.import_policies(policy)

    walk.preview()

    assert "target_changed_since_backup" not in walk.codes("Custom")


@pytest.mark.parametrize("setting", PLAIN.values(), ids=PLAIN)
def test_a_masked_write_is_neither_a_mismatch_nor_verified(walk, setting, monkeypatch):
    policy = configuration("Custom", omaSettings=[setting])
    altering(monkeypatch, lambda path, body: everywhere(body, masked))
    walk.import_policies(policy)

    walk.restore()

    outcome, verification = walk.results["Custom"]
    assert outcome == "created"
    assert verification not in NEITHER
    (held,) = walk.live_named(CONFIGURATION, "Custom")["omaSettings"]
    assert held["value"] == setting["value"]


def test_a_masked_write_is_not_repeated_for_ever(walk, monkeypatch):
    policy = configuration("Custom", omaSettings=[PLAIN["text"]])
    altering(monkeypatch, lambda path, body: everywhere(body, masked))
    walk.import_policies(policy)
    walk.restore()

    walk.restore()

    assert walk.results["Custom"][1] != "mismatch"
    assert walk.run.status != "partial"


def test_a_captured_masked_value_is_fetched_or_incomplete(walk, monkeypatch):
    policy = configuration("Custom", omaSettings=[PLAIN["text"]])
    walk.hold({CONFIGURATION: [as_held(policy)]})
    altering(monkeypatch, lambda path, body: everywhere(body, masked))

    walk.capture()

    (held,) = walk.entries["Custom"].payload.content["omaSettings"]
    is_clear = held["value"] == "clear text secret"
    assert is_clear or wholeness(walk, "Custom") is Wholeness.INCOMPLETE


UNSOUND = {
    "wrapped": oma(
        {"@odata.context": "https://graph.microsoft.com/beta/#Edm.String", "value": "x"}
    ),
    "XML in clear": oma("<enabled/>", "omaSettingStringXml"),
    "base64 in clear": oma("not base64!", "omaSettingBase64"),
    "a number as text": oma("five", "omaSettingInteger"),
}


@pytest.mark.parametrize("setting", UNSOUND.values(), ids=UNSOUND)
def test_an_unsound_value_is_found_before_the_tenant_refuses_it(walk, setting):
    walk.import_policies(configuration("Custom", omaSettings=[setting]), catalog("Beside it"))

    walk.restore_unblocked()

    assert walk.refused() == []
    assert walk.results["Beside it"] == ("created", "verified")
    assert walk.results.get("Custom", ("",))[0] != "failed"


def test_a_plain_secret_is_written_and_cannot_be_compared(walk):
    walk.import_policies(catalog("Secret", secret(TOKEN, "hunter2-plain")))

    walk.restore()

    outcome, verification = walk.results["Secret"]
    assert outcome == "created"
    assert verification not in NEITHER
    assert walk.run.status == "completed"


def test_a_second_run_does_not_write_a_secret_again(walk):
    walk.import_policies(catalog("Secret", secret(TOKEN, "hunter2-plain")))
    walk.restore()

    walk.restore()

    assert walk.writes() == []
    assert walk.results["Secret"][1] != "mismatch"


def test_an_encrypted_secret_is_never_written(walk):
    walk.import_policies(catalog("Secret", secret(TOKEN, "dG9rZW4=", "encryptedValueToken")))

    walk.preview()

    assert walk.decisions == {"Secret": "blocked"}
    assert walk.codes("Secret", severity={"blocker", "warning"})


KEYS = {
    "androidWiFiConfiguration": {"ssid": "guest", "networkName": "guest", "preSharedKey": None},
    "iosWiFiConfiguration": {"ssid": "guest", "networkName": "guest", "preSharedKey": None},
    "macOSWiFiConfiguration": {"ssid": "guest", "networkName": "guest", "preSharedKey": None},
    "windowsWifiConfiguration": {"ssid": "guest", "networkName": "guest", "preSharedKey": None},
}


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_the_backup_does_not_hold_is_named(walk, kind):
    security = {"wiFiSecurityType": "wpaPersonal"}
    if kind == "windowsWifiConfiguration":
        security = {"wifiSecurityType": "wpaPersonal"}
    walk.import_policies(configuration("Guest", kind, **KEYS[kind], **security))

    walk.preview()

    squeezed = walk.said_before("Guest").lower().replace(" ", "").replace("-", "")
    assert "presharedkey" in squeezed
    assert walk.readiness != "ready"
