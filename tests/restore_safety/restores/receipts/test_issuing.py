import json
import re
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command

from restore_safety.models import PlanItem, RestoreRun, RestoreWrite
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.policies.plan import plan_hash
from restore_safety.restores.receipts.contents import ReceiptBrokenOffError
from restore_safety.restores.receipts.issuing import ReceiptRefusedError, issue, issue_unattended
from restore_safety.truth.attention import RestoreStatus
from tenants.access.service import AccessDeniedError
from tenants.models import AuditChain, AuditEvent
from tests.audit_guards import edit, remove
from tests.factories import UserFactory
from tests.restore_safety.execution.scene import CATALOG, catalog
from tests.restore_safety.factories_runs import (
    PlanItemFactory,
    RestoreItemFactory,
    RestoreRunFactory,
    RestoreWriteFactory,
    on_record,
)
from tests.restore_safety.restores.receipts.conftest import HOSTILE, report_on, verifier

NOT_ENDED = "The restore has not ended. A receipt holds its result, so it is issued after the end."


def records(text):
    return {one["name"]: one["content"] for one in json.loads(text)["records"]}


def issued():
    return list(
        AuditEvent.objects.filter(action="restore.receipt_issued").values_list("actor", "subject")
    )


def test_receipt_of_a_real_restore_is_valid(receipt, ended):
    report = report_on(receipt)

    assert (report["verdict"], report["findings"], report["not_anchored"]) == ("valid", [], [])
    assert report["restore"] == str(ended.pk)
    assert len(ended.items.all()) == 3


def test_receipt_names_what_came_of_each_item(receipt, ended):
    held = records(receipt)

    facts = [
        (item["policy"], item["outcome"], item["verification"], item["reason"])
        for name, item in held.items()
        if name.startswith("item:")
    ]
    assert facts == [
        (item.name, item.outcome, item.verification, item.reason_code)
        for item in ended.items.order_by("position")
    ]
    assert {HOSTILE} < {fact[0] for fact in facts}
    assert held["confirmation"]["snapshot"] == ended.metadata[SNAPSHOT_KEY]
    assert held["approvals"] == {"approvals": []}
    assert held["result"]["meaning"]["attention"] == "partial"
    assert held["plan"]["hash"] == ended.plan_hash


def test_receipt_ends_with_the_event_of_its_own_issue(receipt, ended, operator):
    held = records(receipt)

    chain = AuditChain.objects.get(pk=held["audit"]["chain"])
    assert (chain.length, chain.head) == (held["audit"]["sequence"], held["audit"]["hash"])
    last = [content for name, content in held.items() if name.startswith("event:")][-1]
    assert last["facts"]["action"] == "restore.receipt_issued"
    assert issued() == [(operator.pk, f"restore_run:{ended.pk}")]


def test_receipt_holds_no_payload_and_no_key(receipt, ended, settings):
    for item in PlanItem.objects.filter(evidence=ended.preview):
        for write in item.writes:
            assert write["body"]
            assert write["body"] not in json.loads(json.dumps(receipt))
    assert "firewall_enabled" not in receipt
    assert "gracePeriodHours" not in receipt
    assert settings.RECEIPT_SIGNING_KEY.hex() not in receipt


def forged_snapshot(run, **changes):
    return {"metadata": {SNAPSHOT_KEY: run.metadata[SNAPSHOT_KEY] | changes}}


FORGED = {
    "requester": lambda run: {"requested_by": UserFactory()},
    "reason": lambda run: {"reason": "CHG-APPROVED"},
    "kind": lambda run: {"is_dry_run": True},
    "snapshot": lambda run: forged_snapshot(run, actor_name="manager"),
    "time of queueing": lambda run: {"created_at": run.created_at - timedelta(days=1)},
    "status": lambda run: {"status": "completed"},
    "time of its end": lambda run: {"ended_at": run.ended_at + timedelta(seconds=1)},
    "pre-restore backup": lambda run: {"pre_restore_set": None},
}


@pytest.mark.parametrize("what", FORGED)
def test_altered_run_is_never_signed_for(ended, operator, what):
    RestoreRun.objects.filter(pk=ended.pk).update(**FORGED[what](ended))

    with pytest.raises(ReceiptRefusedError) as refused:
        issue(actor=operator, run=fetched(ended))

    told = rf"Its stored {what} is not what the audit trail holds of it \(record \d+ of .+\)\."
    assert re.fullmatch(told, str(refused.value))
    assert issued() == []


