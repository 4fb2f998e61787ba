"""A browser that is signed in, as one is that just gave the password, or gave it a while ago."""

import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.test import Client

BACKEND = "django.contrib.auth.backends.ModelBackend"


PASSWORD_GIVEN = {"method": "password"}
CODE_GIVEN = {"method": "mfa", "type": "totp"}


def signed_in(client: Client, user, *, minutes_ago=0, last=PASSWORD_GIVEN):
    """The client, signed in as the person, who last proved like that that it is them."""
    client.force_login(user, backend=BACKEND)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [last | {"at": time.time() - minutes_ago * 60}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    return client
