from dataclasses import replace

import pytest

from restore_safety.checks.plaintext_secrets import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import WHOLE, FakeReader

KEY = "deviceConfigurations"


def wifi(key):
    return {
        "@odata.type": "#microsoft.graph.windowsWifiConfiguration",
        "id": "w",
        "displayName": "Guests",
        "ssid": "guests",
        "preSharedKey": key,
    }


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("hunter2-plain", [(Severity.WARNING, "plaintext_secrets", ["Guests"])]),
        ("****", []),
        ("", []),
        (None, []),
    ],
)
def test_a_secret_in_clear_is_a_warning_that_does_not_repeat_it(key, found):
    issues = list(check(context(checked(wifi(key), key=KEY))))

    assert outline(issues) == found
    assert "hunter2" not in str(issues)


def test_a_masked_secret_and_a_policy_that_stays_raise_nothing():
    masked = replace(WHOLE, secrets_masked=("preSharedKey",))
    same = FakeReader({KEY: [wifi("hunter2-plain")]})

    assert outline(check(context(checked(wifi("x"), key=KEY, completeness=masked)))) == []
    assert (
        outline(
            check(context(checked(wifi("hunter2-plain"), key=KEY, assignments=[]), reader=same))
        )
        == []
    )
