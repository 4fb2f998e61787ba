import pytest

from restore_safety.checks.script_changes import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import PILOTS, FakeReader, to_group

KEY = "deviceManagementScripts"
SCRIPT = {"id": "s", "displayName": "Clean up", "scriptContent": "bmV3"}
FOUND = [(Severity.WARNING, "script_changes", ["Clean up"])]


@pytest.mark.parametrize(
    ("content", "live", "wanted", "found"),
    [
        ("b2xk", [to_group(PILOTS)], None, FOUND),
        ("b2xk", [], [to_group(PILOTS)], FOUND),
        ("b2xk", [], [], []),
        ("bmV3", [to_group(PILOTS)], None, []),
    ],
)
def test_an_assigned_script_that_changes_is_a_warning(content, live, wanted, found):
    reader = FakeReader(
        {KEY: [{**SCRIPT, "scriptContent": content}]},
        assignments={"s": live},
        groups={PILOTS: "Pilots"},
    )

    looked = context(checked(SCRIPT, key=KEY, assignments=wanted), reader=reader)

    assert outline(check(looked)) == found
