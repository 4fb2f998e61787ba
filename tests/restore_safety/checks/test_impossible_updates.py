from restore_safety.checks.impossible_updates import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog, refused

FILTER = {"id": "f", "displayName": "Corporate", "platform": "iOS", "rule": "x"}


def look(live, **facts):
    reader = FakeReader({"assignmentFilters": [live]}, **facts)
    return list(check(context(checked(FILTER, key="assignmentFilters"), reader=reader)))


def test_a_filter_cannot_change_its_platform():
    issues = look({**FILTER, "platform": "macOS"})

    assert outline(issues) == [(Severity.BLOCKER, "update_impossible", ["Corporate"])]


def test_a_type_that_is_fixed_at_creation_is_a_blocker():
    live = catalog("Firewall", technologies="mdm,microsoftSense")
    reader = FakeReader({"configurationPolicies": [live]})

    issues = list(check(context(checked(catalog("Firewall")), reader=reader)))

    assert outline(issues) == [(Severity.BLOCKER, "update_impossible", ["Firewall"])]
    assert "technologies" in issues[0].why


def test_what_can_be_changed_and_what_was_not_read_raise_nothing():
    assert look({**FILTER, "rule": "y"}) == []
    assert look(FILTER, errors={"f": refused()}) == []


def test_a_type_that_is_left_to_people_is_no_update_that_fails():
    terms = {"id": "t", "displayName": "Terms"}
    reader = FakeReader({"agreements": [terms | {"isPerDeviceAcceptanceRequired": True}]})

    assert list(check(context(checked(terms, key="agreements"), reader=reader))) == []
