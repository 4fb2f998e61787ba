"""The second factor: asked for at sign-in, kept encrypted, changed only by who just proved it."""

import json
import time
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse

from tenants.models import AuditEvent
from tests.sign_ins import CODE_GIVEN, signed_in
from tests.tenants.sign_in.conftest import code_of

# What no browser sends for a passkey.
HOSTILE = [
    "",
    "nonsense",
    "null",
    "[]",
    "{}",
    '"text"',
    '{"id": 1, "rawId": null, "response": []}',
    '{"id": "a", "rawId": "a", "type": "public-key", "response": {"userHandle": 7}}',
    '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {"userHandle": "MQ"}}',
    json.dumps(
        {"id": "YQ", "rawId": "YQ", "type": "public-key"}
        | {"response": dict.fromkeys(("clientDataJSON", "authenticatorData", "signature"), "YQ")}
    ),
    json.dumps(
        {"id": "YQ", "rawId": "YQ", "type": "public-key"}
        | {"response": {"clientDataJSON": "YQ", "attestationObject": "YQ", "userHandle": "MQ"}}
    ),
]


def test_password_alone_does_not_sign_in_who_has_a_second_factor(enter, client, operator, app_of):
    app_of(operator)

    response = enter(operator)

    assert response["Location"] == reverse("mfa_authenticate")
    assert client.get("/account/")["Location"] == "/sign-in/?next=/account/"


@pytest.fixture
def later(monkeypatch):
    """The time in seconds at which codes are looked at, when none was used before."""
    seconds = time.time() + 600
    monkeypatch.setattr(totp, "time", SimpleNamespace(time=lambda: seconds))
    return seconds


@pytest.mark.parametrize("steps", range(-2, 3))
def test_code_counts_one_step_beside_its_time_and_no_more(enter, operator, app_of, request, steps):
    secret = app_of(operator)
    later = request.getfixturevalue("later")

    asked = enter(operator)
    code = code_of(secret, at=later + steps * 30)
    done = asked.client.post(reverse("mfa_authenticate"), {"code": code})

    assert (done.status_code == 302) is (abs(steps) <= 1)


def test_code_of_the_app_completes_the_sign_in(enter, client, operator, app_of, trail):
    secret = app_of(operator)

    enter(operator, at="/sign-in/?next=/audit/")
    pending = client.session.session_key
    done = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

    assert (done.status_code, done["Location"]) == (302, "/audit/")
    assert client.session.session_key != pending
    assert trail()[-1] == (
        "sign_in.succeeded",
        operator,
        "allowed",
        {"method": ["password", "authenticator_app"]},
    )


def test_wrong_code_is_refused_and_recorded(enter, client, operator, app_of, trail):
    app_of(operator)

    enter(operator)
    answer = client.post(reverse("mfa_authenticate"), {"code": "000000"})

    assert "That was not accepted. Try again." in answer.text
    assert "_auth_user_id" not in client.session
    assert trail()[-1] == (
        "second_factor.failed",
        operator,
        "denied",
        {"method": "authenticator_app"},
    )


def test_guessing_codes_is_stopped(enter, client, operator, app_of, trail):
    app_of(operator)

    enter(operator)
    tries = [client.post(reverse("mfa_authenticate"), {"code": "000000"}) for _ in range(6)]

    assert [one.status_code for one in tries] == [200] * 5 + [429]
    assert trail()[-1][0] == "sign_in.rate_limited"


def test_code_counts_once(enter, client, operator, app_of):
    secret = app_of(operator)
    code = code_of(secret)

    enter(operator)
    first = client.post(reverse("mfa_authenticate"), {"code": code})
    client.post(reverse("tenants:sign-out"))
    enter(operator)
    second = client.post(reverse("mfa_authenticate"), {"code": code})

    assert (first.status_code, second.status_code) == (302, 200)


@pytest.fixture
def codes(operator, app_of):
    """The operator's recovery codes."""
    app_of(operator)
    browser = signed_in(Client(), operator, last=CODE_GIVEN)
    return browser.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]


def test_recovery_code_signs_in_once(enter, client, operator, codes, trail):
    enter(operator)
    first = client.post(reverse("mfa_authenticate"), {"code": codes[0]})
    ways = trail()[-1][3]
    client.post(reverse("tenants:sign-out"))
    enter(operator)
    second = client.post(reverse("mfa_authenticate"), {"code": codes[0]})

    assert (first.status_code, second.status_code) == (302, 200)
    assert ways == {"method": ["password", "recovery_code"]}


