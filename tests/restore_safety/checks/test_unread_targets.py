from restore_safety.checks.unread_targets import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog, compliance, refused


def test_a_type_that_could_not_be_listed_is_unknown_with_all_its_policies():
    reader = FakeReader(errors={"configurationPolicies": refused()})

    issues = check(
        context(
            checked(catalog("A")),
            checked(catalog("B")),
            checked(compliance("C"), key="deviceCompliancePolicies"),
            reader=reader,
        )
    )

    assert outline(issues) == [(Severity.UNKNOWN, "type_unreadable", ["A", "B"])]


def test_a_policy_that_could_not_be_read_is_unknown():
    reader = FakeReader({"configurationPolicies": [catalog()]}, errors={catalog()["id"]: refused()})

    issues = check(context(checked(), reader=reader))

    assert outline(issues) == [(Severity.UNKNOWN, "policy_unreadable", ["Firewall"])]


def test_what_was_read_raises_nothing():
    reader = FakeReader({"configurationPolicies": [catalog()]})

    assert outline(check(context(checked(), checked(catalog("Absent")), reader=reader))) == []
