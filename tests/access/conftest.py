"""Three tenants with a row of every kind each, and a browser for everybody."""

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tenants.access import bootstrap_role
from tenants.capabilities import Role
from tenants.models import ProviderConnection
from tests.access.acts import FOREIGN, OTHER, OWN, PEOPLE
from tests.factories import TenantFactory, UserFactory
from tests.test_isolation import fill


@pytest.fixture
def people(request, workspace, other_tenant):
    """A browser each; everybody but the outsider is of the first workspace."""
    users = {name: request.getfixturevalue(name) for name in PEOPLE[1:]}
    labs = TenantFactory(workspace=workspace, name="Contoso Labs", slug=OTHER.slug)
    somebody_else = UserFactory(username="somebody-else")
    bootstrap_role(user=somebody_else, tenant=labs, role=Role.OWNER)
    fill(request.getfixturevalue("tenant"), users["owner"], **OWN.ids())
    fill(labs, somebody_else, **OTHER.ids())
    fill(other_tenant, users["outsider"], **FOREIGN.ids())
    # Nothing to reach Graph with, so that verifying ends before it would ask.
    ProviderConnection.objects.update(encrypted_credential="")
    return {name: _signed_in(users.get(name)) for name in PEOPLE}


def _signed_in(user):
    """A browser for each request: what one did to the session is not held against the next."""
    signed_in = Client()
    if user:
        signed_in.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    def browser():
        client = Client()
        client.cookies.update(signed_in.cookies)
        return client

    return browser


def address(act, place):
    return reverse(act.route, kwargs=act.where(place) if act.where else None)


def answered(browser, act, place, **headers):
    """The answer, and what it said; whatever the request changed is undone."""
    with transaction.atomic():
        answer = getattr(browser(), act.method)(address(act, place), act.sends(place), **headers)
        said = answer.getvalue() if answer.streaming else answer.content
        transaction.set_rollback(True)
    return answer, said.decode()
