from restore_safety.checks.policy_set_assignments import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import TO_ALL_DEVICES, FakeReader, catalog, refused

FROM_SET = {**TO_ALL_DEVICES, "source": "policySets", "sourceId": "s"}
DIRECT = {**TO_ALL_DEVICES, "source": "direct"}
FOUND = [(Severity.INFO, "policy_set_assignments", ["Firewall"])]


def look(assignments, live=None, **facts):
    held = {} if live is None else {"configurationPolicies": [catalog(value="off")]}
    reader = FakeReader(held, assignments={catalog()["id"]: live or []}, **facts)
    return outline(check(context(checked(assignments=assignments), reader=reader)))


def test_assignments_of_a_set_are_said_on_either_side():
    assert look([FROM_SET]) == FOUND
    assert look([], [FROM_SET]) == FOUND


def test_direct_and_unread_assignments_raise_nothing():
    assert look([DIRECT], [DIRECT]) == []
    assert look([], [FROM_SET], errors={catalog()["id"]: refused()}) == []
