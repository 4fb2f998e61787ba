"""Owners read how the members of their workspace sign in, and nothing of anywhere else."""

import json

import pytest
from django.test import Client
from django.urls import reverse

from tenants.access.service import bootstrap_role
from tenants.audit import trail
from tenants.models import AuditEvent, AuditOutcome, Membership
from tenants.models.capabilities import Role
from tests.factories import PASSWORD, UserFactory

LIST, CSV, JSON = (reverse(f"audit:event-{kind}") for kind in ("list", "csv", "json"))


def shown(reader, **narrowed):
    """The installation's events that others left and the reader sees."""
    events = AuditEvent.objects.readable_by(reader).filter(workspace=None, **narrowed)
    return [(event.action, event.subject) for event in events.exclude(actor=reader).order_by("pk")]


def try_to_sign_in(name, password="wrong-horse"):
    Client().post(reverse("tenants:sign-in"), {"username": name, "password": password})


def test_owner_sees_how_a_member_signs_in_and_failed_to(owner, operator, other_tenant):
    for name, password in (("operator", "wrong"), ("OPERATOR", "wrong"), ("operator", PASSWORD)):
        try_to_sign_in(name, password)
    try_to_sign_in("nobody-here")

    user = f"user:{operator.pk}"
    assert shown(owner) == [
        ("sign_in.failed", user),
        ("sign_in.failed", user),
        ("sign_in.succeeded", user),
    ]


@pytest.mark.parametrize("person", ["auditor", "operator", "manager", "member", "outsider"])
def test_who_decides_on_no_access_there_sees_none_of_it(request, person, workspace, tenant):
    reader = request.getfixturevalue(person)
    somebody = UserFactory(username="somebody")
    Membership.objects.create(workspace=workspace, user=somebody)
    try_to_sign_in("somebody")
    try_to_sign_in("somebody", PASSWORD)

    assert AuditEvent.objects.filter(subject=f"user:{somebody.pk}").count() == 2
    assert shown(reader) == []


def test_owner_sees_nothing_of_who_is_no_member(owner, outsider, sign_in):
    try_to_sign_in("outsider")
    sign_in(outsider).post("/tenants/nowhere/write-gate/")

    assert AuditEvent.objects.filter(workspace=None).count() == 3
    assert shown(owner) == []


def test_what_a_member_does_to_somebody_else_is_not_about_the_member(owner, operator, outsider):
    for subject in (f"user:{operator.pk}", f"user:{outsider.pk}"):
        for action in ("second_factor.deleted", "account.deleted"):
            trail.record(action=action, actor=operator, tenant=None, subject=subject)

    assert {subject for _, subject in shown(owner)} == {f"user:{operator.pk}"}


@pytest.mark.parametrize("action", ["token.created", "preferences.changed", "notifications.read"])
def test_what_a_member_does_for_themselves_is_theirs(owner, operator, action):
    subject = f"user:{operator.pk}"
    trail.record(action=action, actor=operator, tenant=None, subject=subject)

    assert shown(owner) == []


def test_member_who_left_is_no_longer_told_of(owner, operator):
    try_to_sign_in("operator")
    assert len(shown(owner)) == 1

    Membership.objects.filter(user=operator).delete()

    assert shown(owner) == []


def test_refusal_of_a_member_names_no_other_workspace(
    sign_in, owner, operator, tenant, other_tenant
):
    bootstrap_role(user=operator, tenant=other_tenant, role=Role.AUDITOR)
    browser = sign_in(operator)
    browser.post("/tenants/fabrikam-secret/write-gate/")
    browser.post("/fabrikam/nothing/")
    browser.post(reverse("tenants:write-gate-set", args=["fabrikam"]))

    reader = sign_in(owner)
    texts = [
        reader.get(LIST).text,
        reader.get(LIST, {"q": "request"}).text,
        *(reader.get(address).getvalue().decode() for address in (CSV, JSON)),
    ]

    assert [action for action, _ in shown(owner)] == [
        "sign_in.succeeded",
        *["request.refused"] * 2,
    ]
    assert [text.lower().count("fabrikam") for text in texts] == [0, 0, 0, 0]
    assert "POST /tenants/…/write-gate/" in texts[0]
    assert "operator was refused a write" in texts[0]
    events = json.loads(texts[-1])["events"]
    refused = [event for event in events if event["action"] == "request.refused"]
    assert [event["withheld"] for event in refused] == [["path", "salt"]] * 2
    assert [set(event["detail"]) for event in refused] == [
        {"method"},
        {"method", "page"},
    ]


def test_what_is_withheld_cannot_be_searched_for(sign_in, owner, operator, other_tenant):
    bootstrap_role(user=operator, tenant=other_tenant, role=Role.AUDITOR)
    sign_in(operator).post("/tenants/fabrikam/nothing/")

    found = json.loads(sign_in(owner).get(JSON, {"q": "fabrikam"}).getvalue())["events"]

    assert found == []


def test_who_did_it_sees_all_of_it(sign_in, operator):
    browser = sign_in(operator)
    browser.post("/tenants/nowhere/write-gate/")

    [event] = json.loads(browser.get(JSON, {"action": "request.refused"}).getvalue())["events"]

    assert (event["detail"]["path"], event["withheld"]) == ("/tenants/nowhere/write-gate/", [])


def test_limit_on_a_members_name_is_told_to_the_owner(owner, operator):
    for _ in range(30):
        try_to_sign_in("operator")

    assert ("sign_in.rate_limited", f"user:{operator.pk}") in shown(owner)


def test_hash_of_a_refusal_is_salted(sign_in, operator):
    """The same refusal twice: who knows every fact but the salt cannot work the hash out."""
    browser = sign_in(operator)
    for _ in range(2):
        browser.post("/tenants/nowhere/write-gate/")

    salts = {
        event.detail["salt"] for event in AuditEvent.objects.filter(outcome=AuditOutcome.DENIED)
    }

    assert {len(salt) for salt in salts} == {32}
    assert len(salts) == 2
