"""Making an account straight with the directory, from an invitation and from nothing else."""

import time
from datetime import timedelta

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.socialaccount.models import SocialAccount
from django.contrib.sessions.models import Session
from django.core import mail
from django.db.models.signals import post_save
from django.urls import reverse
from django.utils import timezone

from tenants.access.service import capabilities_of
from tenants.models import AuditEvent, Invitation, Membership, User
from tenants.models.capabilities import ROLE_CAPABILITIES, Role
from tests.factories import InvitationFactory, UserFactory
from tests.sign_ins import signed_in
from tests.tenants.sign_in.conftest import code_of, said
from tests.tenants.sign_in.directory import OTHER_KEY
from tests.tenants.sign_in.test_directory import LOGIN, through

TOKEN = "a-token-nobody-guesses"
LINK = reverse("tenants:invitation-open", args=[TOKEN])
ACCEPT = reverse("tenants:invitation-accept")
JOIN = reverse("tenants:join-with-account")
ADA = {
    "sub": "subject-1",
    "name": "Ada King Lovelace",
    "preferred_username": "ada@contoso.example",
    "email": "ada@contoso.example",
    "email_verified": True,
}
CONTINUE = "Continue with Microsoft Entra"
NOT_CONNECTED = "is not connected to any person here. Ask a person who manages"
INVITED = (
    "This Microsoft Entra account is not connected to any person here. You are invited: make your "
    "account with it here."
)
NOT_OPEN = (
    "This invitation is not open any more, so no account was made. Ask whoever invited you for a "
    "new one."
)
OF_ANOTHER_ADDRESS = (
    "This invitation was made for another e-mail address than ada@contoso.example, so no account "
    "was made. Continue with the Microsoft Entra account of the address it was sent to, or ask "
    "whoever invited you for an invitation to yours."
)
SIGNED_IN = (
    "You are signed in already, so no account was made. Accept as this person, or sign out and "
    "open the link again."
)


@pytest.fixture
def invitation(tenant, owner, directory):
    """An open invitation, in a directory that says of Ada what Entra would."""
    directory.claims = ADA
    return InvitationFactory(
        tenant=tenant,
        role="operator",
        invited_by=owner,
        invitee="ada@contoso.example",
        token=TOKEN,
    )


@pytest.fixture
def join(client, directory):
    """`join()`: open the link, go on to the directory from its page, and come back."""

    def go():
        client.get(LINK)
        return through(client, directory, client.post(JOIN))

    return go


def nobody_was_made():
    return not (
        SocialAccount.objects.exists()
        or Membership.objects.exclude(user__username="owner").exists()
        or User.objects.exclude(username="owner").exists()
    )


def turned_away(page, client):
    """Where the person ended and what they were told; nothing came of it."""
    assert nobody_was_made()
    assert "_auth_user_id" not in client.session
    assert Invitation.objects.filter(accepted_by__isnull=False).count() == 0
    return page.redirect_chain[-1][0], said(page)


# Whom it lets in


def test_page_offers_the_directory_beside_the_password(client, invitation):
    page = client.get(LINK, follow=True).text

    assert (CONTINUE in page, f'action="{JOIN}"' in page) == (True, True)
    assert page.count("btn-primary") == 1


def test_page_offers_no_directory_where_none_is_set_up(client, tenant, owner):
    InvitationFactory(tenant=tenant, invited_by=owner, token=TOKEN)

    page = client.get(LINK, follow=True)

    assert ("Make the account" in page.text, CONTINUE in page.text) == (True, False)
    assert client.post(JOIN).status_code == 404


def test_page_offers_no_directory_to_who_is_signed_in(sign_in, invitation):
    page = sign_in(UserFactory()).get(LINK, follow=True)

    assert ("Accept the invitation" in page.text, CONTINUE in page.text) == (True, False)


