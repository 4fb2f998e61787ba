from restore_safety.checks.write_duration import check
from restore_safety.models import Severity
from tenants.graph.clouds import Cloud
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, refused

ACCESS = "conditionalAccessPolicies"


def policies(number):
    return [
        checked(
            {
                "id": f"ca-{one}",
                "displayName": f"Policy {one}",
                "state": "disabled",
                "conditions": {"users": {"includeUsers": ["None"]}},
            },
            key=ACCESS,
            position=one,
        )
        for one in range(number)
    ]


def test_a_long_restore_says_how_long():
    issues = list(check(context(*policies(600))))

    assert outline(issues) == [(Severity.INFO, "long_restore", [])]
    assert issues[0].title == "The restore sends 600 writes and takes at least 11 minutes"


def test_a_short_one_and_one_without_a_limit_raise_nothing(settings):
    settings.GRAPH_EMULATOR_URL = "http://127.0.0.1:1"

    assert outline(check(context(*policies(3)))) == []
    assert outline(check(context(*policies(600), facts={"cloud": Cloud.EMULATOR}))) == []


def test_what_could_not_be_listed_is_not_counted():
    reader = FakeReader(errors={ACCESS: refused()})

    assert outline(check(context(*policies(600), reader=reader))) == []
