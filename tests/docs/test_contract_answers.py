"""Each answer of the contract, shown by a real request."""

import csv
import io
import json

import pytest
from django.urls import reverse

from restore_safety.wizard.pages.frame import STEP_LABELS
from tests.docs.contract import (
    OPERATIONS,
    operation_at,
    posted,
    problems,
    resolved,
    run_at,
    shown,
    step,
)
from tests.restore_safety.factories_runs import ApprovalRequestFactory


def draft_address(draft, path):
    captured = draft.evidence.first()
    return path.format(draft_id=draft.pk, kind="checks", evidence_id=captured and captured.pk)


def run_address(run, path):
    path = path.replace("{run_id}", str(run.pk)).replace("{act}", "archive")
    item = getattr(run, "items", None)
    return path.replace("{item_id}", str(item.first().pk if item else 1))


def _request(world):
    return ApprovalRequestFactory(draft=world.draft())


def kept_from(world, path):
    """An address of something that exists, whichever kind it is of."""
    if "{draft_id}" in path:
        return draft_address(world.draft(), path)
    if "{request_id}" in path:
        return path.replace("{request_id}", str(_request(world).pk))
    if path.startswith("/operations/"):
        return run_address(world.operation(), path)
    return run_address(world.run(), path)


SCENARIOS = {
    ("listRestores", "200"): lambda w: (w.run(), w.by("operator").get("/restores/"))[1],
    ("listDrafts", "200"): lambda w: (w.draft(), w.by("operator").get("/restores/drafts/"))[1],
    ("chooseTenant", "200"): lambda w: w.by("operator").get("/restores/new/"),
    ("openDraft", "302"): lambda w: w.by("operator").post(
        "/restores/new/", {"tenant": "contoso", "backup_set": str(w.backup_set.pk)}
    ),
    ("openDraft", "403"): lambda w: w.by("auditor").post("/restores/new/", {"tenant": "contoso"}),
    ("openDraft", "404"): lambda w: w.by("outsider").post("/restores/new/", {"tenant": "contoso"}),
    ("resumeDraft", "302"): lambda w: w.by("operator").get(f"/restores/drafts/{w.draft().pk}/"),
    ("showBackupStep", "200"): lambda w: w.by("operator").get(step(w.draft(), "backup")),
    ("showBackupStep", "302"): lambda w: w.by("operator").get(step(w.submitted(), "backup")),
    ("showScopeStep", "302"): lambda w: w.by("operator").get(
        step(w.draft(), "scope"), {"sent": "scope"}
    ),
    ("showChecksStep", "302"): lambda w: w.by("operator").get(
        step(w.draft(backup=False), "checks")
    ),
    ("showPreviewStep", "302"): lambda w: w.by("operator").get(
        step(w.draft(backup=False), "preview")
    ),
    ("showConfirmStep", "302"): lambda w: w.by("operator").get(step(w.submitted(), "confirm")),
    ("chooseBackup", "200"): lambda w: _post_step(w, "backup", **{"backup-backup_set": "x"}),
    ("changeScope", "200"): lambda w: _post_step(w, "scope", **{"scope-mode": "some"}),
    ("confirmHere", "302"): lambda w: _post_step(w, "confirm"),
    ("leaveChecks", "302"): lambda w: _post_step(w, "checks"),
    ("leavePreview", "302"): lambda w: _post_step(w, "preview"),
    ("captureNotArrived", "302"): lambda w: w.by("operator").get(_capture(w.draft())),
    ("startCapture", "302"): lambda w: w.by("operator").post(_capture(w.draft())),
    ("queueNotArrived", "302"): lambda w: w.by("operator").get(
        reverse("restores:draft-queue", args=[w.draft().pk])
    ),
    ("queueRestore", "302"): lambda w: w.queue(w.draft()),
    ("queueRestore", "409"): lambda w: w.queue(w.draft(), typed_name="Contoso?"),
    ("askToDiscard", "200"): lambda w: w.by("operator").get(_discard(w.draft())),
    ("askToDiscard", "302"): lambda w: w.by("operator").get(_discard(w.submitted())),
    ("discardDraft", "302"): lambda w: w.by("operator").post(_discard(w.draft())),
    ("showRestoreProgress", "200"): lambda w: w.by("operator").get(
        run_at(w.running(), "progress"), headers={"HX-Request": "true"}
    ),
    ("acknowledgeFollowUp", "200"): lambda w: w.by("operator").post(
        run_at(w.run(), "acknowledge"), {"note": ""}
    ),
    ("acknowledgeFollowUp", "302"): lambda w: w.by("operator").post(
        run_at(w.run(), "acknowledge"), {"note": "Known."}
    ),
    ("issueReceipt", "200"): lambda w: w.by("auditor").get(
        reverse("restores:run-receipt-file", args=[w.provable().pk])
    ),
    ("issueReceipt", "302"): lambda w: w.by("auditor").get(
        reverse("restores:run-receipt-file", args=[w.running().pk])
    ),
    ("unarchive", "302"): lambda w: w.by("manager").post(run_at(w.archived(), "unarchive")),
    ("decideOnApproval", "302"): lambda w: w.by("manager").post(
        f"/restores/approvals/{_request(w).pk}/decide/", {"decision": "approve", "reason": "Seen"}
    ),
    ("withdrawApproval", "302"): lambda w: w.by("manager").post(
        f"/restores/approvals/{_request(w).pk}/withdraw/"
    ),
    ("deleteForGood", "302"): lambda w: w.by("manager").post(run_at(w.archived(), "delete")),
    ("listOperations", "200"): lambda w: (w.operation(), w.by("operator").get("/operations/"))[1],
    ("listNotifications", "200"): lambda w: (
        w.notice(w.run()),
        w.by("operator").get("/operations/notifications/"),
    )[1],
    ("markNotificationsRead", "302"): lambda w: w.by("operator").post(
        "/operations/notifications/read/"
    ),
    ("showOperation", "200"): lambda w: w.by("operator").get(
        operation_at(w.run().operation_run, "detail")
    ),
    ("showOperationProgress", "200"): lambda w: w.by("operator").get(
        operation_at(w.operation(running=True), "progress"), headers={"HX-Request": "true"}
    ),
}


