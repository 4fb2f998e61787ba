"""A refused write is an event: answered 403 or 404, by whomever, and never a flood of them."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tenants.models import AuditEvent, AuditOutcome
from tests.access.acts import ACTS, FOREIGN, NOWHERE, OTHER, About
from tests.access.conftest import people  # noqa: F401 -- a fixture


def refusals():
    return AuditEvent.objects.filter(action="request.refused").order_by("pk")


def facts(event):
    return {key: value for key, value in event.detail.items() if key != "salt"}


@pytest.mark.parametrize(
    ("path", "page"),
    [
        ("/tenants/fabrikam/write-gate/", "POST /tenants/…/write-gate/"),
        ("/tenants/nowhere/write-gate/", "POST /tenants/…/write-gate/"),
        ("/tenants/fabrikam/access/people/5/role/", "POST /tenants/…/access/people/5/role/"),
        (
            "/workspaces/fabrikam-services/invitations/new/",
            "POST /workspaces/…/invitations/new/",
        ),
    ],
)
def test_write_that_was_answered_not_found_is_an_event(sign_in, operator, other_tenant, path, page):
    answer = sign_in(operator).post(path)

    event = refusals().get()
    assert answer.status_code == 404
    assert (event.actor, event.workspace, event.tenant) == (operator, None, None)
    assert (event.outcome, event.chain_id) == ("denied", "installation")
    assert facts(event) == {"method": "POST", "path": path, "page": page}


def test_address_that_is_none_is_an_event_of_nobody_too(client, db):
    answer = client.post("/nothing/like/it/", REMOTE_ADDR="192.0.2.7")

    event = refusals().get()
    assert (answer.status_code, event.actor, event.address) == (404, None, "192.0.2.7")
    assert facts(event) == {"method": "POST", "path": "/nothing/like/it/"}


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_reading_what_is_not_there_is_no_event(sign_in, operator, method):
    getattr(sign_in(operator), method)("/tenants/nowhere/write-gate/")

    assert not refusals().exists()


def test_flood_of_refusals_is_no_flood_of_events(sign_in, operator, auditor):
    browser = sign_in(operator)

    answers = {browser.post(f"/tenants/t{n}/write-gate/").status_code for n in range(50)}
    sign_in(auditor).post("/tenants/t/write-gate/")

    theirs = list(refusals().filter(actor=operator))
    assert answers == {404}
    assert [event.detail.get("more_not_recorded") for event in theirs] == [None] * 29 + [True]
    assert refusals().filter(actor=auditor).count() == 1


def test_flood_from_one_address_is_none_either(client, db):
    for n in range(40):
        client.post(f"/nothing/{n}/", REMOTE_ADDR="192.0.2.7")
    client.post("/nothing/", REMOTE_ADDR="192.0.2.8")

    assert [refusals().filter(address=f"192.0.2.{n}").count() for n in (7, 8)] == [30, 1]


HIDDEN = [
    act for act in ACTS if act.about in {About.TENANT, About.WORKSPACE} and act.method != "get"
]


@pytest.mark.parametrize("place", [FOREIGN, OTHER, NOWHERE], ids=lambda place: place.slug)
def test_every_write_to_what_is_hidden_or_missing_leaves_one_denial(people, place):  # noqa: F811
    silent = []
    for act in HIDDEN:
        cache.clear()
        newest = AuditEvent.objects.latest("pk").pk
        answer = people["auditor"].send(act, place)
        if answer.status_code != 404:
            continue
        events = AuditEvent.objects.filter(pk__gt=newest, outcome=AuditOutcome.DENIED)
        if [event.action for event in events] != ["request.refused"]:
            silent.append((act.key, [event.action for event in events]))

    assert len(HIDDEN) > 40
    assert silent == []


def test_denial_names_what_was_asked_for(sign_in, auditor, tenant):
    answer = sign_in(auditor).post(reverse("tenants:write-gate-set", args=[tenant.slug]))

    event = AuditEvent.objects.get(outcome=AuditOutcome.DENIED)
    assert (answer.status_code, event.action, event.tenant) == (403, "access.denied", tenant)
    assert event.detail == {
        "capability": "manage_connection",
        "page": "POST /tenants/…/write-gate/",
    }


def test_forged_post_is_counted_too(owner, tenant):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(owner, backend="django.contrib.auth.backends.ModelBackend")

    for _ in range(40):
        browser.post(reverse("tenants:write-gate-set", args=[tenant.slug]), {})

    assert refusals().count() == 30
