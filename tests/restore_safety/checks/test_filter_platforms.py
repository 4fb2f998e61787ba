import pytest

from restore_safety.checks.filter_platforms import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import (
    TO_ALL_DEVICES,
    FakeReader,
    catalog,
    compliance,
    refused,
)

FILTER = "ffffffff-0000-4000-8000-000000000001"
FIELDS = {
    "deviceAndAppManagementAssignmentFilterId": FILTER,
    "deviceAndAppManagementAssignmentFilterType": "include",
}
FILTERED = {"target": {**TO_ALL_DEVICES["target"], **FIELDS}}


def look(payload, platform, *, key="configurationPolicies", **facts):
    held = {"id": FILTER, "displayName": "Ours", "platform": platform}
    reader = FakeReader({"assignmentFilters": [held]}, **facts)
    return list(check(context(checked(payload, key=key, assignments=[FILTERED]), reader=reader)))


@pytest.mark.parametrize(
    ("platforms", "platform"),
    [("iOS", "windows10AndLater"), ("windows10", "macOS"), ("android", "iOS")],
)
def test_a_filter_of_another_platform_is_a_blocker(platforms, platform):
    issues = look(catalog(platforms=platforms), platform)

    assert outline(issues) == [(Severity.BLOCKER, "filter_of_another_platform", ["Firewall"])]
    assert "Ours" in issues[0].why


@pytest.mark.parametrize(
    ("platforms", "platform"),
    [
        ("windows10", "windows10AndLater"),
        ("iOS,macOS", "macOS"),
        ("android", "androidWorkProfile"),
        ("none", "iOS"),
        ("windows10", "unknown"),
    ],
)
def test_one_that_fits_or_is_not_known_raises_nothing(platforms, platform):
    assert look(catalog(platforms=platforms), platform) == []


def test_the_platform_of_a_type_is_in_its_name():
    key = "deviceCompliancePolicies"

    assert outline(look(compliance(), "iOS", key=key)) == [
        (Severity.BLOCKER, "filter_of_another_platform", ["Password"])
    ]
    assert look(compliance(), "windows10AndLater", key=key) == []


def test_filters_that_could_not_be_read_are_reported_by_the_check_of_missing_ones():
    assert look(catalog(platforms="iOS"), "macOS", errors={"assignmentFilters": refused()}) == []
