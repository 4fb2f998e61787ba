import pytest

from restore_safety.checks.compliance_actions import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import TO_ALL_DEVICES, FakeReader, compliance, refused

KEY = "deviceCompliancePolicies"
ADDED = (Severity.WARNING, "destructive_action_added", ["Password"])
FOR_ALL = (Severity.BLOCKER, "destructive_action_for_all", ["Password"])
UNMARKED = (Severity.BLOCKER, "block_action_missing", ["Password"])
SHORTENED = (Severity.WARNING, "grace_period_shortened", ["Password"])


def acting(**hours):
    actions = [{"actionType": kind, "gracePeriodHours": wait} for kind, wait in hours.items()]
    rule = {"ruleName": "x", "scheduledActionConfigurations": actions}
    return compliance(scheduledActionsForRule=[rule])


def look(wanted, live=None, *, assignments=(), **facts):
    reader = FakeReader({KEY: [live] if live else []}, **facts)
    policy = checked(wanted, key=KEY, assignments=list(assignments))
    return list(check(context(policy, reader=reader)))


@pytest.mark.parametrize(
    ("wanted", "live", "found"),
    [
        (acting(block=0, wipe=24), None, [ADDED]),
        (acting(block=0, retire=24), acting(block=0), [ADDED]),
        (acting(block=0, wipe=24), acting(block=0, wipe=24), []),
        (acting(block=0), acting(block=0, wipe=24), []),
        (acting(block=0), acting(block=72), [SHORTENED]),
        (acting(block=72), acting(block=0), []),
        (acting(block=0, notification=0), acting(block=0), []),
        (acting(block=0), None, []),
    ],
)
def test_new_and_sooner_actions_are_warnings(wanted, live, found):
    assert outline(look(wanted, live)) == found


@pytest.mark.parametrize(
    ("wanted", "live", "found"),
    [
        (acting(notification=1), None, [UNMARKED]),
        (acting(), None, [UNMARKED]),
        (acting(notification=1), acting(block=0), [UNMARKED]),
        (acting(notification=1), acting(notification=1) | {"passwordRequired": False}, []),
        (compliance(scheduledActionsForRule=[]), None, []),
    ],
)
def test_a_policy_has_to_mark_devices_that_do_not_comply(wanted, live, found):
    assert outline(look(wanted, live)) == found


def test_an_action_without_its_hours_marks_devices_too():
    assert outline(look(acting(block=None))) == []


def test_what_is_not_written_for_lack_of_a_read_is_not_judged():
    live = acting(block=0)

    assert look(acting(notification=1), live, errors={live["id"]: refused()}) == []


def test_the_hours_are_reported():
    [issue] = look(acting(block=0), acting(block=72))

    assert "Password: block after 0 hours in place of 72." in issue.why


def test_a_wipe_for_all_devices_is_a_blocker():
    assert outline(look(acting(block=0, wipe=1), assignments=[TO_ALL_DEVICES])) == [FOR_ALL]


def test_what_could_not_be_read_is_reported_by_the_check_of_unread_policies():
    live = acting(block=0)

    assert look(acting(wipe=1), live, errors={live["id"]: refused()}) == []


@pytest.mark.parametrize(
    ("state", "controls", "found"),
    [
        ("enabled", ["compliantDevice"], ["Access", "Password"]),
        ("disabled", ["compliantDevice"], None),
        ("enabled", ["mfa"], None),
    ],
)
def test_access_that_depends_on_compliance_in_the_same_restore_is_a_warning(state, controls, found):
    access = checked(
        {
            "id": "ca",
            "displayName": "Access",
            "state": state,
            "conditions": {"users": {"includeUsers": ["None"]}},
            "grantControls": {"operator": "OR", "builtInControls": controls},
        },
        key="conditionalAccessPolicies",
    )
    policy = checked(acting(block=0), key=KEY, assignments=[])

    expected = [(Severity.WARNING, "compliance_and_access_together", found)] if found else []
    assert outline(check(context(policy, access))) == expected
