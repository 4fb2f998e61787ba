import pytest

from restore_safety.checks.created_anew import check
from restore_safety.models import Severity
from restore_safety.truth.scope import ConflictPolicy
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog, refused

KEY = "configurationPolicies"


def look(*, held=(), errors=None, **choice):
    reader = FakeReader({KEY: list(held)}, errors=errors)
    return outline(check(context(checked(catalog()), reader=reader, **choice)))


def test_a_policy_that_is_not_there_is_created_with_a_new_id():
    assert look() == [(Severity.INFO, "created_anew", ["Firewall"])]


@pytest.mark.parametrize("held", [catalog(), catalog(description="Changed")])
def test_a_policy_that_is_there_is_not(held):
    assert look(held=[held]) == []


def test_a_copy_beside_a_policy_that_is_there_replaces_nothing():
    assert look(held=[catalog()], conflict_policy=ConflictPolicy.COPY) == []


def test_whether_a_policy_is_there_is_for_the_unread_list_to_say():
    assert look(errors={KEY: refused()}) == []