def test_recovery_codes_are_shown_once(client, operator, app_of):
    app_of(operator)
    browser = signed_in(client, operator, last=CODE_GIVEN)

    shown = browser.get(reverse("mfa_view_recovery_codes"))
    again = browser.get(reverse("mfa_view_recovery_codes"))

    codes = shown.context["unused_codes"]
    assert len(codes) == 10
    assert all(code in shown.text for code in codes)
    assert not any(code in again.text for code in codes)
    assert "They were shown once" in again.text


def test_new_recovery_codes_take_the_place_of_the_old(client, operator, app_of):
    app_of(operator)
    browser = signed_in(client, operator, last=CODE_GIVEN)
    old = browser.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]

    done = browser.post(reverse("mfa_generate_recovery_codes"))
    new = browser.get(done["Location"]).context["unused_codes"]

    assert set(old).isdisjoint(new)


def test_secrets_are_encrypted_at_rest_and_never_in_the_trail(client, operator, app_of):
    secret = app_of(operator)
    browser = signed_in(client, operator, last=CODE_GIVEN)
    codes = browser.get(reverse("mfa_view_recovery_codes")).context["unused_codes"]

    stored = json.dumps(list(Authenticator.objects.values_list("data", flat=True)))
    told = str(list(AuditEvent.objects.values()))
    assert Authenticator.objects.get(type="totp").wrap().validate_code("") is False
    assert secret not in stored
    assert [one for one in (secret, *codes) if one in told] == []


@pytest.mark.django_db(transaction=True)
def test_changes_are_events_and_change_the_sessions_key(sign_in, operator, trail):
    browser = sign_in(operator)
    keys = [browser.session.session_key]
    before = len(trail())

    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    browser.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    keys.append(browser.session.session_key)
    browser.post(reverse("mfa_generate_recovery_codes"))
    keys.append(browser.session.session_key)
    browser.post(reverse("mfa_deactivate_totp"))
    keys.append(browser.session.session_key)

    assert len(set(keys)) == 4
    assert [(event[0], event[1], event[3]) for event in trail()[before:]] == [
        ("second_factor.added", operator, {"method": "authenticator_app"}),
        ("recovery_codes.made", operator, {}),
        ("recovery_codes.made", operator, {}),
        ("second_factor.removed", operator, {"method": "authenticator_app"}),
        ("second_factor.removed", operator, {"method": "recovery_code"}),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "mfa_activate_totp",
        "mfa_deactivate_totp",
        "mfa_add_webauthn",
        "mfa_view_recovery_codes",
        "mfa_generate_recovery_codes",
        "account_set_password",
        "tenants:account-connect",
    ],
)
def test_changing_how_one_signs_in_needs_a_recent_proof(client, operator, app_of, name):
    app_of(operator)
    signed_in(client, operator, minutes_ago=16)

    answer = client.post(reverse(name))

    assert answer.status_code == 302
    assert answer["Location"].startswith(f"{reverse('account_reauthenticate')}?next=")
    assert Authenticator.objects.filter(user=operator).count() == 2


@pytest.mark.parametrize("credential", HOSTILE)
def test_hostile_passkey_signs_nobody_in(client, operator, credential, trail):
    client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})

    answer = client.post(reverse("mfa_login_webauthn"), {"credential": credential})

    assert (answer.status_code, answer["Location"]) == (302, reverse("account_login"))
    assert "_auth_user_id" not in client.session
    assert {event[:3] for event in trail()} <= {("sign_in.failed", None, "denied")}


@pytest.mark.parametrize("credential", HOSTILE)
def test_hostile_passkey_proves_and_adds_nothing(sign_in, operator, credential):
    browser = sign_in(operator)
    browser.get(reverse("mfa_add_webauthn"))

    answer = browser.post(
        reverse("mfa_add_webauthn"), {"name": "x", "credential": credential, "passwordless": "True"}
    )

    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


def test_passkey_options_are_told_to_scripts_alone(client, db):
    asked = client.get(reverse("mfa_login_webauthn"), headers={"Accept": "application/json"})
    opened = client.get(reverse("mfa_login_webauthn"))

    assert asked.json()["request_options"]["publicKey"]["userVerification"] == "required"
    assert opened["Location"] == reverse("account_login")


def test_somebody_elses_passkey_is_not_there(sign_in, operator, auditor):
    key = Authenticator.objects.create(user=auditor, type="webauthn", data={"name": "Key"})

    answer = sign_in(operator).post(reverse("mfa_remove_webauthn", args=[key.pk]))

    assert answer.status_code == 404
    assert Authenticator.objects.filter(pk=key.pk).exists()
