import pytest

from restore_safety.checks.enrollment_priorities import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, refused

KEY = "deviceEnrollmentConfigurations"
FOUND = [(Severity.WARNING, "enrollment_priority", ["Few devices"])]


def limit(**properties):
    return {
        "@odata.type": "#microsoft.graph.deviceEnrollmentLimitConfiguration",
        "id": "l-1",
        "displayName": "Few devices",
        "priority": 2,
        "limit": 5,
        **properties,
    }


def look(wanted, *live, **facts):
    reader = FakeReader({KEY: list(live)}, **facts)
    return list(check(context(checked(wanted, key=KEY, assignments=[]), reader=reader)))


@pytest.mark.parametrize(
    ("live", "found"),
    [
        ([], FOUND),
        ([limit(limit=9, priority=3)], FOUND),
        ([limit(limit=9)], []),
        ([limit()], []),
    ],
)
def test_another_priority_of_what_is_written_is_a_warning(live, found):
    assert outline(look(limit(), *live)) == found


def test_both_places_in_the_order_are_reported():
    [issue] = look(limit(), limit(limit=9, priority=3))

    assert "Few devices: priority 2 in the backup, 3 in the tenant." in issue.why


def test_a_default_and_what_was_not_read_have_no_place_to_compare():
    assert look(limit(priority=0), limit(priority=0, limit=9)) == []
    assert look(limit(), limit(limit=9), errors={"l-1": refused()}) == []
