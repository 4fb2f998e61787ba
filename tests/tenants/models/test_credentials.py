import pytest

from tenants.models import CredentialKind, ProviderConnection
from tenants.models.credentials import UnreadableCredentialError, decrypt, encrypt
from tests.factories import ProviderConnectionFactory


def test_credential_is_stored_unreadable_and_read_back():
    token = encrypt("s3cret ünïcode")

    assert "s3cret" not in token
    assert decrypt(token) == "s3cret ünïcode"


def test_rotated_out_key_still_reads_while_it_is_listed(settings):
    settings.CREDENTIAL_KEYS = ["the old key"]
    token = encrypt("s3cret")

    settings.CREDENTIAL_KEYS = ["the new key", "the old key"]

    assert decrypt(token) == "s3cret"


def test_new_credentials_take_the_first_key(settings):
    settings.CREDENTIAL_KEYS = ["the new key", "the old key"]
    token = encrypt("s3cret")

    settings.CREDENTIAL_KEYS = ["the new key"]

    assert decrypt(token) == "s3cret"


def test_unknown_key_is_refused_with_what_to_do(settings):
    settings.CREDENTIAL_KEYS = ["the old key"]
    token = encrypt("s3cret")

    settings.CREDENTIAL_KEYS = ["another key"]

    with pytest.raises(UnreadableCredentialError, match="Enter it again"):
        decrypt(token)


def test_connection_row_never_holds_the_secret_in_the_clear(tenant):
    connection = ProviderConnectionFactory(tenant=tenant, secret="s3cret")

    columns = ProviderConnection.objects.values().get(pk=connection.pk)

    assert "s3cret" not in str(columns)
    assert ProviderConnection.objects.get(pk=connection.pk).credential() == "s3cret"


def test_certificate_takes_the_place_of_the_secret(connection):
    connection.set_certificate(private_key="pem", thumbprint="AB" * 20)
    connection.save()

    connection.refresh_from_db()
    assert connection.credential_kind == CredentialKind.CERTIFICATE
    assert (connection.credential(), connection.certificate_thumbprint) == ("pem", "AB" * 20)

    connection.set_secret("s3cret")

    assert connection.credential_kind == CredentialKind.SECRET
    assert (connection.credential(), connection.certificate_thumbprint) == ("s3cret", "")
