"""Who gets in: a valid token and nothing else, within its scopes, and not too often."""

import logging
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tenants.models import ApiToken, AuditEvent, Membership
from tenants.models.token_scopes import TokenScope
from tenants.tokens.service import revoke_token
from tests.restore_safety.api.conftest import Script

UNAUTHENTICATED = {
    "code": "not_authenticated",
    "sentence": "Send a valid API token: Authorization: Bearer, and then the token.",
    "errors": [],
}
REASONABLE = {"mode": "restore", "offer": "anything"}


def acts(world):
    """Every act: the scope it takes, and how it is asked for."""
    draft, operation = f"/drafts/{world.draft.pk}", f"/operations/{world.operation.pk}"
    return {
        "capture": (
            TokenScope.CAPTURE,
            lambda script: script.post(f"/tenants/{world.tenant.slug}/captures", {}),
        ),
        "import": (
            TokenScope.IMPORT,
            lambda script: script.upload(
                f"/tenants/{world.tenant.slug}/imports", file=SimpleUploadedFile("a.zip", b"x")
            ),
        ),
        "open": (
            TokenScope.PREPARE,
            lambda script: script.post("/drafts", {"tenant": world.tenant.slug}),
        ),
        "scope": (TokenScope.PREPARE, lambda script: script.patch(f"{draft}/scope", {})),
        "checks": (TokenScope.PREPARE, lambda script: script.post(f"{draft}/checks")),
        "preview": (TokenScope.PREPARE, lambda script: script.post(f"{draft}/preview")),
        "dry run": (
            TokenScope.DRY_RUN,
            lambda script: script.post(f"{draft}/queue", REASONABLE | {"mode": "dry_run"}),
        ),
        "restore": (
            TokenScope.RESTORE,
            lambda script: script.post(f"{draft}/queue", REASONABLE),
        ),
        "acknowledge": (
            TokenScope.RESTORE,
            lambda script: script.post(
                f"/restores/{world.run.pk}/acknowledgement", {"note": "Known."}
            ),
        ),
        "cancel": (TokenScope.PREPARE, lambda script: script.post(f"{operation}/cancel")),
    }


def test_no_token_opens_nothing(world):
    answer = Client().get("/api/v1/me")

    assert (answer.status_code, answer.json()) == (401, UNAUTHENTICATED)
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not AuditEvent.objects.filter(action="token.refused").exists()


def test_session_opens_nothing(sign_in, operator, world):
    browser = sign_in(operator)

    answers = [
        browser.get("/api/v1/me"),
        browser.post(f"/api/v1/drafts/{world.draft.pk}/checks"),
        browser.get("/api/v1/me", headers={"Authorization": "Basic b3BlcmF0b3I6eA=="}),
    ]

    assert [(one.status_code, one.json()) for one in answers] == [(401, UNAUTHENTICATED)] * 3


def test_token_counts_and_not_the_session_beside_it(sign_in, operator, outsider, token_of, world):
    browser = sign_in(operator)
    text = token_of(outsider).text

    answer = browser.get("/api/v1/tenants", headers={"Authorization": f"Bearer {text}"})

    assert [one["slug"] for one in answer.json()["items"]] == ["fabrikam"]


def test_what_opens_nothing_is_answered_alike(operator, token_of, world, monkeypatch):
    revoked, expired, of_nobody = token_of(operator), token_of(operator), token_of(operator)
    revoke_token(actor=operator, token=revoked.token, now=timezone.now())
    past = timezone.now() - timedelta(days=2)
    ApiToken.objects.filter(pk=expired.token.pk).update(
        created_at=past, expires_at=past + timedelta(days=1)
    )
    texts = [revoked.text, expired.text, of_nobody.text[:-2], "rst_x", "", "ä\x80", "x" * 5000]

    answers = [Script(text).get("/me") for text in texts]

    assert [(one.status_code, one.json()) for one in answers] == [(401, UNAUTHENTICATED)] * 7
    flaws = AuditEvent.objects.filter(action="token.refused").order_by("pk")
    assert [one.detail["flaw"] for one in flaws] == ["revoked", "expired", *["unknown"] * 5]


def test_deactivated_person_and_removed_member_are_out_at_once(operator, script_of, world):
    script = script_of(operator)
    before = script.get(f"/restores/{world.run.pk}").status_code
    Membership.objects.filter(user=operator).delete()
    removed = script.get(f"/restores/{world.run.pk}").status_code
    operator.is_active = False
    operator.save(update_fields=["is_active"])
    deactivated = script.get(f"/restores/{world.run.pk}").status_code

    assert [before, removed, deactivated] == [200, 404, 401]