def test_somebody_new_makes_an_account_with_the_directory(client, invitation, join, tenant):
    client.get(LINK)
    before = client.session.session_key

    page = join()

    ada = User.objects.get(username="ada")
    account = SocialAccount.objects.get()
    invitation.refresh_from_db()
    assert page.redirect_chain[-1][0] == reverse("tenants:tenant-list")
    assert said(page) == ["You are a member of Contoso Services. Your role on Contoso: operator."]
    assert page.context["user"] == ada
    assert (ada.first_name, ada.last_name, ada.email) == (
        "Ada",
        "King Lovelace",
        "ada@contoso.example",
    )
    assert (ada.has_usable_password(), ada.is_staff, ada.is_superuser) == (False, False, False)
    assert (account.user, account.uid.partition("@")[0]) == (ada, "subject-1")
    assert capabilities_of(ada, tenant) == ROLE_CAPABILITIES[Role.OPERATOR]
    assert invitation.accepted_by == ada
    assert client.session.session_key != before
    assert "invitation" not in client.session
    assert client.session.get_expiry_date() <= timezone.now() + timedelta(hours=12)


def test_all_of_it_is_in_the_trail(invitation, join, trail):
    before = len(trail())

    join()

    ada = User.objects.get(username="ada")
    gift = {"invitee": "ada@contoso.example", "invited_by": "owner", "role": "operator"}
    told = trail()[before:]
    assert {(actor, outcome) for _, actor, outcome, _ in told} == {(ada, "allowed")}
    assert [(action, detail) for action, _, _, detail in told if action != "access.granted"] == [
        ("person.added", {"name": "ada", "changed": []}),
        ("account.connected", {"provider": "entra"}),
        ("membership.added", {"name": "ada"}),
        ("invitation.accepted", gift),
        ("sign_in.succeeded", {"method": ["connected_account"]}),
    ]
    assert [action for action, *_ in told][3] == "access.granted"


def test_invitation_without_a_role_makes_a_member(join, directory, workspace, owner):
    directory.claims = ADA
    InvitationFactory(tenant=None, role="", workspace=workspace, invited_by=owner, token=TOKEN)
    Invitation.objects.update(invitee="Ada, of the night shift")

    page = join()

    assert said(page) == [
        "You are a member of Contoso Services. Ask an owner of a tenant there for a role on it."
    ]
    assert User.objects.get(username="ada").memberships.get().workspace == workspace


def test_account_made_so_signs_in_from_then_on(client, invitation, join, directory):
    join()
    client.post(reverse("account_logout"))

    page = through(client, directory, client.post(f"{LOGIN}?next=/account/"))

    assert page.redirect_chain[-1][0] == "/account/"
    assert page.context["user"] == User.objects.get(username="ada")


def test_way_there_asks_for_an_address_and_for_which_account(client, invitation, join, directory):
    join()

    asked = directory.asked
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert (asked["prompt"], asked["code_challenge_method"]) == ("select_account", "S256")


@pytest.mark.parametrize(
    ("taken", "claimed", "given"),
    [
        (["ada"], {}, "ada2"),
        (["ADA", "ada2"], {}, "ada3"),
        ([], {"preferred_username": "Ada King!@contoso.example"}, "AdaKing"),
        ([], {"preferred_username": "x" * 300}, "x" * 100),
        ([], {"preferred_username": "j\u00fcrgen@contoso.example"}, "jurgen"),
        ([], {"preferred_username": "\u043e\u043b\u044c\u0433\u0430@contoso.example"}, "ada"),
        ([], {"preferred_username": None}, "ada"),
        ([], {"preferred_username": "@", "email": None}, "AdaKingLovelace"),
        ([], {"preferred_username": None, "email": None, "name": None}, "person"),
    ],
)
def test_username_is_a_free_one(invitation, join, directory, taken, claimed, given):
    for name in taken:
        UserFactory(username=name)
    directory.claims = {name: value for name, value in (ADA | claimed).items() if value is not None}

    page = join()

    assert page.context["user"].username == given


def test_name_is_kept_fit_to_be_read(invitation, join, directory):
    directory.claims = ADA | {"name": f"  Ada\u202e\tKing {'x' * 300}"}

    page = join()

    assert page.context["user"].first_name == "Ada\ufffd"
    assert len(page.context["user"].get_full_name()) == 150


# What the address is for


