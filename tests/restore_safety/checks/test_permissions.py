from restore_safety.checks.permissions import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import WRITES, checked, context, outline
from tests.restore_safety.policies.fakes import catalog, compliance, refused

SCRIPT = {"id": "s", "displayName": "Clean up", "scriptContent": "YQ=="}


def test_each_type_that_may_not_be_written_is_a_blocker():
    issues = list(
        check(
            context(
                checked(catalog("A")),
                checked(compliance("B"), key="deviceCompliancePolicies"),
                checked(SCRIPT, key="deviceManagementScripts"),
                roles=frozenset({"DeviceManagementScripts.ReadWrite.All"}),
            )
        )
    )

    assert outline(issues) == [
        (Severity.BLOCKER, "permission_missing", ["B"]),
        (Severity.BLOCKER, "permission_missing", ["A"]),
    ]
    assert issues[1].title == "The connection may not write settings catalog policies"
    assert "DeviceManagementConfiguration.ReadWrite.All" in issues[1].remedy


def test_what_was_granted_raises_nothing():
    assert outline(check(context(checked(), roles=WRITES))) == []


def test_a_type_that_no_restore_writes_needs_no_permission():
    terms = checked({"id": "t", "displayName": "Terms"}, key="agreements")

    assert outline(check(context(terms, roles=frozenset()))) == []


def test_permissions_that_are_not_known_are_unknown():
    issues = check(context(checked(), roles=refused()))

    assert outline(issues) == [(Severity.UNKNOWN, "permissions_unknown", [])]