@pytest.mark.parametrize("held", TokenScope)
def test_act_takes_its_scope(world, operator, script_of, held):
    script = script_of(operator, held)

    told = {}
    for name, (_, act) in acts(world).items():
        answer = act(script)
        is_missing = answer.status_code == 403 and answer.json()["code"] == "scope_missing"
        told[name] = answer.json()["errors"][0]["sentence"] if is_missing else ""
        assert answer.status_code != 404, name

    assert told == {
        name: "" if needed is held else needed.value for name, (needed, _) in acts(world).items()
    }


def test_reading_takes_its_scope(world, operator, script_of):
    script = script_of(operator, *(set(TokenScope) - {TokenScope.READ}))

    answer = script.get(f"/restores/{world.run.pk}")

    assert (answer.status_code, answer.json()["code"], answer.json()["errors"]) == (
        403,
        "scope_missing",
        [{"place": "scope", "sentence": "read"}],
    )


def test_every_scope_does_not_give_a_role(world, auditor, script_of):
    script = script_of(auditor)

    told = {}
    for name, (_, act) in acts(world).items():
        answer = act(script)
        told[name] = (answer.status_code, answer.json()["errors"][0]["sentence"])

    prepare, execute = (403, "prepare_restore"), (403, "execute_restore")
    assert told == {
        "capture": (403, "capture_backup"),
        "import": (403, "import_backup"),
        "open": prepare,
        "scope": prepare,
        "checks": prepare,
        "preview": prepare,
        "dry run": prepare,
        "restore": prepare,
        "acknowledge": execute,
        "cancel": (403, "manage_restores"),
    }
    denials = AuditEvent.objects.filter(action="access.denied", actor=auditor)
    assert {one.tenant for one in denials} == {world.tenant}
    assert {one.detail["token"] for one in denials} == {ApiToken.objects.get(user=auditor).prefix}


def test_every_event_of_a_request_names_the_token(world, operator, script_of):
    newest = AuditEvent.objects.latest("pk").pk
    script = script_of(operator)
    token = ApiToken.objects.get()
    Client().get("/healthz")

    script.post("/drafts", {"tenant": world.tenant.slug, "backup_set": str(world.backup_set.pk)})
    script.post(f"/drafts/{world.draft.pk}/queue", REASONABLE)

    events = AuditEvent.objects.filter(pk__gt=newest).exclude(action="token.created")
    assert {one.action for one in events} == {
        "restore_draft.opened",
        "restore_draft.changed",
        "restore.refused",
    }
    assert {(one.actor, one.detail["token"], bool(one.request_id)) for one in events} == {
        (operator, token.prefix, True)
    }


def test_page_after_a_call_does_not_name_the_token(world, operator, script_of, sign_in):
    script_of(operator).get("/me")

    sign_in(operator).post("/preferences/", {"time_zone": "Europe/Berlin"})

    event = AuditEvent.objects.get(action="preferences.changed")
    assert event.detail == {"time_zone": "Europe/Berlin"}


def test_token_is_never_logged(world, operator, token_of, caplog):
    caplog.set_level(logging.DEBUG)
    new = token_of(operator)
    script = Script(new.text)

    script.get("/me")
    script.get("/nowhere")
    script.post("/drafts", {"tenant": "nowhere"})
    Script(new.text[:-1]).get("/me")

    said = caplog.text + str([record.__dict__ for record in caplog.records])
    assert new.text[:-1] not in said
    assert new.text[:-1] not in str(list(AuditEvent.objects.values()))


def test_token_that_calls_too_often_waits(world, operator, script_of, settings):
    settings.API_RATE = "2/m"
    script, other = script_of(operator), script_of(operator)

    answers = [script.get("/me") for _ in range(3)]
    elsewhere = other.get("/me")

    assert [one.status_code for one in (*answers, elsewhere)] == [200, 200, 429, 200]
    assert answers[2].json()["code"] == "too_many_requests"
    assert 0 < int(answers[2].headers["Retry-After"]) <= 61


def test_who_keeps_guessing_waits_and_fills_no_trail(world, operator, script_of, monkeypatch):
    monkeypatch.setattr("restore_safety.api.auth.REFUSALS_RATE", "2/m")
    guess = Script("rst_00000000_" + "x" * 43)

    answers = [guess.get("/me") for _ in range(4)]

    assert [one.status_code for one in answers] == [401, 401, 429, 429]
    assert AuditEvent.objects.filter(action="token.refused").count() == 2
    assert script_of(operator).get("/me").status_code == 200
