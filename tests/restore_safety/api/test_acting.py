"""What may be done: through the services of the pages, with their refusals, named by code."""

import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from operations.models import OperationRun
from restore_safety.execution.gate import Refusal
from restore_safety.models import BackupUpload, RestoreDraft, RestoreRun
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.evidence import CaptureState
from tenants.models import AuditEvent
from tests.operations.factories import OperationRunFactory
from tests.restore_safety.factories_runs import REFUSED, WRITTEN, RestoreRunFactory, item_of

GROUP = "6b8f1c1e-0d7b-4c57-9d55-0a6a3d0f1b2c"
OTHER = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def script(operator, script_of):
    return script_of(operator)


@pytest.fixture
def draft(world):
    return f"/drafts/{world.draft.pk}"


def exported(files=1):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(files):
            policy = {
                "@odata.type": "#microsoft.graph.windows10CompliancePolicy",
                "displayName": f"Policy {number}",
            }
            archive.writestr(f"DeviceCompliancePolicies/{number}.json", json.dumps(policy))
    return SimpleUploadedFile("backup.zip", content.getvalue())


def confirmation(script, draft, **changes):
    told = script.get(f"{draft}/confirmation").json()
    return {
        "mode": "restore",
        "offer": told["offer"],
        "typed_name": told["tenant_name"],
        "acknowledged": [one["key"] for one in told["acknowledgements"]],
        "reason": "CHG-1042",
    } | changes


def refusal(answer):
    return answer.status_code, answer.json()["code"]


def test_capture_is_queued(world, operator, script):
    answer = script.post("/tenants/contoso/captures", {"label": "Nightly"})

    run = OperationRun.objects.get(kind="backup_capture")
    assert answer.status_code == 202
    assert answer.json()["id"] == str(run.pk)
    assert (run.title, run.initiator, run.tenant) == ("Nightly", operator, world.tenant)


def test_import_is_queued(world, script):
    answer = script.upload("/tenants/contoso/imports", file=exported(), label="From Git")

    run = OperationRun.objects.get(kind="backup_import")
    assert (answer.status_code, answer.json()["id"]) == (202, str(run.pk))
    assert run.title == "From Git"
    assert BackupUpload.objects.get().filename == "backup.zip"


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize(
    ("file", "status", "code"),
    [
        (SimpleUploadedFile("backup.txt", b"text"), 422, "invalid"),
        (SimpleUploadedFile("backup.zip", b"no zip"), 422, "import_refused"),
        (SimpleUploadedFile("backup.zip", b""), 422, "invalid"),
        (SimpleUploadedFile("backup.zip", b"x" * 2000), 413, "too_large"),
    ],
)
def test_import_is_refused_as_in_its_page(script, settings, file, status, code):
    settings.IMPORT_MAX_UPLOAD_BYTES = 1000
    file.seek(0)

    answer = script.upload("/tenants/contoso/imports", file=file)

    assert refusal(answer) == (status, code)
    assert not BackupUpload.objects.exists()


def test_draft_is_opened_from_a_backup(world, operator, script):
    answer = script.post("/drafts", {"tenant": "contoso", "backup_set": str(world.backup_set.pk)})

    draft = RestoreDraft.objects.get(pk=answer.json()["id"])
    assert answer.status_code == 201
    assert (draft.owner, draft.backup_set) == (operator, world.backup_set)
    assert answer.json()["scope"]["item_count"] == 2


def test_draft_is_not_opened_for_what_another_owns(world, other_world, script):
    foreign, nothing = str(other_world.backup_set.pk), OTHER
    before = RestoreDraft.objects.count()

    answers = [
        script.post("/drafts", {"tenant": "fabrikam"}),
        script.post("/drafts", {"tenant": "nowhere"}),
        script.post("/drafts", {"tenant": "contoso", "backup_set": foreign}),
        script.post("/drafts", {"tenant": "contoso", "backup_set": nothing}),
        script.patch(f"/drafts/{world.draft.pk}/scope", {"backup_set": foreign}),
    ]

    assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}
    assert RestoreDraft.objects.count() == before


def test_change_of_the_scope_says_what_it_sets_aside(world, script, draft):
    seen = script.get(draft).json()["fingerprint"]

    told = script.patch(f"{draft}/scope", {"include_assignments": False, "seen": seen}).json()
    back = script.patch(f"{draft}/scope", {"include_assignments": True}).json()

    assert [(one["field"], one["cause"]["code"]) for one in told["changes"]] == [
        ("assignment_mode", "assignments_option_changed")
    ]
    assert {one["id"] for one in told["set_aside"]} == {
        str(world.checks.pk),
        str(world.preview.pk),
    }
    assert told["draft"]["fingerprint"] != seen
    assert back["draft"]["fingerprint"] == seen
    assert back["set_aside"] == []
    assert [one["cause"]["code"] for one in back["changes"]] == ["scope_restored"]