FORGED_ITEMS = {
    "count of outcomes": {"outcome": "created"},
    "item facts": {"verification": "pending"},
}


@pytest.mark.parametrize("what", FORGED_ITEMS)
def test_altered_item_is_never_signed_for(ended, operator, what):
    ended.items.exclude(outcome="created").update(**FORGED_ITEMS[what])

    with pytest.raises(ReceiptRefusedError, match=f"^Its stored {what} is not what"):
        issue(actor=operator, run=fetched(ended))

    assert issued() == []


def test_altered_request_is_never_signed_for(ended, operator):
    RestoreWrite.objects.filter(item__run=ended, state="applied").update(state="refused")

    with pytest.raises(ReceiptRefusedError, match=r"^Its stored count of writes is not what"):
        issue(actor=operator, run=fetched(ended))


@pytest.mark.parametrize("action", ["restore.queued", "restore.ended"])
def test_run_without_its_event_is_never_signed_for(ended, operator, action):
    missing = {"restore.queued": "queueing", "restore.ended": "end"}[action]
    remove(AuditEvent.objects.filter(action=action))

    with pytest.raises(
        ReceiptRefusedError, match=f"^The audit trail has no event of its {missing}"
    ):
        issue(actor=operator, run=ended)


@pytest.mark.parametrize("detail", [{}, {"items_digest": "1e400"}])
def test_altered_event_is_never_signed_for(ended, operator, detail):
    edit(AuditEvent.objects.filter(action="restore.ended"), detail=detail)

    with pytest.raises(ReceiptRefusedError, match=r"^Record \d+ of .+ is not what was written"):
        issue(actor=operator, run=ended)


def test_run_of_before_the_digests_has_a_receipt_that_says_so(tenant, operator):
    run = crowd(tenant, 2, anchored=False)

    text = "".join(issue_unattended(run=run))

    report = report_on(text)
    assert (report["verdict"], report["not_anchored"]) == ("valid", ["confirmation", "result"])
    held = records(text)
    assert (held["confirmation"]["trail"], held["result"]["trail"]) == (
        "Not anchored: it was queued before the trail kept a digest of this.",
        "Not anchored: it ended before the trail kept a digest of this.",
    )
    said = verifier._as_text(report).splitlines()  # noqa: SLF001 -- what the command prints
    assert said[0] == "VALID, BUT NOT ANCHORED"
    assert said[2].startswith("Not anchored: confirmation and result. No event of the audit trail")


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("requester", {"requested_by": None}),
        ("reason", {"reason": "CHG-APPROVED"}),
        ("snapshot", {"metadata": {SNAPSHOT_KEY: {"actor_id": "0"}}}),
    ],
)
def test_what_the_trail_always_held_counts_without_digests_too(tenant, what, change):
    run = crowd(tenant, 1, anchored=False)
    RestoreRun.objects.filter(pk=run.pk).update(**change)

    with pytest.raises(ReceiptRefusedError, match=f"^Its stored {what} is not what"):
        issue_unattended(run=fetched(run))


def test_requester_who_is_called_otherwise_by_now_keeps_the_name_of_then(ended, operator):
    operator.username = "renamed"
    operator.save()

    text = "".join(issue(actor=operator, run=fetched(ended)))

    assert report_on(text)["findings"] == []
    assert records(text)["restore"]["requested_by"] == "operator"


def test_second_receipt_holds_the_first_one_s_event(receipt, ended, operator):
    again = "".join(issue(actor=operator, run=ended))

    assert report_on(again)["verdict"] == "valid"
    actions = [
        content["facts"]["action"]
        for name, content in records(again).items()
        if name.startswith("event:")
    ]
    assert actions.count("restore.receipt_issued") == 2


def test_receipt_of_a_dry_run_is_valid(scene, operator):
    run = scene.work(scene.queued((CATALOG, catalog()), is_dry_run=True))

    text = "".join(issue(actor=operator, run=run))

    assert report_on(text)["verdict"] == "valid"
    assert records(text)["restore"]["kind"] == "dry_run"


@pytest.mark.parametrize("status", [RestoreStatus.QUEUED, RestoreStatus.RUNNING])
def test_receipt_is_refused_until_the_run_has_ended(tenant, operator, status):
    run = RestoreRunFactory(tenant=tenant, running=True)
    run.status = status

    with pytest.raises(ReceiptRefusedError) as refused:
        issue(actor=operator, run=run)

    assert (str(refused.value), issued()) == (NOT_ENDED, [])