def _post_step(world, name, **changes):
    draft = world.draft()
    return world.by("operator").post(step(draft, name), posted(draft, name, **changes))


def _capture(draft):
    return reverse("restores:draft-capture", args=[draft.pk, "checks"])


def _discard(draft):
    return reverse("restores:draft-discard", args=[draft.pk])


def answered(world, name, status):
    """The answer to a request of which the contract says that it has this status."""
    path, method, _ = OPERATIONS[name]
    if scenario := SCENARIOS.get((name, status)):
        return scenario(world)
    if status in {"403", "404"}:
        person = "outsider" if status == "404" else "auditor"
        return getattr(world.by(person), method)(kept_from(world, path))
    if status == "410":
        return getattr(world.by("operator"), method)(draft_address(world.discarded(), path))
    draft_steps = [one for one in STEP_LABELS if path.endswith(f"/{one}/")]
    if draft_steps and method == "post":
        return _post_step(world, draft_steps[0])
    person = "manager" if "{act}" in path or name == "archive" else "operator"
    return getattr(world.by(person), method)(kept_from(world, path))


ANSWERS = [(name, status) for name, one in OPERATIONS.items() for status in one[2]["responses"]]


@pytest.mark.parametrize(("name", "status"), ANSWERS, ids=str)
def test_address_answers_as_the_contract_says(world, name, status):
    told = resolved(OPERATIONS[name][2]["responses"][status])

    answer = answered(world, name, status)

    assert str(answer.status_code) == status
    for header, said in told.get("headers", {}).items():
        if said["required"]:
            assert problems(answer[header], said["schema"]) == []
    content = told.get("content", {})
    if content:
        assert answer["Content-Type"].partition(";")[0] in content
    for kind, body in content.items():
        _hold(answer, kind, body.get("schema"))


def test_every_scenario_is_of_an_answer_in_the_contract():
    assert set(SCENARIOS) - set(ANSWERS) == set()


def _hold(answer, kind, schema):
    if schema is None:
        return
    if kind == "text/html":
        assert problems(shown(answer.context, schema), schema) == []
    elif kind == "application/json":
        assert problems(json.loads(answer.getvalue()), schema) == []
    else:
        rows = list(csv.reader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
        assert rows[0] == resolved(schema)["x-columns"]
