import pytest

from restore_safety.checks.setting_definitions import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog, compliance, refused

KEY = "configurationPolicies"
PATH = "deviceManagement/configurationSettings"
DEFINITION = "firewall_enabled"
MISSING = [(Severity.WARNING, "setting_definition_missing", ["Firewall"])]
UNKNOWN = [(Severity.UNKNOWN, "setting_definitions_unknown", ["Firewall"])]


def look(definitions, *, policy=None, held=(), errors=None):
    reader = FakeReader({KEY: list(held), PATH: definitions}, errors=errors)
    return list(check(context(policy or checked(catalog()), reader=reader)))


def test_a_setting_without_a_definition_is_a_warning():
    issues = look([{"id": "another"}])

    assert outline(issues) == MISSING
    assert f"Firewall: {DEFINITION}." in issues[0].why


def test_a_setting_with_its_definition_raises_nothing():
    assert look([{"id": DEFINITION}]) == []


@pytest.mark.parametrize("value", ["on", "off"])
def test_a_setting_that_the_policy_has_in_the_tenant_is_not_looked_up(value):
    assert look([], held=[catalog(value=value)]) == []


def test_definitions_that_could_not_be_read_are_unknown():
    assert outline(look([], errors={PATH: refused()})) == UNKNOWN


def test_a_definition_that_was_not_asked_for_is_unknown():
    class Sparing(FakeReader):
        def existence(self, path, ids, beat):
            return {}

    found = check(context(checked(catalog()), reader=Sparing()))

    assert outline(found) == UNKNOWN


def test_other_types_have_no_such_settings():
    policy = checked(compliance(), key="deviceCompliancePolicies")

    assert look([], policy=policy) == []
