import pytest

from restore_safety.checks.multi_admin_approval import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, catalog, refused

APPROVALS = "deviceManagement/operationApprovalPolicies"
SCRIPT = {"id": "s", "displayName": "Clean up", "scriptContent": "V3JpdGUtSG9zdCAx"}
GIVEN = {"id": "g", "displayName": "Help desk", "members": [], "roleDefinition": {"id": "r"}}
CATEGORY = {"id": "c", "displayName": "Kiosks"}


def tenant(*workloads, errors=None):
    active = [{"id": f"p-{one}", "policyType": one} for one in workloads]
    held = {APPROVALS: active, "roleDefinitions": [{"id": "r", "displayName": "Role"}]}
    return FakeReader(held, errors=errors or {})


@pytest.mark.parametrize(
    ("payload", "key", "workloads", "found"),
    [
        (SCRIPT, "deviceManagementScripts", ["app", "script", "deviceWipe"], ["Clean up"]),
        (CATEGORY, "deviceCategories", ["tenantConfiguration"], ["Kiosks"]),
        (catalog(), "configurationPolicies", ["configurationPolicy"], ["Firewall"]),
        (GIVEN, "roleAssignments", ["role"], ["Help desk"]),
        (SCRIPT, "deviceManagementScripts", ["app"], []),
        (SCRIPT, "deviceManagementScripts", [], []),
        ({"id": "t", "displayName": "Branch"}, "roleScopeTags", ["script"], []),
    ],
)
def test_writes_that_wait_for_a_second_administrator_are_a_warning(payload, key, workloads, found):
    issues = list(check(context(checked(payload, key=key), reader=tenant(*workloads))))

    assert outline(issues) == ([(Severity.WARNING, "approval_needed", found)] if found else [])


@pytest.mark.parametrize(
    "unread",
    [tenant(errors={APPROVALS: refused()}), tenant("somethingElse", "deviceWipe")],
    ids=["refused", "of an unknown kind"],
)
def test_approvals_that_cannot_be_read_are_not_known(unread):

    issues = list(check(context(checked(SCRIPT, key="deviceManagementScripts"), reader=unread)))

    assert outline(issues) == [(Severity.UNKNOWN, "approval_policies_unread", ["Clean up"])]


def test_a_policy_that_is_not_written_needs_no_approval():
    held = catalog()
    reader = FakeReader(
        {"configurationPolicies": [held], APPROVALS: [{"policyType": "configurationPolicy"}]}
    )

    assert outline(check(context(checked(held), reader=reader))) == []


def test_a_type_that_has_no_name_yet_may_gate_any_write():
    reader = tenant("unknownFutureValue")

    issues = list(check(context(checked(SCRIPT, key="deviceManagementScripts"), reader=reader)))

    assert outline(issues) == [(Severity.WARNING, "approval_needed", ["Clean up"])]


def test_the_finding_says_who_may_approve():
    policy = {"policyType": "script", "approverGroupIds": ["a", "gone"]}
    roles = [{"id": "r", "displayName": "Role"}]
    reader = FakeReader({APPROVALS: [policy], "roleDefinitions": roles}, groups={"a": "Approvers"})

    (issue,) = check(context(checked(SCRIPT, key="deviceManagementScripts"), reader=reader))

    assert "as members of Approvers and gone may" in issue.why
