"""Members that are not written are named, with what they point to."""

import pytest

from restore_safety.checks.parts_not_written import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog

KEY = "deviceConfigurations"
FOUND = [(Severity.WARNING, "parts_not_written", ["Policy"])]
WIFI = "androidDeviceOwnerEnterpriseWiFiConfiguration"
LINK = "rootCertificateForServerValidation"


def configuration(kind, **properties):
    return {
        "@odata.type": f"#microsoft.graph.{kind}",
        "id": "1",
        "displayName": "Policy",
        **properties,
    }


def look(payload, reader=None):
    return list(check(context(checked(payload, key=KEY, assignments=[]), reader=reader)))


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        (
            configuration(WIFI, **{f"#CustomRef_{LINK}": "Corp root|:|https://x"}),
            f"Policy: {LINK} (Corp root), because",
        ),
        (
            configuration(
                "windowsDomainJoinConfiguration",
                networkAccessConfigurations=[{"id": "c", "displayName": "Corp VPN"}],
            ),
            "Policy: networkAccessConfigurations (Corp VPN), because",
        ),
        (
            configuration(
                "windows10GeneralConfiguration", privacyAccessControls=[{"appDisplayName": "x"}]
            ),
            "Policy: privacyAccessControls, because",
        ),
        (
            configuration("androidWiFiConfiguration", preSharedKey=None, preSharedKeyIsSet=True),
            "Policy: preSharedKey, because",
        ),
        (
            configuration("windowsUpdateForBusinessConfiguration", qualityUpdatesPaused=True),
            "Policy: qualityUpdatesPaused, because",
        ),
    ],
)
def test_what_is_not_written_is_named(payload, named):
    issues = look(payload)

    assert outline(issues) == FOUND
    assert named in issues[0].why


def test_a_policy_that_is_written_whole_raises_nothing():
    assert outline(check(context(checked(catalog(), assignments=[])))) == []
    assert look(configuration("windowsUpdateForBusinessConfiguration")) == []


def test_a_policy_that_stays_as_it_is_asks_for_nothing():
    payload = configuration("windowsUpdateForBusinessConfiguration", qualityUpdatesPaused=True)
    live = configuration("windowsUpdateForBusinessConfiguration")

    assert look(payload, FakeReader({KEY: [live]})) == []
