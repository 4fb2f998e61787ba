"""When somebody last proved who they are, and proving it again."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.urls import reverse

from tenants.reauthentication import is_recent
from tenants.sign_in import proved_at
from tests.factories import PASSWORD
from tests.sign_ins import BACKEND, signed_in
from tests.tenants.sign_in.conftest import code_of, said

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def of(client, user):
    """The request a view would get from the browser."""
    request = RequestFactory().get("/")
    request.session, request.user = client.session, user
    return request


def test_signing_in_is_a_proof(client, operator, enter):
    began = datetime.now(UTC)

    enter(operator)

    assert began <= proved_at(of(client, operator)) <= datetime.now(UTC)


def test_newest_proof_counts(client, operator):
    signed_in(client, operator, minutes_ago=30)
    old = proved_at(of(client, operator))

    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    assert old < datetime.now(UTC) - timedelta(minutes=29)
    assert proved_at(of(client, operator)) > datetime.now(UTC) - timedelta(minutes=1)


def test_proof_of_somebody_else_is_none(client, operator, auditor):
    signed_in(client, operator)

    assert proved_at(of(client, auditor)) is None
    assert proved_at(of(client, AnonymousUser())) is None


@pytest.mark.parametrize("record", [{"method": "password_reset"}, {"method": "code"}])
def test_what_proves_nobody_does_not_count(client, operator, record):
    signed_in(client, operator)
    session = client.session
    session["account_authentication_methods"] = [record | {"at": time.time()}]
    session.save()

    assert proved_at(of(client, operator)) is None


@pytest.mark.parametrize(
    ("age", "is_so"),
    [(timedelta(), True), (timedelta(minutes=15), True), (timedelta(minutes=15, seconds=1), False)],
)
def test_proof_is_recent_as_long_as_the_setting_says(age, is_so):
    assert is_recent(NOW - age, now=NOW) is is_so


def test_no_proof_is_not_recent():
    assert is_recent(None, now=NOW) is False


def test_password_proves_again_and_leads_back(client, operator, trail):
    signed_in(client, operator, minutes_ago=30)
    asked = client.get(reverse("mfa_activate_totp"))
    key, before = client.session.session_key, len(trail())

    answer = client.post(asked["Location"], {"password": PASSWORD})

    assert asked["Location"] == "/prove/?next=%2Faccount%2Fapp%2F"
    assert (answer.status_code, answer["Location"]) == (302, "/account/app/")
    assert client.session.session_key != key
    assert client.get("/account/app/").status_code == 200
    assert trail()[before:] == [
        ("reauthentication.succeeded", operator, "allowed", {"method": "password"})
    ]


def test_wrong_password_proves_nothing(client, operator, trail):
    signed_in(client, operator, minutes_ago=30)
    before = len(trail())

    answer = client.post("/prove/?next=/account/app/", {"password": "wrong-horse"})

    assert "This is not your password." in answer.text
    assert client.get("/account/app/").status_code == 302
    assert trail()[before:] == [
        ("reauthentication.failed", operator, "denied", {"method": "password"})
    ]


def test_code_proves_again(client, operator, app_of, trail):
    secret = app_of(operator)
    signed_in(client, operator, minutes_ago=30)

    wrong = client.post(reverse("mfa_reauthenticate"), {"code": "000000"})
    right = client.post(f"{reverse('mfa_reauthenticate')}?next=/audit/", {"code": code_of(secret)})

    assert (wrong.status_code, right["Location"]) == (200, "/audit/")
    assert [event[0::3] for event in trail()[-2:]] == [
        ("reauthentication.failed", {"method": "authenticator_app"}),
        ("reauthentication.succeeded", {"method": "authenticator_app"}),
    ]


def test_who_has_a_second_factor_proves_it_with_that_alone(client, operator, app_of):
    secret = app_of(operator)
    signed_in(client, operator)

    proof = proved_at(of(client, operator))
    led = client.get("/account/app/remove/")
    with_password = client.post(led["Location"], {"password": PASSWORD})
    page = client.get(with_password["Location"])
    client.post(with_password["Location"], {"code": code_of(secret)})

    assert proof is None
    assert with_password["Location"] == "/prove/code/?next=%2Faccount%2Fapp%2Fremove%2F"
    assert "/prove/?" not in page.text
    assert "/prove/passkey/" not in page.text
    assert proved_at(of(client, operator)) is not None
    assert client.get("/account/app/remove/").status_code == 200


def test_password_given_before_there_was_a_second_factor_counts_as_long_as_any(client, operator):
    signed_in(client, operator)
    key = client.get(reverse("mfa_activate_totp")).context["form"].secret

    client.post(reverse("mfa_activate_totp"), {"code": code_of(key)})

    assert client.get("/account/recovery-codes/").status_code == 200


def test_guessing_while_signed_in_is_stopped(client, operator):
    signed_in(client, operator)

    tries = [
        client.post(reverse("account_reauthenticate"), {"password": "wrong"}).status_code
        for _ in range(7)
    ]

    assert tries == [200] * 5 + [429] * 2


def test_session_that_cannot_say_is_asked(operator):
    browser = Client()
    browser.force_login(operator, backend=BACKEND)

    assert browser.get(reverse("mfa_activate_totp"))["Location"].startswith("/prove/")


# The page of one's own account


def test_page_says_the_state_of_each_way(sign_in, operator, django_assert_num_queries):
    browser = sign_in(operator)

    page = browser.get("/account/")

    assert [
        words in page.text
        for words in (
            "A password is set.",
            "No passkey yet.",
            "Not set up. With it, signing in with the password asks for a code too.",
            "None. They are made with your first passkey or authenticator app.",
        )
    ] == [True] * 4
    with django_assert_num_queries(6):
        browser.get("/account/")


def test_page_is_found_from_the_persons_menu(sign_in, operator):
    assert 'href="/account/"' in sign_in(operator).get("/").text


def test_page_asks_as_many_queries_whatever_there_is(
    sign_in, operator, app_of, django_assert_num_queries
):
    app_of(operator)
    browser = sign_in(operator)

    assert "10 unused codes." in browser.get("/account/").text
    with django_assert_num_queries(6):
        browser.get("/account/")


def test_person_without_a_password_sets_one(sign_in, operator, trail):
    operator.set_unusable_password()
    operator.save()
    browser = sign_in(operator)
    new = "a-longer-horse-battery"
    before = len(trail())

    shown = browser.get("/account/")
    done = browser.post(
        reverse("account_set_password"), {"password1": new, "password2": new}, follow=True
    )

    operator.refresh_from_db()
    assert "No password is set" in shown.text
    assert said(done) == ["Your password is set. Every other session of yours has ended."]
    assert operator.check_password(new)
    assert trail()[before:] == [("password.changed", operator, "allowed", {})]
