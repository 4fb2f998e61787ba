from restore_safety.checks.organization_placeholders import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import DIRECTORY, catalog


def test_a_placeholder_is_reported_with_the_id_that_replaces_it():
    issues = list(
        check(context(checked(catalog("A", description="%OrganizationId%")), checked(catalog("B"))))
    )

    assert outline(issues) == [(Severity.INFO, "organization_placeholder", ["A"])]
    assert DIRECTORY in issues[0].why
