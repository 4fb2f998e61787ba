"""Who has to prove first that it is them loses nothing they entered, secrets aside."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.access.service import capabilities_of
from tenants.models import Invitation, Membership, ProviderConnection, WorkspaceGroup
from tenants.models.capabilities import Capability, Role
from tests.factories import (
    PASSWORD,
    MembershipFactory,
    ProviderConnectionFactory,
    WorkspaceGroupFactory,
)
from tests.sign_ins import signed_in


@pytest.fixture
def browser(owner):
    return signed_in(Client(), owner, minutes_ago=30)


def prove(browser, answer):
    """Follow to the proof and through it; the page the person comes back to."""
    page = browser.get(answer["Location"])
    back = browser.post(answer["Location"], {"password": PASSWORD})
    return page.text, browser.get(back["Location"])


def test_choice_of_a_role_is_kept_and_given_with_a_click_on_its_page(browser, member, tenant):
    role_page = reverse("tenants:access-person-role", args=["contoso", member.pk])

    asked = browser.post(role_page, {"role": "manager", "seen": ""})
    said, page = prove(browser, asked)

    assert "Nothing was changed yet" in said
    assert page.context["page"].question == "Make member manager of Contoso?"
    assert capabilities_of(member, tenant) == frozenset()
    browser.post(role_page, {"role": "manager", "seen": ""})
    assert Capability.MANAGE_CONNECTION in capabilities_of(member, tenant)


def test_choice_made_on_the_page_of_a_person_is_kept(browser, member):
    role_page = reverse("tenants:access-person-role", args=["contoso", member.pk])

    _, page = prove(browser, browser.get(role_page, {"role": "owner"}))

    assert page.context["page"].role is Role.OWNER


def test_invitation_is_filled_in_again_and_made_once(browser, workspace):
    entered = {"invitee": "ada@example.com", "tenant": "contoso", "role": "operator"}
    form_page = reverse("tenants:invitation-create", args=[workspace.slug])

    said, page = prove(browser, browser.post(form_page, entered))
    later = browser.get(form_page)

    assert "What you entered is kept" in said
    form = page.context["form"]
    assert {name: form[name].value() for name in entered} == entered
    assert later.context["form"]["invitee"].value() is None
    assert not Invitation.objects.exists()
    browser.post(form_page, entered)
    assert Invitation.objects.open_at(timezone.now()).count() == 1


def test_what_was_entered_waits_for_its_own_page_alone(browser, workspace):
    browser.post(reverse("tenants:group-create", args=[workspace.slug]), {"name": "Night shift"})

    elsewhere = browser.get(reverse("tenants:invitation-create", args=[workspace.slug]))
    _, page = prove(browser, elsewhere)
    group_page = browser.get(reverse("tenants:group-create", args=[workspace.slug]))

    assert page.context["form"]["invitee"].value() is None
    assert group_page.context["form"]["name"].value() == "Night shift"
    assert not WorkspaceGroup.objects.exists()


def test_secret_of_a_connection_is_not_kept_and_the_page_says_so(browser, tenant):
    stored = ProviderConnectionFactory(tenant=tenant)
    form_page = reverse("tenants:connection-change", args=["contoso"])
    entered = {
        "cloud": "emulator",
        "directory_id": "00000000-0000-4000-8000-00000000000d",
        "client_id": "another",
        "credential_kind": "secret",
        "secret": "canary-of-a-secret",
        "private_key": "canary-of-a-key",
        "thumbprint": "",
    }

    said, page = prove(browser, browser.post(form_page, entered))

    assert "Enter the credential again" in said
    form = page.context["form"]
    assert str(form["directory_id"].value()) == entered["directory_id"]
    assert form["client_id"].value() == "another"
    assert "canary" not in page.text + str(dict(browser.session))
    assert ProviderConnection.objects.get() == stored


def test_member_to_add_is_kept(browser, member, workspace):
    group = WorkspaceGroupFactory(workspace=workspace)
    add_page = reverse("tenants:group-member-add", args=[workspace.slug, group.group_id])

    _, page = prove(browser, browser.post(add_page, {"person": member.pk}))

    assert page.context["page"].person == member
    assert not group.group.user_set.exists()


def test_removing_comes_back_to_its_question(browser, workspace):
    user = MembershipFactory(workspace=workspace).user
    remove_page = reverse("tenants:member-remove", args=[workspace.slug, user.pk])

    _, page = prove(browser, browser.post(remove_page))

    assert page.context["page"].person == user
    assert Membership.objects.filter(user=user).exists()


def test_gate_is_opened_after_the_proof_and_closed_without_one(browser, tenant):
    gate = reverse("tenants:write-gate-set", args=["contoso"])

    closed = browser.post(gate, {"gate": "closed"})
    tenant.refresh_from_db()
    stands = tenant.writes_enabled
    said, page = prove(browser, browser.post(gate, {"gate": "open"}))
    tenant.refresh_from_db()

    assert (closed["Location"], stands) == ("/tenants/contoso/", False)
    assert "The write gate is still closed" in said
    assert page.context["page"].tenant == tenant
    assert not tenant.writes_enabled
    browser.post(gate, {"gate": "open"})
    tenant.refresh_from_db()
    assert tenant.writes_enabled
