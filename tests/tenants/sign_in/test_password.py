"""Signing in with name and password, what is not offered beside it, and how the session lives."""

from datetime import timedelta
from pathlib import Path

import allauth
import pytest
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from tenants.models import AuditEvent
from tenants.models.token_scopes import TokenScope
from tenants.tokens.service import create_token
from tests.factories import PASSWORD, UserFactory
from tests.tenants.sign_in.conftest import said

ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "http:///evil.example/",
    "javascript:alert(1)",
    "\\\\evil.example",
]


def test_sign_in_says_with_what(enter, operator, trail):
    response = enter(operator)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert trail() == [("sign_in.succeeded", operator, "allowed", {"method": ["password"]})]


@pytest.mark.parametrize("next_url", ELSEWHERE)
@pytest.mark.parametrize("name", ["tenants:sign-in", "account_login"])
def test_sign_in_leads_to_no_other_site(enter, operator, name, next_url):
    address = f"{reverse(name)}?next={next_url}"

    assert enter(operator, at=address)["Location"] == "/"


@pytest.mark.parametrize("next_url", ELSEWHERE)
def test_proving_again_leads_to_no_other_site(sign_in, operator, next_url):
    answer = sign_in(operator).post(
        reverse("account_reauthenticate"), {"password": PASSWORD, "next": next_url}
    )

    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_inactive_person_reads_what_every_failed_sign_in_reads(enter, client, db):
    person = UserFactory(is_active=False)

    response = enter(person)

    assert response.status_code == 200
    assert "Please enter a correct username and password." in response.text
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "name",
    [
        "account_signup",
        "account_email",
        "account_email_verification_sent",
        "account_request_login_code",
        "mfa_trust",
        "mfa_signup_webauthn",
        "mfa_edit_webauthn",
        "mfa_download_recovery_codes",
        "socialaccount_signup",
        "socialaccount_connections",
        "usersessions_list",
    ],
)
def test_what_allauth_has_beside_is_not_offered(name):
    there = [file.read_text() for file in Path(allauth.__file__).parent.rglob("urls.py")]
    assert any(f'name="{name}"' in text for text in there)

    with pytest.raises(NoReverseMatch):
        reverse(name)


@pytest.mark.parametrize("path", ["signup/", "email/", "accounts/signup/", "sign-up/"])
def test_nobody_makes_an_account_of_their_own(client, db, path):
    assert client.get(f"/{path}").status_code == 404


def test_session_changes_its_key_at_sign_in(client, enter, operator):
    session = client.session
    session["before"] = "kept"
    session.save()
    before = session.session_key

    enter(operator)

    assert client.session.session_key != before
    assert not client.session.exists(before)


def test_session_ends_with_its_hours_however_it_is_used(client, enter, operator, settings):
    settings.SESSION_HOURS = 3

    enter(operator)
    ends = client.session.get_expiry_date()
    client.post(reverse("tenants:preferences"), {"time_zone": "Europe/Berlin"})

    assert abs(ends - timezone.now() - timedelta(hours=3)) < timedelta(minutes=1)
    assert client.session.get_expiry_date() == ends


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(client, enter, operator):
    client.get(reverse("tenants:sign-in"))
    enter(operator)

    assert {
        name: (bool(cookie["httponly"]), cookie["samesite"])
        for name, cookie in client.cookies.items()
    } == {"sessionid": (True, "Lax"), "csrftoken": (True, "Lax")}


def test_password_change_ends_every_other_session(sign_in, operator, trail):
    here, elsewhere = sign_in(operator), sign_in(operator)
    before = here.session.session_key
    recorded = len(trail())
    new = "a-longer-horse-battery"

    answer = here.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": new, "password2": new},
        follow=True,
    )

    assert said(answer) == ["Your password is changed. Every other session of yours has ended."]
    assert here.session.session_key != before
    assert elsewhere.get("/account/")["Location"] == "/sign-in/?next=/account/"
    assert trail()[recorded:] == [("password.changed", operator, "allowed", {})]
    assert new not in str(list(AuditEvent.objects.values()))


@pytest.fixture
def token(operator):
    """An API token of the operator's that opens something."""
    return create_token(
        actor=operator,
        name="Nightly",
        scopes=[TokenScope.READ],
        tenant=None,
        valid_for=timedelta(days=1),
        now=timezone.now(),
    ).token


@pytest.mark.parametrize("is_revoked", [True, False])
def test_tokens_stay_unless_they_are_revoked_with_the_password(
    sign_in, operator, trail, token, is_revoked
):
    browser, new = sign_in(operator), "a-longer-horse-battery"
    address, recorded = reverse("account_change_password"), len(trail())

    page = browser.get(address)
    posted = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    browser.post(address, posted | ({"revoke_tokens": "on"} if is_revoked else {}))

    token.refresh_from_db()
    assert "Revoke my API token too" in page.text
    assert "Your API tokens stay too, unless you revoke them here." in page.text
    assert (token.revoked_at is not None) is is_revoked
    revoked = [("token.revoked", operator, "allowed", {"prefix": token.prefix})]
    assert trail()[recorded:] == [
        *(revoked if is_revoked else []),
        ("password.changed", operator, "allowed", {}),
    ]


