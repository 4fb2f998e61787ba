"""The undo of a restore as an operator walks it in the browser, and a script through the API."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from restore_safety.checks import capture as checks
from restore_safety.drafts import preview
from restore_safety.drafts.readiness import acknowledgements_of
from restore_safety.models import RestoreDraft, RestoreRun
from tenants.models.token_scopes import TokenScope
from tenants.tokens.service import create_token
from tests.restore_safety.execution.scene import CATALOG, GONE, catalog, facts, id_of, to_group
from tests.restore_safety.execution.undoing import undone

pytestmark = pytest.mark.django_db
WORK = {"checks": checks.work, "preview": preview.work}


@pytest.fixture
def run(scene):
    """A restore that changed one policy and created another."""
    scene.fill((CATALOG, catalog("Firewall", value=0)))
    return scene.work(scene.queued((CATALOG, catalog("Firewall")), (CATALOG, catalog("Defender"))))


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def captured(draft):
    """Let the workers do what was queued for the draft."""
    for evidence in draft.evidence.filter(state="capturing"):
        WORK[evidence.kind](run_id=str(evidence.operation_run_id))


def test_the_undo_is_offered_with_the_answer_and_by_the_operation(
    scene, run, sign_in, operator, auditor
):
    record = reverse("restores:run-detail", args=[run.pk])
    undo = reverse("restores:run-confirm", args=[run.pk, "undo"])
    browser = sign_in(operator)

    answer = browser.get(record).content.decode().partition('id="items"')[0]
    assert undo in answer
    assert undo in browser.get(run.operation_run.get_absolute_url()).content.decode()

    reader = sign_in(auditor)
    assert undo not in reader.get(record).content.decode()
    assert undo not in reader.get(run.operation_run.get_absolute_url()).content.decode()


def test_an_operator_undoes_a_restore_in_the_browser(scene, run, sign_in, operator):
    browser = sign_in(operator)
    asked = browser.get(reverse("restores:run-confirm", args=[run.pk, "undo"]))
    assert "puts back what the restore overwrote and deletes what it created" in text_of(asked)

    opened = browser.post(reverse("restores:run-undo", args=[run.pk]))
    draft = RestoreDraft.objects.get(undoes=run)
    step = {
        name: reverse("restores:draft-step", args=[draft.pk, name])
        for name in ("backup", "scope", "checks", "preview", "confirm")
    }
    assert opened.url == step["scope"]
    scope = text_of(browser.get(step["scope"]))
    assert f"Undo a restore in {scene.tenant.name}" in scope
    assert "created by the restore: it is deleted" in scope
    assert "How it is restored" not in scope
    assert browser.get(step["backup"]).url == step["scope"]

    for kind in WORK:
        browser.post(reverse("restores:draft-capture", args=[draft.pk, kind]))
        captured(draft)
    confirm = browser.get(step["confirm"])
    assert f"1 policy will be deleted from {scene.tenant.name}." in text_of(confirm)
    assert "Delete 1" in text_of(confirm)

    sent = {
        "offer": confirm.context["confirm_form"]["offer"].value(),
        "acknowledged": [one.key for one in acknowledgements_of(scene.status(draft))],
        "reason": "CHG-2",
        "typed_name": scene.tenant.name,
        "action": "restore",
    }
    queued = browser.post(reverse("restores:draft-queue", args=[draft.pk]), sent)

    undo = scene.work(RestoreRun.objects.get(draft=draft))
    assert queued.url == undo.operation_run.get_absolute_url()
    assert facts(undo) == {
        "Firewall": ("updated", "verified", "written"),
        "Defender": ("deleted", "verified", "written"),
    }
    record = text_of(browser.get(reverse("restores:run-detail", args=[undo.pk])))
    assert f"Undo in {scene.tenant.name}" in record
    assert undo.operation_run.title == f"Undo of a restore in {scene.tenant.name}"
    assert "1 policy restored and 1 deleted" in record
    taken_back = text_of(browser.get(reverse("restores:run-detail", args=[run.pk])))
    assert f"Undone by {undo}" in taken_back
    assert "Nothing that this restore wrote is left." in taken_back
    assert f"Undone by {undo}" in text_of(browser.get(run.operation_run.get_absolute_url()))


def test_an_undone_restore_asks_for_nothing_more(scene, sign_in, operator):
    scene.fill()
    backup = (CATALOG, catalog())
    run = scene.work(scene.queued(backup, assignments={id_of("Firewall"): [to_group(GONE)]}))
    undo = undone(scene, run)
    browser = sign_in(operator)

    record = text_of(browser.get(reverse("restores:run-detail", args=[run.pk])))

    assert f"Undone by {undo}" in record
    assert "it was undone" in record
    assert "Acknowledge the follow-up" not in record
    assert "1 item needs attention" not in record
    asked = text_of(browser.get(reverse("restores:run-confirm", args=[run.pk, "undo"])))
    assert "It is undone already" in asked


def test_without_the_tick_for_the_deletions_nothing_is_queued(scene, run, sign_in, operator):
    browser = sign_in(operator)
    browser.post(reverse("restores:run-undo", args=[run.pk]))
    draft = scene.capture(RestoreDraft.objects.get(undoes=run))
    asked = acknowledgements_of(scene.status(draft))
    confirm = browser.get(reverse("restores:draft-step", args=[draft.pk, "confirm"]))
    sent = {
        "offer": confirm.context["confirm_form"]["offer"].value(),
        "acknowledged": [one.key for one in asked if one.decision is None],
        "reason": "CHG-2",
        "typed_name": scene.tenant.name,
        "action": "restore",
    }

    browser.post(reverse("restores:draft-queue", args=[draft.pk]), sent)

    assert not RestoreRun.objects.filter(draft=draft).exists()


def test_a_script_prepares_an_undo_and_reads_what_it_deletes(scene, run, client, operator):
    token = create_token(
        actor=operator,
        name="nightly",
        scopes=tuple(TokenScope),
        tenant=None,
        valid_for=timedelta(days=7),
        now=timezone.now(),
    )
    headers = {"Authorization": f"Bearer {token.text}"}

    def ask(method, path, body=None):
        sent = {} if body is None else {"data": json.dumps(body)}
        return client.generic(
            method, f"/api/v1{path}", headers=headers, content_type="application/json", **sent
        )

    opened = ask("POST", f"/restores/{run.pk}/undo")
    draft = opened.json()
    assert (opened.status_code, draft["undoes"]) == (201, str(run.pk))
    assert ask("POST", f"/restores/{run.pk}/undo").json()["id"] == draft["id"]

    refused = ask("PATCH", f"/drafts/{draft['id']}/scope", {"conflict_policy": "copy"})
    assert refused.status_code == 422
    assert "Only the policies can be chosen" in refused.content.decode()
    taken = ask(
        "POST", "/drafts", {"tenant": scene.tenant.slug, "backup_set": draft["backup_set"]["id"]}
    )
    assert taken.status_code == 422

    undo = scene.work(scene.queue(scene.capture(RestoreDraft.objects.get(pk=draft["id"]))))
    answer = ask("GET", f"/restores/{undo.pk}").json()
    assert answer["undoes"] == str(run.pk)
    assert answer["counts"] == {"updated": 1, "deleted": 1}
    assert id_of("Firewall") in {one["id"] for one in scene.live(CATALOG).values()}
