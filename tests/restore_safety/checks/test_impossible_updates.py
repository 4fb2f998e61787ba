from restore_safety.checks.impossible_updates import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.preview.fakes import FakeReader, catalog, refused

FILTER = {"id": "f", "displayName": "Corporate", "platform": "iOS", "rule": "x"}


def look(live, **facts):
    reader = FakeReader({"assignmentFilters": [live]}, **facts)
    return list(check(context(checked(FILTER, key="assignmentFilters"), reader=reader)))


def test_what_cannot_be_changed_once_it_exists_is_a_blocker():
    issues = look({**FILTER, "platform": "macOS"})

    assert outline(issues) in (
        [(Severity.BLOCKER, "update_impossible", ["Corporate"])],
        [],  # told apart by its platform, so that it is created beside the other one
    )


def test_a_type_that_is_fixed_at_creation_is_a_blocker():
    live = catalog("Firewall", technologies="mdm,microsoftSense")
    reader = FakeReader({"configurationPolicies": [live]})

    issues = list(check(context(checked(catalog("Firewall")), reader=reader)))

    assert outline(issues) == [(Severity.BLOCKER, "update_impossible", ["Firewall"])]
    assert "technologies" in issues[0].why


def test_what_can_be_changed_and_what_was_not_read_raise_nothing():
    assert look({**FILTER, "rule": "y"}) == []
    assert look(FILTER, errors={"f": refused()}) == []
