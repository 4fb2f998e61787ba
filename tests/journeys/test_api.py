"""A restore through the API alone, from a capture to its acknowledgement, against the emulator."""

from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from restore_safety.demo.seed import AUDITOR, OPERATOR, person
from restore_safety.models import RestoreRun
from tenants.models import AuditEvent
from tenants.models.token_scopes import TokenScope
from tenants.tokens.service import create_token
from tests.restore_safety.api.conftest import Script
from tests.restore_safety.restores.receipts.conftest import report_on


def script_of(someone):
    made = create_token(
        actor=person(someone),
        name="journey",
        scopes=TokenScope,
        tenant=None,
        valid_for=timedelta(days=1),
        now=timezone.now(),
    )
    return Script(made.text)


@pytest.fixture
def script(drifted, eager):
    return script_of(OPERATOR)


def prepared(script, drifted):
    """A draft of the whole backup with checks and a preview that speak for it."""
    draft = script.post(
        "/drafts", {"tenant": drifted.tenant.slug, "backup_set": str(drifted.backup_set.pk)}
    ).json()["id"]
    for kind in ("checks", "preview"):
        assert script.post(f"/drafts/{draft}/{kind}").status_code == 202
    return f"/drafts/{draft}"


def confirmed(script, draft):
    told = script.get(f"{draft}/confirmation").json()
    assert told["refusals"] == []
    return {
        "mode": "restore",
        "offer": told["offer"],
        "typed_name": told["tenant_name"],
        "acknowledged": [one["key"] for one in told["acknowledgements"]],
        "reason": "CHG-1042",
    }


def test_restore_through_the_api_ends_with_what_is_left_to_do(script, drifted):
    draft = prepared(script, drifted)
    ready = script.get(f"{draft}/readiness").json()
    seen = drifted.last_request()

    answer = script.post(f"{draft}/queue", confirmed(script, draft))

    assert (ready["can_start"], answer.status_code) == (True, 202)
    restore = script.get(f"/restores/{answer.json()['restore_id']}").json()
    assert (restore["status"], restore["counts"]) == (
        "partial",
        {"created": 3, "updated": 5, "unchanged": 55, "assignments_left": 2, "partial": 1},
    )
    assert restore["result"]["follow_up_required"] is True
    assert len(drifted.writes(after=seen)) == restore["writes_accepted"]
    items = script.get(f"/restores/{restore['id']}/items?limit=200").json()
    outcomes = Counter((one["outcome"], one["verification"]) for one in items["items"])
    assert outcomes == {
        ("created", "verified"): 3,
        ("updated", "verified"): 5,
        ("partial", "verified"): 1,
        ("unchanged", "verified"): 53,
        ("unchanged", "not_comparable"): 2,
        ("assignments_left", "verified"): 2,
    }
    operation = script.get(f"/operations/{answer.json()['operation_id']}").json()
    assert (operation["outcome"], operation["follow_up"]["headline"]) == (
        "partially_succeeded",
        restore["result"]["headline"],
    )
    snapshot = script.get(f"/restores/{restore['id']}/snapshot").json()["snapshot"]
    assert (snapshot["plan_hash"], snapshot["confirmed_tenant"]) == (
        restore["plan_hash"],
        drifted.tenant.name,
    )
    noted = script.post(f"/restores/{restore['id']}/acknowledgement", {"note": "Known."})
    assert noted.json()["acknowledgement"]["note"] == "Known."
    receipt = script.post(f"/restores/{restore['id']}/receipt")
    issued = AuditEvent.objects.get(action="restore.receipt_issued")
    assert receipt.headers["Content-Type"] == "application/json"
    report = report_on(receipt.getvalue().decode(), wanted=issued.detail["key"])
    assert report["verdict"] == "valid"
    queued = AuditEvent.objects.get(action="restore.queued")
    assert (queued.actor, queued.detail["token"][:4]) == (person(OPERATOR), "rst_")


def test_dry_run_through_the_api_writes_nothing(script, drifted):
    draft = prepared(script, drifted)
    offer = script.get(f"{draft}/confirmation").json()["offer"]
    seen = drifted.last_request()

    answer = script.post(f"{draft}/queue", {"mode": "dry_run", "offer": offer})

    told = script.get(f"/restores/{answer.json()['restore_id']}").json()
    assert (told["is_dry_run"], told["result"]["attention"]["code"]) == (True, "not_executed")
    assert drifted.writes(after=seen) == []


def test_capture_through_the_api_is_a_backup(script, drifted):
    operation = script.post(
        f"/tenants/{drifted.tenant.slug}/captures", {"label": "From a script"}
    ).json()["id"]

    (backup,) = script.get(f"/backups?operation={operation}").json()["items"]
    assert (backup["label"], backup["source"]) == ("From a script", "captured")
    assert script.get(f"/operations/{operation}").json()["status"] == "completed"


def test_auditor_reads_the_restore_and_queues_none(script, drifted):
    draft = prepared(script, drifted)
    sent = confirmed(script, draft)
    auditor = script_of(AUDITOR)

    refused = auditor.post(f"{draft}/queue", sent)
    queued = script.post(f"{draft}/queue", sent).json()

    assert (refused.status_code, refused.json()["code"]) == (403, "capability_missing")
    assert auditor.get(f"/restores/{queued['restore_id']}").status_code == 200
    assert RestoreRun.objects.count() == 1
