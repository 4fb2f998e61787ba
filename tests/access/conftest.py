"""Three tenants with a row of every kind each, and a browser for everyone."""

import json
from copy import deepcopy
from functools import partial

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tenants.access.service import bootstrap_role
from tenants.models import ProviderConnection
from tenants.models.capabilities import Role
from tests.access.acts import FOREIGN, OTHER, OWN, PEOPLE
from tests.factories import TenantFactory, UserFactory
from tests.sign_ins import signed_in
from tests.test_isolation import fill, token_for


@pytest.fixture(autouse=True)
def _nothing_kept_of_templates(monkeypatch):
    """Answers are read as they were sent: of what drew them a client would copy every context."""
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *_, **__: None)


@pytest.fixture
def people(request, workspace, other_tenant):
    """A browser each; everyone but the outsider is of the first workspace."""
    users = {name: request.getfixturevalue(name) for name in PEOPLE[1:]}
    labs = TenantFactory(workspace=workspace, name="Contoso Labs", slug=OTHER.slug)
    another_person = UserFactory(username="stranger")
    bootstrap_role(user=another_person, tenant=labs, role=Role.OWNER)
    fill(request.getfixturevalue("tenant"), users["owner"], **OWN.ids())
    fill(labs, another_person, **OTHER.ids())
    fill(other_tenant, users["outsider"], **FOREIGN.ids())
    # Nothing to reach Graph with, so that verifying ends before it would ask.
    ProviderConnection.objects.update(encrypted_credential="")
    return {name: Person(users.get(name)) for name in PEOPLE}


class Person:
    """A person with a browser that just signed in, and a token for every act of the API."""

    def __init__(self, user):
        self.token = token_for(user) if user else ""
        self._script = Client()
        self._browser = Client()
        if user:
            signed_in(self._browser, user)
        self._cookies = deepcopy(self._browser.cookies)

    def __call__(self):
        """The browser as it signed in: what one request does to it is not held against the next."""
        self._browser.cookies = deepcopy(self._cookies)
        return self._browser

    def send(self, act, place, **headers):
        if not act.is_of_the_api:
            send = getattr(self(), act.method)
            return send(address(act, place), act.sends(place), **headers)
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        if act.method == "get":
            return self._script.get(address(act, place), headers=bearer)
        if act.route == "api:import_backup":
            file = SimpleUploadedFile("backup.zip", b"no zip")
            return self._script.post(address(act, place), {"file": file}, headers=bearer)
        return self._script.generic(
            act.method.upper(),
            address(act, place),
            json.dumps(act.sends(place)),
            content_type="application/json",
            headers=bearer,
        )


def address(act, place):
    return reverse(act.route, kwargs=act.where(place) if act.where else None) + act.query


def answered(person, act, place, **headers):
    return undone(partial(person.send, act, place, **headers))


def undone(send):
    """The answer, and what it said; whatever the request changed or used up is undone."""
    cache.clear()
    with transaction.atomic():
        answer = send()
        said = answer.getvalue() if answer.streaming else answer.content
        transaction.set_rollback(True)
    return answer, said.decode()