@pytest.mark.parametrize(
    ("claimed", "kept"),
    [
        ({"email_verified": True}, "ada@contoso.example"),
        ({"email": "Ada@Contoso.example", "email_verified": True}, "Ada@Contoso.example"),
        ({"email_verified": None, "xms_edov": True}, "ada@contoso.example"),
        ({"email_verified": None, "xms_edov": "1"}, "ada@contoso.example"),
        ({"email_verified": False, "xms_edov": True}, ""),
        ({"email_verified": False}, ""),
        ({"email_verified": "false"}, ""),
        ({"email_verified": None}, ""),
        ({"email": None, "email_verified": True}, ""),
        ({"email": "not an address", "email_verified": True}, ""),
        ({"email": ["ada@contoso.example"], "email_verified": True}, ""),
    ],
)
def test_link_lets_in_and_only_a_verified_address_is_kept(
    invitation, join, directory, claimed, kept
):
    directory.claims = {name: value for name, value in (ADA | claimed).items() if value is not None}

    page = join()

    assert page.context["user"].email == kept
    assert "email" not in SocialAccount.objects.get().extra_data["id_token"]


@pytest.mark.parametrize("is_verified", [True, False])
def test_invitation_for_another_address_makes_nobody(
    client, invitation, join, is_verified, directory, trail
):
    Invitation.objects.update(invitee="grace@contoso.example")
    directory.claims = ADA | {"email_verified": is_verified}

    page = join()

    assert turned_away(page, client) == (ACCEPT, [OF_ANOTHER_ADDRESS])
    assert "grace@" not in page.text
    assert Invitation.objects.open_at(timezone.now()).exists()
    assert trail()[-1] == (
        "sign_in.refused",
        None,
        "denied",
        {"reason": "invitation_of_another_address"},
    )


def test_who_invites_is_told_what_an_address_does(sign_in, owner, workspace, directory, settings):
    told = "no Microsoft Entra account of another address makes an account from it."
    address = reverse("tenants:invitation-create", args=[workspace.slug])
    page = sign_in(owner).get(address).text
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}

    assert (told in page, told in sign_in(owner).get(address).text) == (True, False)


@pytest.mark.parametrize("is_verified", [True, False])
def test_address_of_somebody_here_is_not_taken_for_them(
    invitation, join, directory, operator, is_verified
):
    operator.email = ADA["email"]
    operator.save()
    directory.claims = ADA | {"email_verified": is_verified}

    page = join()

    assert page.context["user"].username == "ada"
    assert SocialAccount.objects.get().user != operator


# Whom it does not let in


def test_without_an_invitation_nobody_is_made(client, owner, directory, trail):
    directory.claims = ADA

    page = through(client, directory, client.post(LOGIN))

    where, told = turned_away(page, client)
    assert (where, NOT_CONNECTED in told[0]) == ("/sign-in/", True)
    assert trail()[-1][3] == {"reason": "account_not_connected"}
    assert client.post(JOIN).status_code == 404


def test_invitation_of_another_browser_lets_nobody_in(client, invitation, directory):
    type(client)().get(LINK)

    page = through(client, directory, client.post(LOGIN))

    assert NOT_CONNECTED in turned_away(page, client)[1][0]
    assert client.post(JOIN).status_code == 404


def test_sign_in_page_leads_who_is_invited_to_the_invitation(client, invitation, directory, trail):
    client.get(LINK)

    page = through(client, directory, client.post(f"{LOGIN}?next={ACCEPT}"))

    assert turned_away(page, client) == (
        ACCEPT,
        [INVITED],
    )
    assert trail()[-1][3] == {"reason": "account_not_connected"}


def test_who_may_not_invite_any_more_lets_nobody_in(client, invitation, directory, owner, trail):
    client.get(LINK)
    back = directory.follow(client.post(JOIN))
    User.objects.filter(pk=owner.pk).update(is_active=False)

    page = client.get(back, follow=True)

    assert turned_away(page, client) == ("/sign-in/", [NOT_OPEN])
    assert trail()[-1] == ("sign_in.refused", None, "denied", {"reason": "invitation_not_open"})
    assert client.post(JOIN).status_code == 404


@pytest.mark.parametrize("how", ["revoked", "accepted", "expired", "deleted"])
def test_invitation_that_ended_on_the_way_makes_nobody(client, invitation, directory, how, trail):
    client.get(LINK)
    back = directory.follow(client.post(JOIN))
    now = timezone.now()
    changes = {
        "revoked": {"revoked_at": now},
        "accepted": {"accepted_at": now},
        "expired": {"expires_at": now - timedelta(seconds=1)},
    }
    if how == "deleted":
        Invitation.objects.all().delete()
    else:
        Invitation.objects.update(**changes[how])

    page = client.get(back, follow=True)

    assert turned_away(page, client) == ("/sign-in/", [NOT_OPEN])
    assert trail()[-1] == ("sign_in.refused", None, "denied", {"reason": "invitation_not_open"})


