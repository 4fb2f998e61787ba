"""A receipt holds the approval and the overrides of a restore, and the verifier works them out."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from restore_safety.execution import approval_requests
from restore_safety.restores.receipts.issuing import issue
from restore_safety.restores.receipts.verify_receipt import canonical, digest_of, read, verify
from tests.factories import ChangeWindowFactory
from tests.restore_safety.execution.conftest import (  # noqa: F401 -- fixtures
    scene,
)
from tests.restore_safety.execution.scene import CATALOG, catalog
from tests.restore_safety.execution.undoing import undone


@pytest.fixture
def draft(scene, tenant):  # noqa: F811
    tenant.needs_approval = True
    tenant.save()
    return scene.capture(scene.draft((CATALOG, catalog())))


def receipt_of(run, reader):
    return json.loads("".join(issue(actor=reader, run=run)))


def verdict(document):
    report = verify(read(json.dumps(document).encode()))
    return report["verdict"], {one["name"] for one in report["findings"]}


def test_approved_restore_has_its_approval_in_the_receipt(scene, draft, manager, auditor):  # noqa: F811
    now = timezone.now()
    request = approval_requests.ask(
        actor=scene.operator,
        draft=draft,
        confirmation=scene.confirmation(draft),
        authenticated_at=now,
        now=now,
    )
    approval_requests.decide(
        actor=manager,
        request=request,
        approve=True,
        reason="Looked at it",
        authenticated_at=now,
        now=now,
    )
    run = scene.work(scene.queue(draft))

    document = receipt_of(run, auditor)

    assert verdict(document) == ("valid", set())
    (approvals,) = [one for one in document["records"] if one["name"] == "approvals"]
    (approval,) = approvals["content"]["approvals"]
    assert (approval["decided_by"], approval["decision_reason"]) == ("manager", "Looked at it")
    approval["plan_hash"] = "sha256:other"
    assert "approvals" in verdict(relinked(document))[1]


def test_overrides_are_held_against_their_events(scene, draft, owner, auditor, tenant):  # noqa: F811
    ChangeWindowFactory(tenant=tenant, starts_at=timezone.now() - timedelta(hours=1))
    scene.operator = owner
    run = scene.queue(
        draft,
        freeze_override="The plant stands still",
        break_glass="Nobody else is awake",
        break_glass_name="Contoso",
    )

    document = receipt_of(scene.work(run), auditor)

    assert verdict(document) == ("valid", set())
    (confirmation,) = [one for one in document["records"] if one["name"] == "confirmation"]
    confirmation["content"]["snapshot"]["break_glass"] = "Because I could"
    assert "confirmation" in verdict(relinked(document))[1]


def test_receipt_of_an_undo_names_the_restore_that_it_undoes(scene, auditor):  # noqa: F811
    run = scene.work(scene.queue(scene.capture(scene.draft((CATALOG, catalog())))))

    document = receipt_of(undone(scene, run), auditor)

    assert verdict(document) == ("valid", set())
    (restore,) = [one for one in document["records"] if one["name"] == "restore"]
    assert restore["content"]["undoes"] == str(run.pk)
    restore["content"]["undoes"] = ""
    assert "restore" in verdict(relinked(document))[1]


def relinked(document):
    """The receipt as a forger would link it anew, without the key to sign it."""
    previous = document["records"][0]["previous"]
    for record in document["records"]:
        record["previous"] = previous
        record["digest"] = digest_of(
            {name: value for name, value in record.items() if name != "digest"}
        )
        previous = record["digest"]
    document["head"] = previous
    assert canonical(document["head"])
    return document