def test_change_that_changes_nothing_sets_nothing_aside(world, script, draft):
    told = script.patch(f"{draft}/scope", {"mode": "all", "group_mapping": {}}).json()

    assert (told["changes"], told["set_aside"]) == ([], [])


def test_change_from_an_older_view_is_not_stored(world, script, draft):
    seen = script.get(draft).json()["fingerprint"]
    script.patch(f"{draft}/scope", {"include_assignments": False})

    late = script.patch(f"{draft}/scope", {"conflict_policy": "skip", "seen": seen})

    assert refusal(late) == (409, "scope_changed")
    assert script.get(draft).json()["scope"]["conflict_policy"] == "update"


def test_items_and_groups_are_chosen(world, other_world, script, draft):
    first = str(world.items[0].pk)

    told = script.patch(
        f"{draft}/scope",
        {"mode": "selected", "selected": [first], "group_mapping": {GROUP: OTHER.upper()}},
    ).json()
    taken_back = script.patch(f"{draft}/scope", {"group_mapping": {GROUP: None}}).json()
    strange = script.patch(f"{draft}/scope", {"selected": [str(other_world.items[0].pk), OTHER]})

    assert told["draft"]["scope"]["item_count"] == 1
    assert told["draft"]["scope"]["group_mapping"] == {GROUP: OTHER}
    assert [one["id"] for one in script.get(f"{draft}/items").json()["items"]] == [first]
    assert taken_back["draft"]["scope"]["group_mapping"] == {}
    assert refusal(strange) == (422, "invalid")
    assert strange.json()["errors"][0]["sentence"].startswith("2 of them")


@pytest.mark.parametrize("kind", ["checks", "preview"])
def test_evidence_is_queued_once_for_one_scope(world, script, draft, kind):
    first = script.post(f"{draft}/{kind}")
    second = script.post(f"{draft}/{kind}")

    assert [first.status_code, second.status_code] == [202, 202]
    assert first.json()["id"] == second.json()["id"]
    assert (first.json()["kind"], first.json()["state"]) == (kind, CaptureState.CAPTURING)
    run = OperationRun.objects.get(kind=kind)
    assert first.json()["operation_id"] == str(run.pk)


def test_evidence_of_nothing_is_refused(world, script):
    empty = script.post("/drafts", {"tenant": "contoso"}).json()["id"]

    assert refusal(script.post(f"/drafts/{empty}/checks")) == (409, "scope_empty")


def test_dry_run_is_queued_with_the_offer_alone(world, script, draft):
    told = script.get(f"{draft}/confirmation").json()

    answer = script.post(f"{draft}/queue", {"mode": "dry_run", "offer": told["offer"]})

    run = RestoreRun.objects.get(pk=answer.json()["restore_id"])
    assert (answer.status_code, run.is_dry_run) == (202, True)
    assert answer.json()["operation_id"] == str(run.operation_run_id)


def test_restore_is_queued_once_for_one_confirmation(world, operator, script, draft):
    sent = confirmation(script, draft)

    first, second = script.post(f"{draft}/queue", sent), script.post(f"{draft}/queue", sent)

    run = RestoreRun.objects.get(is_dry_run=False, draft=world.draft)
    assert [first.status_code, second.status_code] == [202, 200]
    assert [one.json()["is_new"] for one in (first, second)] == [True, False]
    assert first.json()["restore_id"] == second.json()["restore_id"] == str(run.pk)
    assert (run.requested_by, run.reason) == (operator, "CHG-1042")
    assert AuditEvent.objects.filter(action="restore.queued").count() == 1
    assert refusal(script.post(f"{draft}/checks")) == (409, "draft_submitted")
    assert refusal(script.patch(f"{draft}/scope", {"mode": "all"})) == (409, "draft_submitted")


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"offer": "made up"}, Refusal.CONFIRMATION_INVALID),
        ({"typed_name": "contoso"}, Refusal.NAME_NOT_TYPED),
        ({"acknowledged": []}, Refusal.WARNINGS_NOT_ACKNOWLEDGED),
        ({"reason": "  "}, Refusal.REASON_MISSING),
        ({"reason": "x" * 301}, Refusal.REASON_MISSING),
    ],
)
def test_restore_that_is_not_confirmed_is_refused_by_name(world, script, draft, changes, refused):
    answer = script.post(f"{draft}/queue", confirmation(script, draft, **changes))

    assert refusal(answer) == (409, refused.value)
    assert answer.json()["sentence"]
    assert not RestoreRun.objects.filter(draft=world.draft).exists()
    assert AuditEvent.objects.latest("pk").detail["condition"] == refused.value