@pytest.mark.parametrize("how", ["revoked", "accepted", "expired", "unknown"])
def test_way_there_is_closed_like_the_page(client, invitation, how):
    client.get(LINK)
    now = timezone.now()
    changes = {
        "revoked": {"revoked_at": now},
        "accepted": {"accepted_at": now},
        "expired": {"expires_at": now - timedelta(seconds=1)},
        "unknown": {"token_hash": "of another"},
    }
    Invitation.objects.update(**changes[how])

    assert client.post(JOIN).status_code == 404


def test_another_invitation_opened_meanwhile_is_not_the_one_accepted(
    client, invitation, directory, outsider, other_tenant
):
    client.get(LINK)
    back = directory.follow(client.post(JOIN))
    other = InvitationFactory(tenant=other_tenant, invited_by=outsider, token="of-another")
    client.get(reverse("tenants:invitation-open", args=["of-another"]))

    client.get(back, follow=True)

    ada = User.objects.get(username="ada")
    assert [one.workspace for one in ada.memberships.all()] == [invitation.workspace]
    assert Invitation.objects.open_at(timezone.now()).get() == other
    assert client.get(ACCEPT).context["page"].invitation == other


def test_account_that_cannot_be_connected_leaves_nothing(
    client, invitation, directory, join, owner, trail
):
    def faster(*, instance, created, **kwargs):
        uid = f"subject-1@{directory.issuer}"
        SocialAccount.objects.create(provider="entra", uid=uid, user=owner)

    post_save.connect(faster, sender=User)
    try:
        page = join()
    finally:
        post_save.disconnect(faster, sender=User)

    assert turned_away(page, client) == (
        ACCEPT,
        ["Another account was made at the same moment, so this one was not. Try again."],
    )
    assert trail() == [("sign_in.refused", None, "denied", {"reason": "made_at_once"})]


@pytest.mark.parametrize(
    "spoil",
    [
        {"key": OTHER_KEY},
        {"algorithm": "HS256"},
        {"claims": ADA | {"aud": "another-app"}},
        {"claims": ADA | {"exp": int(time.time()) - 600}},
        {"claims": {"email": "ada@contoso.example", "email_verified": True}},
    ],
    ids=["another key", "a shared secret", "another app", "too old", "nobody"],
)
def test_token_that_proves_nothing_makes_nobody(client, invitation, directory, join, spoil):
    for name, value in spoil.items():
        setattr(directory, name, value)

    page = join()

    assert turned_away(page, client) == (
        ACCEPT,
        ["The sign-in with Microsoft Entra could not be verified. Try again."],
    )


def test_cancelling_leads_back_to_the_invitation(client, invitation, directory):
    client.get(LINK)
    state = directory.follow(client.post(JOIN)).partition("state=")[2]

    page = client.get(f"{LOGIN}done/?error=access_denied&state={state}", follow=True)

    assert turned_away(page, client) == (
        ACCEPT,
        ["The sign-in with Microsoft Entra was cancelled. Try again."],
    )


def test_directory_that_does_not_answer_leads_back_to_the_invitation(client, invitation, settings):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = settings.OIDC_SERVER_URL = "http://127.0.0.1:9"
    client.get(LINK)

    page = client.post(JOIN, follow=True)

    assert turned_away(page, client) == (
        ACCEPT,
        ["Microsoft Entra could not be reached. Try again later."],
    )


def test_way_there_is_limited(client, invitation):
    client.get(LINK)

    tries = [client.post(JOIN).status_code for _ in range(31)]

    assert (tries[0], tries[-1]) == (302, 429)


# Who has an account already


def test_connected_account_signs_in_and_is_shown_the_invitation(
    client, invitation, directory, sign_in
):
    friend = UserFactory(username="friend")
    browser = sign_in(friend)
    through(browser, directory, browser.post(reverse("tenants:account-connect")))
    Invitation.objects.update(invitee="grace@contoso.example")
    client.get(LINK)

    page = through(client, directory, client.post(JOIN))

    assert page.redirect_chain[-1][0] == ACCEPT
    assert "You are signed in as" in page.text
    assert page.context["user"] == friend
    assert Invitation.objects.open_at(timezone.now()).exists()
    assert client.post(ACCEPT)["Location"] == reverse("tenants:tenant-list")