def test_receipt_is_refused_without_the_right(ended, outsider):
    with pytest.raises(AccessDeniedError):
        issue(actor=outsider, run=ended)

    assert issued() == []


def test_altered_plan_is_never_signed_for(ended, operator):
    item = ended.preview.plan.first()
    item.writes[0]["body"] = "{}"
    item.save()

    with pytest.raises(ReceiptRefusedError, match="no longer adds up"):
        issue(actor=operator, run=ended)

    assert issued() == []


@pytest.mark.parametrize("change", [{"mode": "selected"}, {"mode": "some"}, {"more": 1}])
def test_altered_scope_is_never_signed_for(ended, operator, change):
    ended.preview.scope |= change

    with pytest.raises(ReceiptRefusedError, match="no longer has the fingerprint"):
        issue(actor=operator, run=ended)

    assert issued() == []


QUERIES = 17


def crowd(tenant, count, *, anchored=True):
    run = RestoreRunFactory(tenant=tenant)
    for _ in range(count):
        write = RestoreWriteFactory(item=RestoreItemFactory(run=run))
        plan_item = write.item.plan_item
        plan_item.writes = [
            {
                "id": write.operation_id,
                "purpose": write.purpose,
                "method": write.method,
                "version": "beta",
                "path": write.path,
                "body": "{}",
                "body_digest": "",
                "binds": "",
            }
        ]
        plan_item.save()
    return fetched(on_record(provable(run), anchored=anchored))


def provable(run):
    run.plan_hash = run.preview.plan_hash = plan_hash(run.preview.plan.order_by("position"))
    run.metadata[SNAPSHOT_KEY]["plan_hash"] = run.plan_hash
    run.preview.save()
    run.save()
    return fetched(run)


def fetched(run):
    return RestoreRun.objects.select_related(
        "tenant__workspace", "draft", "backup_set", "preview__captured_by", "operation_run"
    ).get(pk=run.pk)


@pytest.mark.parametrize("count", [1, 3, 420])
def test_receipt_takes_as_many_queries_for_a_crowd(tenant, django_assert_num_queries, count):
    run = crowd(tenant, count)
    run.items.first()

    with django_assert_num_queries(QUERIES):
        text = "".join(issue_unattended(run=run))

    assert report_on(text)["findings"] == []
    assert len(text) < 9000 + 2600 * count


def test_record_deleted_meanwhile_leaves_the_receipt_unsigned(tenant):
    run = crowd(tenant, 2)
    parts = issue_unattended(run=run)
    written = [next(parts), next(parts)]
    PlanItemFactory(evidence=run.preview)

    with pytest.raises(ReceiptBrokenOffError, match=str(run.pk)):
        written += parts

    assert "signature" not in "".join(written)


def told(*args, **options):
    answer = StringIO()
    call_command("issue_receipt", *args, stdout=answer, **options)
    return answer.getvalue()


def test_command_prints_a_receipt(ended):
    assert report_on(told(str(ended.pk)))["verdict"] == "valid"
    assert issued() == [(None, f"restore_run:{ended.pk}")]


def test_command_writes_a_file_and_never_over_one(ended, tmp_path):
    output = tmp_path / "receipt.json"

    answer = told(str(ended.pk), output=output)

    assert answer == f"The receipt of {ended} is in {output}.\n"
    assert report_on(output.read_text())["verdict"] == "valid"
    with pytest.raises(CommandError, match="is there already"):
        told(str(ended.pk), output=output)
    assert len(issued()) == 1


def test_command_says_that_a_receipt_broke_off(tenant):
    run = RestoreRunFactory(tenant=tenant)
    PlanItemFactory(evidence=RestoreItemFactory(run=run).run.preview)
    on_record(provable(run))

    with pytest.raises(CommandError) as refused:
        told(str(run.pk))

    assert str(refused.value) == (
        "The restore's records changed while the receipt was written, so it was not signed."
    )


def test_command_says_why_there_is_none(tenant):
    run = RestoreRunFactory(tenant=tenant, running=True)
    unknown = uuid4()

    for run_id, sentence in (
        (run.pk, f"No receipt was issued. {NOT_ENDED}"),
        (unknown, f"There is no restore {unknown}."),
    ):
        with pytest.raises(CommandError) as refused:
            told(str(run_id))
        assert str(refused.value) == sentence
    assert issued() == []
