from restore_safety.checks.role_permissions import check
from restore_safety.models import Severity
from tests.restore_safety.checks.contexts import checked, context, outline
from tests.restore_safety.policies.fakes import FakeReader, refused

KEY = "roleDefinitions"
READ, DELETE = "Microsoft.Intune_Devices_Read", "Microsoft.Intune_Devices_Delete"


def role(*allowed, denied=()):
    actions = {"allowedResourceActions": list(allowed), "notAllowedResourceActions": list(denied)}
    return {
        "@odata.type": "#microsoft.graph.deviceAndAppManagementRoleDefinition",
        "id": "r",
        "displayName": "Helpdesk",
        "isBuiltIn": False,
        "rolePermissions": [{"resourceActions": [actions]}],
    }


def look(wanted, live=None, **facts):
    reader = FakeReader({KEY: [live] if live else []}, **facts)
    return list(check(context(checked(wanted, key=KEY), reader=reader)))


def test_a_role_that_may_do_more_is_a_warning():
    issues = look(role(READ, DELETE), role(READ))

    assert outline(issues) == [(Severity.WARNING, "role_gains_permissions", ["Helpdesk"])]
    assert issues[0].why.endswith(f"Helpdesk: {DELETE}.")
    assert look(role(READ), role(READ, denied=[READ]))


def test_a_role_that_may_do_less_or_is_new_raises_nothing():
    assert look(role(READ), role(READ, DELETE)) == []
    assert look(role(READ, DELETE)) == []


def test_a_role_that_could_not_be_read_is_reported_by_the_check_of_unread_policies():
    assert look(role(READ, DELETE), role(READ), errors={"r": refused()}) == []
