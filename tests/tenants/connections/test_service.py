from uuid import UUID

import pytest
from django.utils import timezone

from tenants.access.service import AccessDeniedError, bootstrap_role
from tenants.connections.service import (
    Certificate,
    ClientSecret,
    ConnectionTarget,
    DirectoryTakenError,
    NotConnectedError,
    change_connection,
    reader_for,
    verify_connection,
)
from tenants.graph.clouds import Cloud
from tenants.graph.contracts import CONTRACTS
from tenants.graph.permissions import missing_permissions
from tenants.models import AuditEvent, CredentialKind, ProviderConnection, Verification
from tenants.models.capabilities import Role
from tests.factories import ProviderConnectionFactory, TenantFactory, UserFactory

TARGET = ConnectionTarget(
    cloud=Cloud.EMULATOR,
    directory_id=UUID("3a1ac8e2-b9f6-4d2a-8b0e-6a1b1f4f8a01"),
    client_id="app-1",
)
SECRET = ClientSecret(text="s3cret")


@pytest.fixture
def verified(tenant):
    return ProviderConnectionFactory(
        tenant=tenant,
        cloud=TARGET.cloud,
        directory_id=TARGET.directory_id,
        client_id=TARGET.client_id,
        verification=Verification.VERIFIED,
        verification_detail="It answered.",
        missing_permissions=["Group.Read.All"],
        granted_permissions=["Mail.Send"],
        last_verified_at=timezone.now(),
    )


def trail(prefix="connection."):
    return list(
        AuditEvent.objects.filter(action__startswith=prefix).values_list("action", "detail")
    )


def test_first_change_makes_the_connection(manager, tenant):
    change_connection(actor=manager, tenant=tenant, target=TARGET, credential=SECRET)

    connection = ProviderConnection.objects.get(tenant=tenant)
    assert (connection.cloud, connection.directory_id, connection.client_id) == (
        "emulator",
        TARGET.directory_id,
        "app-1",
    )
    assert (connection.credential(), connection.state) == ("s3cret", Verification.UNVERIFIED)
    assert trail() == [
        (
            "connection.changed",
            {
                "changed": ["cloud", "directory_id", "client_id", "credential"],
                "cloud": "not set → emulator",
                "directory_id": f"not set → {TARGET.directory_id}",
                "client_id": "not set → app-1",
            },
        )
    ]


def test_change_of_the_target_says_from_what_to_what(manager, tenant, verified, sign_in):
    elsewhere = ConnectionTarget(
        cloud=Cloud.GLOBAL,
        directory_id=UUID("7c1ac8e2-b9f6-4d2a-8b0e-6a1b1f4f8a02"),
        client_id="app-2",
    )

    change_connection(actor=manager, tenant=tenant, target=elsewhere, credential=SECRET)

    moves = {
        "cloud": "emulator → global",
        "directory_id": f"{TARGET.directory_id} → {elsewhere.directory_id}",
        "client_id": "app-1 → app-2",
    }
    changed = ["cloud", "directory_id", "client_id", "credential"]
    assert trail() == [("connection.changed", {"changed": changed} | moves)]
    page = sign_in(manager).get("/audit/", {"action": "connection.changed"}).text
    assert [move for move in moves.values() if move not in page] == []
    assert SECRET.text not in page


def test_new_credential_has_to_be_verified_again(manager, tenant, verified):
    certificate = Certificate(private_key="pem", thumbprint="AB" * 20)

    change_connection(actor=manager, tenant=tenant, target=TARGET, credential=certificate)

    verified.refresh_from_db()
    assert (
        verified.state,
        verified.last_verified_at,
        verified.verification_detail,
        verified.missing_permissions,
        verified.granted_permissions,
    ) == (Verification.UNVERIFIED, None, "", [], None)
    assert (verified.credential_kind, verified.credential()) == (CredentialKind.CERTIFICATE, "pem")
    assert trail() == [("connection.changed", {"changed": ["credential"]})]


def test_saving_the_same_changes_nothing(manager, tenant, verified):
    change_connection(actor=manager, tenant=tenant, target=TARGET, credential=None)

    verified.refresh_from_db()
    assert verified.state is Verification.VERIFIED
    assert trail() == []


def test_change_is_refused_without_the_right(operator, tenant, verified):
    with pytest.raises(AccessDeniedError):
        change_connection(actor=operator, tenant=tenant, target=TARGET, credential=SECRET)

    verified.refresh_from_db()
    assert (verified.state, trail()) == (Verification.VERIFIED, [])


def test_secrets_stay_out_of_what_is_printed():
    certificate = Certificate(private_key="pem-pem", thumbprint="AB" * 20)

    assert "s3cret" not in repr(SECRET)
    assert "pem-pem" not in repr(certificate)