def test_restore_whose_scope_moved_is_refused(world, script, draft):
    sent = confirmation(script, draft)
    script.patch(f"{draft}/scope", {"include_assignments": False})

    assert refusal(script.post(f"{draft}/queue", sent)) == (409, "scope_changed")


def test_restore_of_a_closed_tenant_is_refused(world, script, draft):
    world.tenant.writes_enabled = False
    world.tenant.save(update_fields=["writes_enabled"])

    assert refusal(script.post(f"{draft}/queue", confirmation(script, draft))) == (
        409,
        "gate_refused",
    )


def test_offer_is_of_its_person_alone(world, owner, script, script_of, draft):
    sent = confirmation(script_of(owner), draft)

    assert refusal(script.post(f"{draft}/queue", sent)) == (409, "confirmation_invalid")


def test_confirmation_of_what_is_not_proven_says_so(world, script, draft):
    script.patch(f"{draft}/scope", {"include_assignments": False})

    told = script.get(f"{draft}/confirmation").json()

    assert (told["plan_hash"], told["writes"]) == ("", 0)
    assert told["refusals"][:2] == ["The checks are not current.", "The preview is not current."]


def test_operation_is_asked_to_stop(world, script):
    address = f"/operations/{world.operation.pk}"

    answer = script.post(f"{address}/cancel")

    assert answer.status_code == 202
    assert answer.json()["cancel_requested_at"] is not None
    ended = OperationRunFactory(tenant=world.tenant, initiator=world.person, completed=True)
    assert refusal(script.post(f"/operations/{ended.pk}/cancel")) == (409, "already_ended")


def test_follow_up_is_acknowledged_once(world, script):
    address = f"/restores/{world.run.pk}"

    first = script.post(f"{address}/acknowledgement", {"note": "The help desk knows."})
    second = script.post(f"{address}/acknowledgement", {"note": "Again."})

    assert first.status_code == 200
    assert first.json()["acknowledgement"]["note"] == "The help desk knows."
    assert first.json()["result"]["follow_up_required"] is True
    assert refusal(second) == (409, "record_refused")


def test_follow_up_of_what_left_nothing_open_is_refused(world, operator, script):
    run = RestoreRunFactory(tenant=world.tenant, requested_by=operator)
    item_of(run, WRITTEN)

    answer = script.post(f"/restores/{run.pk}/acknowledgement", {"note": "Nothing."})

    assert refusal(answer) == (409, "record_refused")


def test_restore_is_continued_with_the_items_asked_for(world, operator, script):
    run = RestoreRunFactory(tenant=world.tenant, requested_by=operator)
    item_of(run, WRITTEN)
    failed = item_of(run, REFUSED)
    address = f"/restores/{run.pk}"

    told = script.get(address).json()
    first = script.post(f"{address}/continue", {"items": "failed"})
    again = script.post(f"{address}/continue", {"items": "failed"})
    in_vain = script.post(f"{address}/continue", {"items": "not_begun"})

    assert told["continuations"] == [{"items": "failed", "label": "Retry failed only", "count": 1}]
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["follows"] == str(run.pk)
    draft = RestoreDraft.objects.get(follows=run)
    assert list(draft.selected_items.all()) == [failed.backup_item]
    assert refusal(in_vain) == (409, "record_refused")
    assert script.post(f"{address}/continue", {"items": "all"}).status_code == 422


def test_no_receipt_is_issued_before_the_end(world, script):
    run = RestoreRunFactory(tenant=world.tenant, status=RestoreStatus.RUNNING)

    answer = script.post(f"/restores/{run.pk}/receipt")

    assert refusal(answer) == (409, "no_receipt")
    assert "has not ended" in answer.json()["sentence"]


def test_acts_on_what_another_owns_find_nothing(world, other_world, script):
    ids = other_world.ids
    draft = f"/drafts/{ids['draft_id']}"

    answers = [
        script.post(f"/tenants/{ids['slug']}/captures", {}),
        script.upload(f"/tenants/{ids['slug']}/imports", file=exported()),
        script.patch(f"{draft}/scope", {"mode": "all"}),
        script.post(f"{draft}/checks"),
        script.post(f"{draft}/preview"),
        script.post(f"{draft}/queue", {"mode": "restore", "offer": "x"}),
        script.post(f"/restores/{ids['restore_id']}/acknowledgement", {"note": "x"}),
        script.post(f"/restores/{ids['restore_id']}/receipt"),
        script.post(f"/operations/{ids['operation_id']}/cancel"),
    ]

    assert {one.status_code for one in answers} == {404}
    assert not AuditEvent.objects.filter(action="access.denied").exists()