def test_who_is_signed_in_is_shown_the_invitation(sign_in, invitation):
    browser = sign_in(UserFactory())
    browser.get(LINK)

    assert browser.post(JOIN)["Location"] == ACCEPT


def test_who_signed_in_meanwhile_stays_signed_in(client, invitation, directory):
    client.get(LINK)
    back = directory.follow(client.post(JOIN))
    friend = UserFactory(username="friend")
    signed_in(client, friend)

    page = client.get(back, follow=True)

    assert not User.objects.filter(username="ada").exists()
    assert not SocialAccount.objects.exists()
    assert page.context["user"] == friend
    assert page.redirect_chain[-1][0] == ACCEPT
    assert said(page) == [SIGNED_IN]


# What stays secret


def test_secret_of_the_link_goes_nowhere(client, invitation, directory, join, caplog):
    client.get(LINK)
    sent = client.post(JOIN)
    sessions = str([session.get_decoded() for session in Session.objects.all()])
    digest = invitation.token_hash

    page = through(client, directory, sent)

    told = (
        sent["Location"],
        sessions,
        str(directory.heard),
        str(page.redirect_chain),
        caplog.text,
        str(list(AuditEvent.objects.values())),
    )
    assert [one for one in told if TOKEN in one] == []
    assert [one for one in (told[0], *told[2:]) if digest in one] == []
    assert client.get(ACCEPT)["Referrer-Policy"] == "same-origin"


# Living without a password


@pytest.fixture
def ada(invitation, join):
    join()
    return User.objects.get(username="ada")


def _age(client, minutes):
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        record | {"at": time.time() - minutes * 60}
        for record in session[AUTHENTICATION_METHODS_SESSION_KEY]
    ]
    session.save()


def test_page_of_the_account_says_how_one_signs_in(client, ada):
    page = client.get("/account/").text

    assert "No password is set: you sign in with Microsoft Entra." in page
    assert "It cannot be disconnected while no password is set." in page
    assert reverse("account_set_password") in page
    assert "/disconnect/" not in page


def test_second_factor_follows_the_directory_where_there_is_no_password(client, ada, directory):
    before = client.get("/account/").text
    secret = client.get(reverse("mfa_activate_totp")).context["form"].secret
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    after = client.get("/account/").text
    client.post(reverse("account_logout"))

    page = through(client, directory, client.post(LOGIN))

    assert "signing in with Microsoft Entra asks for a code too" in before
    assert "Signing in with Microsoft Entra asks for its code." in after
    assert page.redirect_chain[-1][0] == reverse("mfa_authenticate")


def test_changing_a_password_there_is_none_of_leads_to_setting_one(client, ada):
    answer = client.get(reverse("account_change_password"))

    assert answer["Location"] == reverse("account_set_password")


def test_only_way_in_is_not_disconnected(client, ada):
    address = reverse("tenants:account-disconnect", args=[SocialAccount.objects.get().pk])

    answer = client.post(address)

    assert "Your account has no password set up. Set one first" in answer.text
    assert SocialAccount.objects.exists()


def test_old_proof_is_renewed_by_the_directory_alone(client, ada, directory, trail):
    _age(client, minutes=30)

    asked = client.get(reverse("account_set_password"), follow=True)
    prove = asked.redirect_chain[-1][0]
    page = through(client, directory, client.post(prove))

    assert prove.startswith(reverse("tenants:prove-with-account"))
    assert "password" not in asked.text.lower()
    assert (directory.asked["prompt"], directory.asked["max_age"]) == ("login", "0")
    assert page.redirect_chain[-1][0] == reverse("account_set_password")
    assert page.status_code == 200
    assert trail()[-1] == (
        "reauthentication.succeeded",
        ada,
        "allowed",
        {"method": "connected_account"},
    )


def test_mail_does_not_give_a_password_to_who_has_none(client, ada, settings):
    settings.MAIL_IS_SENT = True
    with_one = UserFactory(username="with-one", email="grace@contoso.example")

    for address in (ada.email, with_one.email):
        page = client.post(reverse("account_reset_password"), {"email": address})
        assert page["Location"] == reverse("account_reset_password_done")

    assert [one.to for one in mail.outbox] == [[with_one.email]]
