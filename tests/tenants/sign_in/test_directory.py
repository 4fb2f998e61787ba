"""Signing in by OpenID Connect: who connected the account, and nobody because of an address."""

import time

import pytest
from allauth.socialaccount.models import SocialAccount
from django.urls import reverse

from tenants.models import AuditEvent, User
from tests.sign_ins import signed_in
from tests.tenants.sign_in.conftest import said
from tests.tenants.sign_in.directory import OTHER_KEY

LOGIN = "/sign-in/directory/"


def through(browser, directory, sent):
    """Follow to the directory and back; the answer to the callback."""
    return browser.get(directory.follow(sent), follow=True)


@pytest.fixture
def connected(sign_in, operator, directory):
    """The operator, with the directory's account connected from the page of the account."""
    browser = sign_in(operator)
    through(browser, directory, browser.post(reverse("tenants:account-connect")))
    return operator


def test_account_is_connected_from_the_inside(sign_in, operator, directory, trail):
    browser = sign_in(operator)
    before = len(trail())

    page = through(browser, directory, browser.post(reverse("tenants:account-connect")))

    account = SocialAccount.objects.get()
    assert said(page) == ["The account is connected. You can sign in with it from now on."]
    assert "ada@contoso.example" in page.text
    assert (account.user, account.uid) == (operator, f"subject-1@{directory.issuer}")
    assert trail()[before:] == [
        ("account.connected", operator, "allowed", {"provider": "entra"}),
    ]


def test_connected_account_signs_in_with_pkce_and_without_asking_for_an_address(
    client, connected, directory, trail
):
    page = through(client, directory, client.post(f"{LOGIN}?next=/audit/"))

    assert page.redirect_chain[-1][0] == "/audit/"
    assert page.context["user"] == connected
    assert set(directory.asked["scope"].split()) == {"openid", "profile"}
    assert directory.asked["code_challenge_method"] == "S256"
    assert trail()[-1] == (
        "sign_in.succeeded",
        connected,
        "allowed",
        {"method": ["connected_account"]},
    )


def test_way_to_the_directory_leads_back_to_no_other_site(client, connected, directory):
    page = through(client, directory, client.post(f"{LOGIN}?next=https://evil.example/"))

    assert page.redirect_chain[-1][0] == "/"


def test_address_of_somebody_here_signs_nobody_in(client, operator, directory, trail):
    operator.email = "operator@contoso.example"
    operator.save()
    directory.claims |= {"email": operator.email, "email_verified": True, "sub": "a-stranger"}

    page = through(client, directory, client.post(LOGIN))

    assert page.redirect_chain[-1][0] == "/sign-in/"
    assert "is not connected to any person here. Ask a person who manages" in said(page)[0]
    assert "_auth_user_id" not in client.session
    assert (SocialAccount.objects.count(), User.objects.count()) == (0, 1)
    assert trail() == [("sign_in.refused", None, "denied", {"reason": "account_not_connected"})]


def test_no_address_is_kept_of_an_account(connected, directory, client):
    directory.claims |= {"email": "ada@contoso.example", "email_verified": True}

    through(client, directory, client.post(LOGIN))

    assert SocialAccount.objects.get().extra_data == {
        "id_token": {
            "preferred_username": "ada@contoso.example",
            "uid": f"subject-1@{directory.issuer}",
        }
    }


@pytest.mark.parametrize(
    "spoil",
    [
        lambda directory: setattr(directory, "key", OTHER_KEY),
        lambda directory: setattr(directory, "algorithm", "HS256"),
        lambda directory: setattr(directory, "claims", directory.claims | {"aud": "another-app"}),
        lambda directory: setattr(directory, "claims", directory.claims | {"iss": "https://a.b"}),
        lambda directory: setattr(
            directory, "claims", directory.claims | {"exp": int(time.time()) - 600}
        ),
        lambda directory: setattr(directory, "claims", {}),
    ],
    ids=["another key", "a shared secret", "another app", "another issuer", "too old", "nobody"],
)
def test_token_that_proves_nothing_signs_nobody_in(client, connected, directory, spoil, trail):
    spoil(directory)

    page = through(client, directory, client.post(LOGIN))

    assert page.redirect_chain[-1][0] == "/sign-in/"
    assert said(page) == ["The sign-in with Microsoft Entra could not be verified. Try again."]
    assert "_auth_user_id" not in client.session
    assert trail()[-1] == ("sign_in.refused", None, "denied", {"reason": "not_verified"})


def test_answer_nobody_asked_for_signs_nobody_in(client, connected, directory):
    sent = client.post(LOGIN)
    address = directory.follow(sent)
    client.cookies.clear()

    page = client.get(address, follow=True)

    assert page.redirect_chain[-1][0] == "/sign-in/"
    assert "_auth_user_id" not in client.session


