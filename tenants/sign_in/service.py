"""The one place where the product itself signs a person in, without asking for a password."""

from allauth.account.internal.flows.login import record_authentication
from django.contrib.auth import login
from django.http import HttpRequest

from tenants.models import User

_BACKEND = "django.contrib.auth.backends.ModelBackend"


def sign_in_as(request: HttpRequest, person: User) -> None:
    """Begin a session of the person, who has just proven who they are by making the account."""
    # The password they have just chosen is as good a proof as one they had typed; before signing
    # in, so that the trail says by what.
    record_authentication(request, person, method="password")
    login(request, person, backend=_BACKEND)
