import pytest

from restore_safety.checks.widened_audiences import check
from restore_safety.models import Severity
from restore_safety.truth.scope import AssignmentMode, ConflictPolicy
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import (
    PILOTS,
    STAFF,
    TO_ALL_DEVICES,
    FakeReader,
    catalog,
    refused,
    to_group,
    without_group,
)

FILTER = "ffffffff-0000-4000-8000-000000000001"
FROM_TO = "Corporate (include) to Corporate (exclude)"
FOUND = [(Severity.WARNING, "audience_widened", ["Firewall"])]


def filtered(mode="include"):
    return {
        "deviceAndAppManagementAssignmentFilterId": FILTER,
        "deviceAndAppManagementAssignmentFilterType": mode,
    }


def look(wanted, live, **changes):
    reader = FakeReader(
        {
            "configurationPolicies": [catalog()],
            "assignmentFilters": [{"id": FILTER, "displayName": "Corporate"}],
        },
        assignments={catalog()["id"]: live},
        groups={PILOTS: "Pilots", STAFF: "Staff"},
    )
    return list(check(context(checked(assignments=wanted), reader=reader, **changes)))


@pytest.mark.parametrize(
    ("live", "wanted", "sentence"),
    [
        ([], [to_group(PILOTS)], f"group Pilots ({PILOTS}) is added"),
        (
            [to_group(PILOTS), without_group(STAFF)],
            [to_group(PILOTS)],
            f"group Staff ({STAFF}) is no longer excluded",
        ),
        (
            [without_group(STAFF)],
            [to_group(STAFF)],
            f"group Staff ({STAFF}) was excluded and becomes included",
        ),
        (
            [to_group(PILOTS, **filtered())],
            [to_group(PILOTS)],
            f"group Pilots ({PILOTS}) loses the filter Corporate (include)",
        ),
        (
            [to_group(PILOTS, **filtered())],
            [to_group(PILOTS, **filtered("exclude"))],
            f"group Pilots ({PILOTS}) has its filter turned from {FROM_TO}",
        ),
    ],
)
def test_an_audience_that_grows_or_flips_is_a_warning(live, wanted, sentence):
    issues = look(wanted, live)

    assert outline(issues) == FOUND
    assert f"Firewall: {sentence}." in issues[0].why


@pytest.mark.parametrize(
    ("live", "wanted"),
    [
        ([to_group(PILOTS)], [to_group(PILOTS)]),
        ([to_group(PILOTS)], [to_group(PILOTS.upper())]),
        ([to_group(PILOTS), to_group(STAFF)], [to_group(PILOTS)]),
        ([to_group(PILOTS)], [to_group(PILOTS, **filtered())]),
        ([to_group(PILOTS)], [to_group(PILOTS), without_group(STAFF)]),
        # Told by the finding about all devices.
        ([], [TO_ALL_DEVICES]),
    ],
)
def test_what_stays_or_shrinks_raises_nothing(live, wanted):
    assert look(wanted, live) == []


def test_what_is_left_alone_or_new_raises_nothing():
    assert look([to_group(PILOTS)], [], assignment_mode=AssignmentMode.LEAVE) == []
    assert look([to_group(PILOTS)], [], conflict_policy=ConflictPolicy.SKIP) == []
    assert outline(check(context(checked(assignments=[to_group(PILOTS)])))) == []


def test_what_could_not_be_read_is_reported_by_the_check_of_unread_policies():
    reader = FakeReader({"configurationPolicies": [catalog()]}, errors={catalog()["id"]: refused()})

    looked = context(checked(assignments=[to_group(PILOTS)]), reader=reader)

    assert outline(check(looked)) == []


def test_conditional_access_that_decides_about_more_people_is_a_warning():
    policy = {
        "id": "ca",
        "displayName": "MFA",
        "state": "enabled",
        "conditions": {"users": {"includeUsers": ["All"], "excludeUsers": ["u-1"]}},
    }
    wider = {**policy, "conditions": {"users": {"includeUsers": ["All"], "excludeUsers": []}}}
    reader = FakeReader({"conditionalAccessPolicies": [policy]})

    issues = list(check(context(checked(wider, key="conditionalAccessPolicies"), reader=reader)))

    assert outline(issues) == [(Severity.WARNING, "audience_widened", ["MFA"])]
    assert "MFA: user u-1 is no longer excluded." in issues[0].why
