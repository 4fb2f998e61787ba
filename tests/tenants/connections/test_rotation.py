"""`rotate_credentials`: the first key alone opens then what any of the keys opened before."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tenants.models import AuditEvent, ProviderConnection, Verification
from tests.factories import ProviderConnectionFactory, TenantFactory

OLD, NEW = "the old key", "the new key"


def told(**options):
    """The exit code, and what was said."""
    answer = StringIO()
    try:
        call_command("rotate_credentials", stdout=answer, **options)
    except CommandError as error:
        return error.returncode, f"{answer.getvalue()}{error}\n"
    return 0, answer.getvalue()


@pytest.fixture
def stored(tenant, settings):
    """A secret and a certificate under the old key, and a connection without a credential."""
    settings.CREDENTIAL_KEYS = [OLD]
    secret = ProviderConnectionFactory(
        tenant=tenant,
        secret="s3cret",
        verification=Verification.VERIFIED,
        last_verified_at=timezone.now(),
    )
    other = TenantFactory(workspace=tenant.workspace, slug="second")
    certificate = ProviderConnectionFactory(tenant=other, secret=None)
    certificate.set_certificate(private_key="pem", thumbprint="AB" * 20)
    certificate.save()
    ProviderConnectionFactory(
        tenant=TenantFactory(workspace=tenant.workspace, slug="third"), secret=None
    )
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    return secret, certificate


def rotated():
    return list(
        AuditEvent.objects.filter(action="connection.credential_rotated")
        .order_by("pk")
        .values_list("subject", "actor", "detail")
    )


def test_old_key_can_be_dropped_afterwards(stored, settings):
    code, said = told()
    settings.CREDENTIAL_KEYS = [NEW]

    read = [ProviderConnection.objects.get(pk=one.pk) for one in stored]
    assert (code, said) == (0, "2 credentials are encrypted with the first key.\n")
    assert [one.credential() for one in read] == ["s3cret", "pem"]
    assert [one.state for one in read] == [Verification.VERIFIED, Verification.UNVERIFIED]
    assert rotated() == [(f"connection:{one.pk}", None, {}) for one in stored]


def test_it_may_run_again(stored, settings):
    told()
    settings.CREDENTIAL_KEYS = [NEW]

    assert told() == (0, "2 credentials are encrypted with the first key.\n")
    assert ProviderConnection.objects.get(pk=stored[0].pk).credential() == "s3cret"


def test_what_no_key_opens_is_named_and_left(stored, settings):
    secret, certificate = stored
    settings.CREDENTIAL_KEYS = ["a third key"]
    certificate.set_certificate(private_key="pem", thumbprint="AB" * 20)
    certificate.save()
    settings.CREDENTIAL_KEYS = [NEW, "a third key"]

    code, said = told(json=True)

    document = json.loads(said[: said.rindex("}") + 1])
    assert (code, document) == (
        1,
        {
            "schema": "restore-safety/credential-rotation/1",
            "rotated": 1,
            "unreadable": ["contoso"],
        },
    )
    assert said.endswith(
        "Keep the other keys, or enter those credentials again and run this once more.\n"
    )
    kept = ProviderConnection.objects.get(pk=secret.pk)
    assert kept.encrypted_credential == secret.encrypted_credential
    assert len(rotated()) == 1


def test_nothing_stored_is_nothing_to_do(db):
    assert told() == (0, "0 credentials are encrypted with the first key.\n")
    assert rotated() == []
