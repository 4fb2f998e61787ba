import pytest

from restore_safety.checks.target_changes import check
from restore_safety.models import Severity
from restore_safety.truth.scope import ConflictPolicy
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog

EARLIER, LATER = "2025-12-31T23:59:59.1234567Z", "2026-02-02T00:00:00Z"
FOUND = [(Severity.WARNING, "target_changed_since_backup", ["Firewall"])]


@pytest.mark.parametrize(
    ("value", "modified", "found"),
    [
        ("off", LATER, FOUND),
        ("off", EARLIER, FOUND),
        ("on", LATER, []),
        ("off", "yesterday", FOUND),
        ("off", None, FOUND),
    ],
)
def test_content_that_differs_changed_since_whatever_the_dates_say(value, modified, found):
    live = catalog(value=value, lastModifiedDateTime=modified)
    reader = FakeReader({"configurationPolicies": [live]})

    assert outline(check(context(checked(), reader=reader))) == found


@pytest.mark.parametrize(
    ("backed_up", "live", "is_dated"),
    [
        (EARLIER, LATER, True),
        (None, LATER, True),
        (LATER, EARLIER, False),
        (EARLIER, None, False),
        (None, None, False),
    ],
)
def test_a_change_no_date_tells_of_says_so(backed_up, live, is_dated):
    before = {"id": "ca", "displayName": "MFA", "state": "enabled", "modifiedDateTime": backed_up}
    after = {**before, "state": "disabled", "modifiedDateTime": live}
    reader = FakeReader({"conditionalAccessPolicies": [after]})

    [issue] = check(context(checked(before, key="conditionalAccessPolicies"), reader=reader))

    assert issue.severity == Severity.WARNING
    assert issue.why.endswith("No date is known for MFA.") is not is_dated


@pytest.mark.parametrize(
    "changes",
    [{"origin_directory_id": ""}, {"conflict_policy": ConflictPolicy.SKIP}],
)
def test_nothing_is_undone_where_nothing_is_the_same_or_nothing_is_written(changes):
    live = catalog(value="off", lastModifiedDateTime=LATER)
    reader = FakeReader({"configurationPolicies": [live]})

    assert outline(check(context(checked(), reader=reader, **changes))) == []