def test_cancelling_leads_back_to_sign_in(client, connected, directory, trail):
    state = directory.follow(client.post(LOGIN)).partition("state=")[2]

    page = client.get(f"/sign-in/directory/done/?error=access_denied&state={state}", follow=True)

    assert said(page) == ["The sign-in with Microsoft Entra was cancelled. Try again."]
    assert trail()[-1] == ("sign_in.refused", None, "denied", {"reason": "cancelled"})


def test_inactive_person_is_not_signed_in(client, connected, directory, trail):
    User.objects.filter(pk=connected.pk).update(is_active=False)

    page = through(client, directory, client.post(LOGIN))

    assert said(page) == ["This account is switched off. Ask who manages your workspace."]
    assert "_auth_user_id" not in client.session
    assert trail()[-1][3] == {"reason": "person_inactive"}


def test_account_of_somebody_else_is_not_connected_twice(sign_in, connected, auditor, directory):
    browser = sign_in(auditor)

    page = through(browser, directory, browser.post(reverse("tenants:account-connect")))

    assert "is connected to another person here" in said(page)[0]
    assert SocialAccount.objects.get().user == connected


def test_account_is_disconnected_after_asking(sign_in, connected, trail):
    address = reverse("tenants:account-disconnect", args=[SocialAccount.objects.get().pk])
    browser = sign_in(connected)

    asked = browser.get(address)
    left = SocialAccount.objects.count()
    done = browser.post(address)

    assert ("will not sign you in any more" in asked.text, left) == (True, 1)
    assert done["Location"] == "/account/"
    assert not SocialAccount.objects.exists()
    assert trail()[-1] == ("account.disconnected", connected, "allowed", {"provider": "entra"})


def test_last_way_in_is_not_disconnected(sign_in, connected):
    connected.set_unusable_password()
    connected.save()
    address = reverse("tenants:account-disconnect", args=[SocialAccount.objects.get().pk])

    answer = sign_in(connected).post(address)

    assert answer.status_code == 200
    assert "Your account has no password set up." in answer.text
    assert SocialAccount.objects.exists()


def test_somebody_elses_connection_is_not_there(sign_in, connected, auditor):
    address = reverse("tenants:account-disconnect", args=[SocialAccount.objects.get().pk])

    assert sign_in(auditor).post(address).status_code == 404


# Proving again


def test_directory_proves_again_who_it_is(client, connected, directory, trail):
    signed_in(client, connected, minutes_ago=30)
    key = client.session.session_key

    sent = client.post(f"{reverse('tenants:prove-with-account')}?next=/account/password/set/")
    page = through(client, directory, sent)

    assert (directory.asked["prompt"], directory.asked["max_age"]) == ("login", "0")
    assert page.redirect_chain[0][0] == "/account/password/set/"
    assert client.session.session_key != key
    assert trail()[-1] == (
        "reauthentication.succeeded",
        connected,
        "allowed",
        {"method": "connected_account"},
    )


@pytest.mark.parametrize(
    "claims",
    [{"sub": "somebody-else"}, {"sub": "subject-1", "auth_time": int(time.time()) - 3600}],
    ids=["somebody else", "asked an hour ago"],
)
def test_proof_of_another_or_of_long_ago_is_none(client, connected, directory, claims, trail):
    signed_in(client, connected, minutes_ago=30)
    directory.claims = claims

    sent = client.post(f"{reverse('tenants:prove-with-account')}?next=/account/")
    page = through(client, directory, sent)

    assert said(page)[0].endswith("Prove it another way.")
    assert client.post(reverse("tenants:account-connect"))["Location"].startswith("/prove/")
    assert trail()[-1] == (
        "reauthentication.failed",
        connected,
        "denied",
        {"method": "connected_account"},
    )


def test_directory_is_offered_where_one_is_set_up(client, db, directory):
    page = client.get("/sign-in/").text

    assert "Continue with Microsoft Entra" in page


def test_without_a_directory_there_is_none(client, sign_in, operator):
    browser = sign_in(operator)

    assert "Microsoft Entra" not in client.get("/sign-in/").text
    assert "Microsoft Entra" not in browser.get("/account/").text
    assert client.post(LOGIN).status_code == 404
    assert browser.post(reverse("tenants:account-connect")).status_code == 404


def test_directory_that_does_not_answer_is_said(client, db, directory, settings):
    app = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]
    app["settings"]["server_url"] = settings.OIDC_SERVER_URL = "http://127.0.0.1:9"

    page = client.post(LOGIN, follow=True)

    assert said(page) == ["Microsoft Entra could not be reached. Try again later."]


def test_tokens_and_secrets_are_in_no_trail_and_no_session(client, connected, directory):
    through(client, directory, client.post(LOGIN))

    told = f"{list(AuditEvent.objects.values())} {dict(client.session)}"
    assert [one for one in ("an-access-token", directory.client_secret, "eyJ") if one in told] == []