def test_wrong_password_revokes_no_token(sign_in, operator, token):
    new = "a-longer-horse-battery"

    sign_in(operator).post(
        reverse("account_change_password"),
        {"oldpassword": "wrong", "password1": new, "password2": new, "revoke_tokens": "on"},
    )

    token.refresh_from_db()
    assert token.revoked_at is None


def test_nobody_without_tokens_is_asked_about_them(sign_in, operator):
    page = sign_in(operator).get(reverse("account_change_password"))

    assert "revoke_tokens" not in page.text


def test_reset_by_mail_revokes_tokens_too_where_that_is_chosen(client, operator, token):
    operator.email = "operator@contoso.example"
    operator.save()
    new = "a-longer-horse-battery"
    client.post(reverse("account_reset_password"), {"email": operator.email})
    link = next(line for line in mail.outbox[0].body.splitlines() if "/sign-in/password/" in line)

    form = client.get(link.strip(), follow=True)
    posted = {"password1": new, "password2": new, "revoke_tokens": "on"}
    client.post(form.redirect_chain[-1][0], posted)

    token.refresh_from_db()
    assert "Revoke my API token too" in form.text
    assert token.revoked_at is not None


def test_wrong_old_password_changes_nothing(sign_in, operator):
    new = "a-longer-horse-battery"

    answer = sign_in(operator).post(
        reverse("account_change_password"),
        {"oldpassword": "wrong", "password1": new, "password2": new},
    )

    operator.refresh_from_db()
    assert "This is not your current password." in answer.text
    assert operator.check_password(PASSWORD)


def test_forgotten_password_is_reset_by_mail(client, operator, trail):
    operator.email = "operator@contoso.example"
    operator.save()
    new = "a-longer-horse-battery"

    client.post(reverse("account_reset_password"), {"email": operator.email})
    link = next(line for line in mail.outbox[0].body.splitlines() if "/sign-in/password/" in line)
    form = client.get(link.strip(), follow=True)
    done = client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})

    operator.refresh_from_db()
    assert mail.outbox[0].subject == "Restore Safety: Set a new password"
    assert done["Location"] == reverse("account_reset_password_from_key_done")
    assert operator.check_password(new)
    assert "_auth_user_id" not in client.session
    assert trail() == [("password.reset", operator, "allowed", {})]
    assert "too old" in client.get(link.strip(), follow=True).text


def test_mail_is_sent_to_nobody_who_is_not_there(client, db):
    answer = client.post(reverse("account_reset_password"), {"email": "nobody@evil.example"})

    assert (answer["Location"], mail.outbox) == (reverse("account_reset_password_done"), [])


def test_without_mail_there_is_no_reset(client, db, settings):
    settings.MAIL_IS_SENT = False
    names = ["", "_done", "_from_key_done"]

    statuses = [client.get(reverse(f"account_reset_password{name}")).status_code for name in names]

    assert statuses == [404, 404, 404]
    assert "Forgot" not in client.get(reverse("tenants:sign-in")).text


# The admin


def test_admin_has_no_door_of_its_own(client, db):
    answers = [client.get("/admin/login/?next=/admin/tenants/user/"), client.post("/admin/login/")]

    assert [answer["Location"] for answer in answers] == [
        "/sign-in/?next=%2Fadmin%2Ftenants%2Fuser%2F",
        "/sign-in/?next=%2Fadmin%2F",
    ]


def test_password_at_the_admins_door_signs_nobody_in(db):
    staff = UserFactory(is_staff=True, is_superuser=True)
    browser = Client()

    browser.post("/admin/login/", {"username": staff.username, "password": PASSWORD})

    assert "_auth_user_id" not in browser.session


def test_admins_door_tells_who_is_no_staff(sign_in, owner):
    answer = sign_in(owner).get("/admin/login/?next=/admin/")

    assert (answer.status_code, "The admin is for staff." in answer.text) == (403, True)


@pytest.mark.parametrize("next_url", ELSEWHERE)
def test_admins_door_leads_to_no_other_site(sign_in, next_url, db):
    staff = UserFactory(is_staff=True)

    answer = sign_in(staff).get("/admin/login/", {"next": next_url})

    assert answer["Location"] == "/admin/"


# Limits


def test_guessing_a_password_is_stopped_and_recorded_once(enter, operator, trail):
    answers = [enter(operator, "wrong").status_code for _ in range(7)]
    stopped = enter(operator)

    assert answers == [200] * 5 + [429] * 2
    assert (stopped.status_code, stopped["Retry-After"]) == (429, "60")
    assert "Too many attempts" in stopped.text
    assert [event for event in trail() if event[0] == "sign_in.rate_limited"] == [
        ("sign_in.rate_limited", None, "denied", {"path": "/sign-in/"})
    ]


def test_limit_of_one_name_leaves_others_alone(enter, operator, auditor):
    for _ in range(6):
        enter(operator, "wrong")

    assert enter(auditor).status_code == 302


def test_limit_counts_the_address_the_outermost_proxy_saw(enter, db, settings):
    settings.TRUSTED_PROXIES = 1
    people = [UserFactory() for _ in range(12)]

    def tries(address):
        return [enter(one, "wrong", headers={"X-Forwarded-For": address}) for one in people]

    guessing = [one.status_code for one in tries("198.51.100.1, 192.0.2.7")]
    claimed = [one.status_code for one in tries("203.0.113.9, 192.0.2.7")]

    assert guessing == [200] * 10 + [429] * 2
    assert set(claimed) == {429}