def test_verification_is_refused_without_the_right(operator, tenant, connection):
    with pytest.raises(AccessDeniedError):
        verify_connection(actor=operator, tenant=tenant)

    connection.refresh_from_db()
    assert connection.state is Verification.UNVERIFIED


def test_unreachable_tenant_fails_verification_with_a_sentence(
    manager, tenant, connection, settings
):
    settings.GRAPH_EMULATOR_URL = "http://127.0.0.1:9"  # where nobody listens

    answer = verify_connection(actor=manager, tenant=tenant)

    assert answer.state is Verification.FAILED
    assert answer.verification_detail != ""
    assert answer.last_verified_at is not None
    assert trail() == [
        (
            "connection.verification_failed",
            {"sentence": answer.verification_detail, "missing_permissions": []},
        )
    ]


def test_unreadable_credential_fails_verification(manager, tenant, connection, settings):
    settings.CREDENTIAL_KEYS = ["another key"]

    answer = verify_connection(actor=manager, tenant=tenant)

    assert (answer.state, answer.verification_detail) == (
        Verification.FAILED,
        "The stored credential can't be read with the configured keys. Enter it again.",
    )


def test_tenant_without_a_connection_is_not_reached(manager, tenant):
    for reach in (
        lambda: reader_for(tenant),
        lambda: verify_connection(actor=manager, tenant=tenant),
    ):
        with pytest.raises(NotConnectedError, match="Contoso is not connected"):
            reach()


def test_connection_without_a_credential_is_not_reached(tenant):
    ProviderConnectionFactory(tenant=tenant, secret=None)

    with pytest.raises(NotConnectedError):
        reader_for(tenant)


def test_every_permission_is_asked_for_once_in_its_widest_form():
    assert missing_permissions([]) == [
        "Agreement.Read.All",
        "Application.Read.All",
        "CloudPC.ReadWrite.All",
        "DeviceManagementApps.ReadWrite.All",
        "DeviceManagementConfiguration.ReadWrite.All",
        "DeviceManagementManagedDevices.ReadWrite.All",
        "DeviceManagementRBAC.ReadWrite.All",
        "DeviceManagementScripts.ReadWrite.All",
        "DeviceManagementServiceConfig.ReadWrite.All",
        "Group.Read.All",
        "Organization.Read.All",
        "Policy.Read.All",
        "Policy.ReadWrite.ConditionalAccess",
        "RoleManagement.Read.Directory",
        "User.Read.All",
    ]


def test_nothing_lacks_where_all_that_is_asked_for_is_granted():
    assert missing_permissions(missing_permissions([])) == []


def test_reading_alone_lacks_the_writing():
    granted = {contract.read_permission for contract in CONTRACTS.values()}

    assert missing_permissions([*granted, "Directory.Read.All"]) == [
        "CloudPC.ReadWrite.All",
        "DeviceManagementApps.ReadWrite.All",
        "DeviceManagementConfiguration.ReadWrite.All",
        "DeviceManagementManagedDevices.ReadWrite.All",
        "DeviceManagementRBAC.ReadWrite.All",
        "DeviceManagementScripts.ReadWrite.All",
        "DeviceManagementServiceConfig.ReadWrite.All",
        "Policy.ReadWrite.ConditionalAccess",
    ]


@pytest.fixture
def neighbour(verified):
    """Another tenant of the workspace, not connected yet."""
    return TenantFactory(workspace=verified.tenant.workspace, name="Contoso again")


@pytest.mark.parametrize("sees_the_other", [True, False])
def test_directory_is_connected_once_in_a_workspace(neighbour, verified, sees_the_other):
    actor = UserFactory(username="ada")
    bootstrap_role(user=actor, tenant=neighbour, role=Role.MANAGER)
    if sees_the_other:
        bootstrap_role(user=actor, tenant=verified.tenant, role=Role.AUDITOR)

    with pytest.raises(DirectoryTakenError) as refused:
        change_connection(actor=actor, tenant=neighbour, target=TARGET, credential=SECRET)

    assert ("Contoso" in str(refused.value)) is sees_the_other
    assert not ProviderConnection.objects.filter(tenant=neighbour).exists()
    assert trail() == [
        ("connection.refused", {"cloud": "emulator", "directory_id": str(TARGET.directory_id)})
    ]


def test_what_another_workspace_is_connected_to_is_not_looked_at(other_tenant, verified, outsider):
    change_connection(actor=outsider, tenant=other_tenant, target=TARGET, credential=SECRET)

    assert ProviderConnection.objects.get(tenant=other_tenant).directory_id == TARGET.directory_id


def test_connection_that_shares_its_directory_already_may_change_its_credential(
    manager, tenant, neighbour, verified
):
    ProviderConnectionFactory(tenant=neighbour, directory_id=TARGET.directory_id)

    change_connection(actor=manager, tenant=tenant, target=TARGET, credential=SECRET)

    assert ProviderConnection.objects.get(tenant=tenant).credential() == "s3cret"
