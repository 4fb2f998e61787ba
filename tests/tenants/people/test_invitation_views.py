"""Taking up an invitation by its link, signed in and new; and every link that leads nowhere."""

import re
from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tenants.access.service import capabilities_of, grant_role, revoke_role
from tenants.models import AuditEvent, Invitation, User
from tenants.models.capabilities import ROLE_CAPABILITIES, Role
from tests.factories import InvitationFactory, UserFactory

TOKEN = "a-token-nobody-guesses"
ACCEPT = reverse("tenants:invitation-accept")
LINK = reverse("tenants:invitation-open", args=[TOKEN])
NEW = {
    "full_name": "Ada King Lovelace",
    "username": "ada",
    "password1": "tu5-Zebra-kio",
    "password2": "tu5-Zebra-kio",
}


@pytest.fixture
def invitation(tenant, owner):
    return InvitationFactory(tenant=tenant, role="operator", invited_by=owner, token=TOKEN)


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def untold(answer):
    return re.sub(r"x-csrftoken.*?}", "", answer.text)


def test_link_shows_who_invites_to_what(client, invitation):
    answer = client.get(LINK, follow=True)

    assert answer.redirect_chain == [(ACCEPT, 302)]
    assert [value for _, value in answer.context["page"].offer] == [
        "owner",
        "Operator of Contoso",
        invitation.expires_at,
    ]
    assert "You are invited to Contoso Services" in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert TOKEN not in answer.text
    assert TOKEN not in str([session.get_decoded() for session in Session.objects.all()])


def test_somebody_signed_in_accepts_by_a_post(sign_in, invitation, tenant):
    friend = UserFactory(username="friend")
    browser = sign_in(friend)

    shown = browser.get(LINK, follow=True)
    assert capabilities_of(friend, tenant) == frozenset()
    answer = browser.post(ACCEPT)

    assert "You are signed in as" in shown.text
    assert answer["Location"] == reverse("tenants:tenant-list")
    assert said(answer) == ["You are a member of Contoso Services. Your role on Contoso: operator."]
    assert capabilities_of(friend, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]
    assert browser.post(ACCEPT).status_code == 404


def test_somebody_new_makes_an_account_and_is_signed_in(client, invitation, tenant):
    client.get(LINK)
    before = client.session.session_key

    answer = client.post(ACCEPT, NEW, follow=True)

    ada = User.objects.get(username="ada")
    assert answer.redirect_chain == [(reverse("tenants:tenant-list"), 302)]
    assert (answer.context["user"], ada.first_name, ada.last_name) == (ada, "Ada", "King Lovelace")
    assert capabilities_of(ada, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]
    assert client.session.session_key != before
    assert "invitation" not in client.session
    assert list(
        AuditEvent.objects.filter(actor=ada).order_by("pk").values_list("action", flat=True)
    ) == [
        "person.added",
        "membership.added",
        "access.granted",
        "invitation.accepted",
        "sign_in.succeeded",
    ]
    assert AuditEvent.objects.latest("pk").detail == {"method": ["password"]}


def test_link_survives_signing_in(client, invitation, operator, tenant):
    client.get(LINK)
    sign_in = f"{reverse('tenants:sign-in')}?next={ACCEPT}"

    answer = client.post(
        sign_in, {"username": "operator", "password": "correct-horse-battery"}, follow=True
    )

    assert answer.redirect_chain == [(ACCEPT, 302)]
    assert "You are signed in as" in answer.text


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"username": "owner"}, "username"),
        ({"username": "OWNER"}, "username"),
        ({"username": "a b"}, "username"),
        ({"username": "\u043ewner"}, "username"),
        ({"full_name": "owner"}, "full_name"),
        ({"full_name": "\uff2fwner"}, "full_name"),
        ({"full_name": ""}, "full_name"),
        ({"full_name": "Ada \u202e"}, "full_name"),
        ({"password2": "other"}, "password2"),
        ({"password1": "password", "password2": "password"}, "password2"),
        ({"password1": "adalovelace1", "password2": "ada"}, "password2"),
    ],
)
def test_wrong_account_is_explained_and_none_is_made(client, invitation, values, wrong):
    client.get(LINK)

    answer = client.post(ACCEPT, NEW | values)

    assert (answer.status_code, list(answer.context["form"].errors)) == (200, [wrong])
    assert not User.objects.filter(username="ada").exists()
    assert Invitation.objects.open_at(timezone.now()).exists()


@pytest.mark.parametrize("how", ["revoked", "accepted", "expired", "unknown"])
@pytest.mark.parametrize("person", [None, "member"])
def test_link_that_is_not_open_does_not_tell_why(
    request, client, sign_in, invitation, how, person, django_assert_num_queries
):
    browser = sign_in(request.getfixturevalue(person)) if person else client
    now = timezone.now()
    changes = {
        "revoked": {"revoked_at": now},
        "accepted": {"accepted_at": now},
        "expired": {"expires_at": now - timedelta(seconds=1)},
        "unknown": {"token_hash": "of another"},
    }
    browser.get(LINK)
    Invitation.objects.update(**changes[how])

    unknown = browser.get(reverse("tenants:invitation-open", args=["guessed"]))
    with django_assert_num_queries(3 if person else 2):
        answer = browser.get(LINK)
    followed = [browser.get(ACCEPT), browser.post(ACCEPT, NEW)]

    assert (answer.status_code, untold(answer)) == (404, untold(unknown))
    assert [(each.status_code, untold(each)) for each in followed] == [(404, untold(unknown))] * 2
    assert not User.objects.filter(username="ada").exists()


@pytest.mark.parametrize("token", ["\udce4", "x" * 3000, "'; DROP TABLE", "%00"])
def test_hostile_token_leads_nowhere(client, db, token):
    answer = client.get(f"/invitation/{token.encode('utf-8', 'replace').decode()}/")

    assert answer.status_code in {400, 404}


@pytest.mark.parametrize("person", [None, "auditor"])
def test_link_of_who_may_not_invite_any_more_is_like_one_that_is_not_open(
    request, client, sign_in, invitation, owner, member, tenant, person
):
    browser = sign_in(request.getfixturevalue(person)) if person else client
    browser.get(LINK)
    grant_role(actor=owner, user=member, tenant=tenant, role=Role.OWNER)
    revoke_role(actor=member, user=owner, tenant=tenant, role=Role.OWNER)

    unknown = browser.get(reverse("tenants:invitation-open", args=["guessed"]))
    answers = [browser.get(LINK), browser.get(ACCEPT), browser.post(ACCEPT, NEW)]

    assert [(each.status_code, untold(each)) for each in answers] == [(404, untold(unknown))] * 3
    assert not User.objects.filter(username="ada").exists()


def test_invitation_without_a_role_makes_a_member(sign_in, owner, workspace):
    InvitationFactory(tenant=None, role="", workspace=workspace, invited_by=owner, token=TOKEN)
    friend = UserFactory()
    browser = sign_in(friend)

    shown = browser.get(LINK, follow=True)
    answer = browser.post(ACCEPT)

    assert dict(shown.context["page"].offer)["You get"] == "Membership alone"
    assert said(answer) == [
        "You are a member of Contoso Services. Ask an owner of a tenant there for a role on it."
    ]
    assert list(friend.memberships.values_list("workspace", flat=True)) == [workspace.pk]


def test_forged_acceptance_does_not_put_the_token_in_the_trail(invitation, member):

    browser = Client(enforce_csrf_checks=True)
    browser.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    browser.get(LINK)

    answer = browser.post(ACCEPT)

    assert answer.status_code == 403
    assert TOKEN not in str(list(AuditEvent.objects.values()))
