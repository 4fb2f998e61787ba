from restore_safety.checks.protected_objects import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader

ENROLLMENT = "deviceEnrollmentConfigurations"
LIMIT = {
    "@odata.type": "#microsoft.graph.deviceEnrollmentLimitConfiguration",
    "id": "1_DefaultLimit",
    "displayName": "All users and all devices",
    "priority": 0,
    "limit": 5,
}


def test_built_in_objects_are_said_to_stay():
    tag = checked({"id": "0", "displayName": "Default"}, key="roleScopeTags")

    assert outline(check(context(tag))) == [(Severity.INFO, "built_in_left", ["Default"])]


def test_a_default_that_changes_is_a_warning_and_one_that_stays_is_none():
    policy = checked(LIMIT, key=ENROLLMENT, assignments=[])
    changed = FakeReader({ENROLLMENT: [{**LIMIT, "limit": 9}]})
    same = FakeReader({ENROLLMENT: [LIMIT]})

    assert outline(check(context(policy, reader=changed))) == [
        (Severity.WARNING, "default_changed", ["All users and all devices"])
    ]
    assert outline(check(context(policy, reader=same))) == []


def test_an_ordinary_policy_raises_nothing():
    assert outline(check(context(checked()))) == []
