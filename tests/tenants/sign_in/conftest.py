"""What the tests of signing in share: the trail, codes as an app would show them, a directory."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.urls import reverse

from tenants.models import AuditEvent
from tests.factories import PASSWORD
from tests.tenants.sign_in.directory import FakeDirectory


def said(response):
    """What the page after the answer would tell the person."""
    return [str(message) for message in response.context["messages"]]


def code_of(secret, *, at=None):
    """What an authenticator app shows for the secret, now or at a moment in seconds."""
    moment = time.time() if at is None else at
    return format_hotp_value(hotp_value(secret, int(moment) // 30))


@pytest.fixture
def trail(db):
    """`trail()`: what was recorded of signing in, each with who, how it ended and the detail."""

    def events():
        told = AuditEvent.objects.exclude(action="access.bootstrapped").order_by("pk")
        return [(one.action, one.actor, one.outcome, one.detail) for one in told]

    return events


@pytest.fixture
def enter(client):
    """`enter(operator)`: give name and password at the sign-in page."""

    def give(person, password=PASSWORD, at=None, **kwargs):
        posted = {"username": person.get_username(), "password": password}
        return client.post(at or reverse("tenants:sign-in"), posted, **kwargs)

    return give


@pytest.fixture
def app_of(sign_in):
    """`app_of(operator)`: set up an authenticator app from the pages; its secret."""

    def set_up(person):
        browser = sign_in(person)
        secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
        done = browser.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
        assert done.status_code == 302
        return secret

    return set_up


@pytest.fixture
def directory(settings):
    """A directory on the loopback interface, named by the settings as Entra would be."""
    with FakeDirectory() as fake:
        settings.OIDC_SERVER_URL = fake.issuer
        app = {
            "provider_id": "entra",
            "name": settings.OIDC_NAME,
            "client_id": fake.client_id,
            "secret": fake.client_secret,
            "settings": {
                "server_url": fake.issuer,
                "fetch_userinfo": False,
                "uid_field": "uid",
            },
        }
        provider = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"] | {"APPS": [app]}
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": provider}
        yield fake
