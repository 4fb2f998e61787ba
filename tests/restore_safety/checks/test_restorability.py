from restore_safety.checks.restorability import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader


def test_types_that_no_restore_writes_whole_are_named_with_the_reason():
    terms = checked({"id": "t", "displayName": "Terms"}, key="agreements")
    tool = {"@odata.type": "#microsoft.graph.win32LobApp", "id": "a", "displayName": "Tool"}
    there = FakeReader({"mobileApps": [tool]})

    issues = list(
        check(
            context(terms, checked(tool | {"notes": "As it was"}, key="mobileApps"), reader=there)
        )
    )

    assert outline(issues) == [
        (Severity.WARNING, "restored_by_hand", ["Terms"]),
        (Severity.WARNING, "metadata_only", ["Tool"]),
    ]
    assert all(one.why.endswith(".") for one in issues)


def test_types_that_are_restored_in_full_raise_nothing():
    assert outline(check(context(checked()))) == []
