import pytest

from restore_safety.checks.policy_templates import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog, refused

PATH = "deviceManagement/configurationPolicyTemplates"
MADE = catalog(
    templateReference={"templateId": "T_1", "templateFamily": "endpointSecurityAntivirus"}
)


def look(state=None, *, policy=MADE, **facts):
    templates = [{"id": "t_1", "lifecycleState": state}] if state else []
    reader = FakeReader({PATH: templates}, **facts)
    return list(check(context(checked(policy), reader=reader)))


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("active", []),
        ("superseded", [(Severity.WARNING, "template_outdated", ["Firewall"])]),
        ("deprecated", [(Severity.WARNING, "template_outdated", ["Firewall"])]),
        ("retired", [(Severity.BLOCKER, "template_retired", ["Firewall"])]),
        (None, [(Severity.WARNING, "template_outdated", ["Firewall"])]),
    ],
)
def test_a_template_has_to_be_current(state, found):
    issues = look(state)

    assert outline(issues) == found
    assert all("T_1" in one.why for one in issues)


def test_templates_that_could_not_be_listed_are_unknown():
    assert outline(look(errors={PATH: refused()})) == [
        (Severity.UNKNOWN, "template_unknown", ["Firewall"])
    ]


def test_a_policy_without_a_template_or_that_exists_raises_nothing():
    changed = FakeReader({"configurationPolicies": [{**MADE, "description": "other"}]})

    assert look(policy=catalog()) == []
    assert outline(check(context(checked(MADE), reader=changed))) == []
