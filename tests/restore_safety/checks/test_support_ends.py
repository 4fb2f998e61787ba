import pytest

from restore_safety.checks.support_ends import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline

FOUND = [(Severity.WARNING, "support_ended", ["Feature"])]


@pytest.mark.parametrize(
    ("end", "found"),
    [
        ("2025-10-14T00:00:00Z", FOUND),
        ("2027-10-14T00:00:00Z", []),
        ("some day", []),
        ("2025-10-14", []),
        (None, []),
    ],
)
def test_a_version_past_its_end_of_support_is_a_warning(end, found):
    payload = {
        "id": "f",
        "displayName": "Feature",
        "featureUpdateVersion": "Windows 11, version 22H2",
        "endOfSupportDate": end,
    }

    issues = list(check(context(checked(payload, key="windowsFeatureUpdateProfiles"))))

    assert outline(issues) == found
    assert all("version 22H2" in one.why for one in issues)
