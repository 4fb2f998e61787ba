import pytest

from restore_safety.checks.ambiguous_names import check
from restore_safety.models import Severity
from restore_safety.truth.scope import ConflictPolicy
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog

NAMESAKES = FakeReader({"configurationPolicies": [catalog(id="x"), catalog(id="y")]})


def test_namesakes_in_the_tenant_are_a_blocker():
    issues = check(context(checked(), checked(catalog("Other")), reader=NAMESAKES))

    assert outline(issues) == [(Severity.BLOCKER, "ambiguous_name", ["Firewall"])]


def test_a_copy_does_not_care_about_namesakes():
    issues = check(context(checked(), reader=NAMESAKES, conflict_policy=ConflictPolicy.COPY))

    assert outline(issues) == []


@pytest.mark.parametrize("conflict", list(ConflictPolicy))
def test_two_of_one_name_in_the_selection_are_a_blocker(conflict):
    pair = (checked(catalog(id="1")), checked(catalog(id="2")))

    issues = check(context(*pair, conflict_policy=conflict))

    assert outline(issues) == [
        (Severity.BLOCKER, "duplicate_in_selection", ["Firewall", "Firewall"])
    ]


def test_two_that_stand_for_one_live_policy_are_a_blocker():
    reader = FakeReader({"configurationPolicies": [catalog("New name", id="1")]})
    pair = (checked(catalog("Old name", id="1")), checked(catalog("New name", id="2")))

    issues = check(context(*pair, reader=reader))

    assert outline(issues) == [
        (Severity.BLOCKER, "duplicate_in_selection", ["New name", "Old name"])
    ]


def test_different_names_raise_nothing():
    assert outline(check(context(checked(), checked(catalog("Other"))))) == []
