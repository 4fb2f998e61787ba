import pytest

from restore_safety.checks.security_defaults import check
from restore_safety.models import Severity
from restore_safety.truth.scope import ConditionalAccessState
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog, refused

KEY = "conditionalAccessPolicies"
PATH = "policies/identitySecurityDefaultsEnforcementPolicy"
REPORTING = "enabledForReportingButNotEnforced"
REFUSED = [(Severity.BLOCKER, "security_defaults_on", ["Sign-in"])]
DOUBTFUL = [(Severity.WARNING, "security_defaults_beside_reports", ["Sign-in"])]
UNKNOWN = [(Severity.UNKNOWN, "security_defaults_unknown", ["Sign-in"])]


def access(state="enabled"):
    return {"id": "ca", "displayName": "Sign-in", "state": state, "conditions": {}}


def look(read, *, state="enabled", held=(), **choice):
    known = {PATH: read} if isinstance(read, dict) else {}
    errors = {} if isinstance(read, dict) else {PATH: read}
    reader = FakeReader({KEY: list(held), **known}, errors=errors)
    return outline(check(context(checked(access(state), key=KEY), reader=reader, **choice)))


@pytest.mark.parametrize(
    ("state", "found"), [("enabled", REFUSED), (REPORTING, DOUBTFUL), ("disabled", [])]
)
def test_security_defaults_keep_policies_from_being_enabled(state, found):
    assert look({"isEnabled": True}, state=state) == found


def test_the_state_as_it_would_be_written_counts():
    off = {"conditional_access_state": ConditionalAccessState.OFF}

    assert look({"isEnabled": True}, **off) == []


def test_a_tenant_without_security_defaults_raises_nothing():
    assert look({"isEnabled": False}) == []


@pytest.mark.parametrize(
    "read", [refused(), {}, {"isEnabled": None}, {"isEnabled": "false"}], ids=str
)
@pytest.mark.parametrize("state", ["enabled", REPORTING])
def test_a_setting_that_was_not_read_is_unknown(read, state):
    assert look(read, state=state) == UNKNOWN


def test_what_is_not_written_does_not_matter():
    assert look({"isEnabled": True}, held=[access()]) == []
    assert outline(check(context(checked(catalog())))) == []
