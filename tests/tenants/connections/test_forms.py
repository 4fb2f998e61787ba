from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tenants.connections.forms import ConnectionForm
from tenants.connections.service import Certificate, ClientSecret, ConnectionTarget
from tenants.graph.clouds import Cloud
from tests.factories import ProviderConnectionFactory

DIRECTORY = "3a1ac8e2-b9f6-4d2a-8b0e-6a1b1f4f8a01"
THUMBPRINT = "AB" * 20


def private_key():
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def filled(connection=None, **changes):
    answers = {
        "cloud": "global",
        "directory_id": DIRECTORY,
        "client_id": "app-1",
        "credential_kind": "secret",
        "secret": "",
        "private_key": "",
        "thumbprint": "",
    }
    return ConnectionForm(answers | changes, connection=connection)


@pytest.fixture
def stored(tenant):
    return ProviderConnectionFactory(
        tenant=tenant, cloud="global", directory_id=UUID(DIRECTORY), client_id="app-1"
    )


@pytest.fixture
def stored_certificate(stored):
    stored.set_certificate(private_key=private_key(), thumbprint=THUMBPRINT)
    stored.save()
    return stored


def test_secret_is_taken_as_typed():
    form = filled(secret=" s3cret ")

    assert form.is_valid(), form.errors
    assert form.credential() == ClientSecret(text=" s3cret ")
    assert form.target() == ConnectionTarget(
        cloud=Cloud.GLOBAL, directory_id=UUID(DIRECTORY), client_id="app-1"
    )


def test_first_connection_needs_a_credential():
    assert filled().errors == {"secret": ["Enter the client secret of this app registration."]}
    assert filled(credential_kind="certificate").errors == {
        "private_key": ["Enter the private key of the certificate."]
    }


def test_stored_secret_is_kept_when_left_empty(stored):
    form = filled(stored)

    assert form.is_valid(), form.errors
    assert form.credential() is None


@pytest.mark.parametrize(
    "change",
    [
        {"cloud": "us_gov_l4"},
        {"directory_id": "00000000-0000-0000-0000-000000000001"},
        {"client_id": "app-2"},
    ],
)
def test_stored_secret_never_goes_to_another_registration(stored, change):
    form = filled(stored, **change)

    assert form.errors == {"secret": ["Enter the client secret of this app registration."]}


def test_certificate_is_cleaned_and_taken():
    key = private_key()

    form = filled(credential_kind="certificate", private_key=key, thumbprint=":".join(["ab"] * 20))

    assert form.is_valid(), form.errors
    assert form.credential() == Certificate(private_key=key.strip(), thumbprint=THUMBPRINT)


def test_certificate_needs_its_thumbprint():
    form = filled(credential_kind="certificate", private_key=private_key())

    assert form.errors == {"thumbprint": ["Enter the thumbprint of the certificate."]}


def test_stored_certificate_is_kept_when_left_empty(stored_certificate):
    form = filled(stored_certificate, credential_kind="certificate", thumbprint=THUMBPRINT)

    assert form.is_valid(), form.errors
    assert form.credential() is None


def test_another_thumbprint_needs_its_own_key(stored_certificate):
    form = filled(stored_certificate, credential_kind="certificate", thumbprint="CD" * 20)

    assert form.errors == {"private_key": ["Another certificate needs its own private key."]}


def test_wrong_key_and_thumbprint_are_refused_without_quoting_them():
    form = filled(credential_kind="certificate", private_key="my-key", thumbprint="xyz")

    assert form.errors == {
        "private_key": ["This is not an unencrypted private key in PEM form."],
        "thumbprint": ["A thumbprint is 40 or 64 hexadecimal digits, as the portal shows it."],
    }


def test_emulator_is_offered_only_where_there_is_one(settings):
    settings.GRAPH_EMULATOR_URL = ""
    without = [value for value, _ in ConnectionForm().fields["cloud"].choices]
    settings.GRAPH_EMULATOR_URL = "http://127.0.0.1:8765"
    with_one = [value for value, _ in ConnectionForm().fields["cloud"].choices]

    assert "emulator" not in without
    assert with_one == [*without, "emulator"]
