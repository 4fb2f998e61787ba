from itertools import pairwise

import pytest

from tenants.access.service import bootstrap_role, capabilities_of, has
from tenants.models.capabilities import ROLE_CAPABILITIES, Capability, Role
from tests.factories import UserFactory

MATRIX = {
    Capability.VIEW: {Role.AUDITOR, Role.OPERATOR, Role.MANAGER, Role.OWNER},
    Capability.CAPTURE_BACKUP: {Role.OPERATOR, Role.MANAGER, Role.OWNER},
    Capability.IMPORT_BACKUP: {Role.OPERATOR, Role.MANAGER, Role.OWNER},
    Capability.PREPARE_RESTORE: {Role.OPERATOR, Role.MANAGER, Role.OWNER},
    Capability.EXECUTE_RESTORE: {Role.OPERATOR, Role.MANAGER, Role.OWNER},
    Capability.MANAGE_RESTORES: {Role.MANAGER, Role.OWNER},
    Capability.MANAGE_CONNECTION: {Role.MANAGER, Role.OWNER},
    Capability.MANAGE_ACCESS: {Role.OWNER},
    Capability.APPROVE_RESTORE: {Role.MANAGER, Role.OWNER},
    Capability.OVERRIDE_SAFEGUARDS: {Role.OWNER},
}


@pytest.mark.parametrize("role", Role)
def test_role_gives_exactly_its_capabilities(tenant, role):
    user = UserFactory()

    bootstrap_role(user=user, tenant=tenant, role=role)

    expected = frozenset(capability for capability, roles in MATRIX.items() if role in roles)
    assert capabilities_of(user, tenant) == expected
    assert {capability for capability in Capability if has(user, capability, tenant)} == expected


def test_registry_names_every_role_and_each_holds_all_of_the_one_before():
    bundles = [ROLE_CAPABILITIES[role] for role in Role]

    assert all(less < more for less, more in pairwise(bundles))


def test_capability_values_and_labels_stay():
    assert {capability.value: capability.label for capability in Capability} == {
        "view_tenant": "View the tenant",
        "capture_backup": "Capture backups",
        "import_backup": "Import backups",
        "prepare_restore": "Prepare restores",
        "execute_restore": "Execute restores",
        "manage_restores": "Archive and delete restores",
        "manage_connection": "Manage the provider connection",
        "manage_access": "Manage access",
        "approve_restore": "Approve restores",
        "override_safeguards": "Override safeguards",
    }


def test_denial_names_what_is_missing_and_who_can_help():
    assert Capability.EXECUTE_RESTORE.denial == (
        "Your role on this tenant does not include “Execute restores”. "
        "An owner of the tenant can grant it."
    )
