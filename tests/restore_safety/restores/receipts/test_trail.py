"""`verify_audit --receipt`: what a receipt says of the trail is held against the trail itself."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from tenants.models import AuditEvent
from tests.audit_guards import guards_lifted


@pytest.fixture
def file(tmp_path, receipt):
    path = tmp_path / "receipt.json"
    path.write_text(receipt)
    return path


def verify(*files, **options):
    """The exit code, and what was said."""
    answer = StringIO()
    try:
        call_command("verify_audit", receipt=list(files), stdout=answer, **options)
    except CommandError as error:
        return error.returncode, f"{answer.getvalue()}{error}\n"
    return 0, answer.getvalue()


def entries(receipt):
    return [
        each
        for each in json.loads(receipt)["records"]
        if each["name"].startswith("event:") or each["name"] == "audit"
    ]


def test_trail_that_holds_what_the_receipt_names_is_intact(file, receipt):
    code, said = verify(file)

    count = len(entries(receipt))
    assert code == 0
    assert f"All {count} entries the receipts name are in the trail, unchanged." in said
    assert json.loads(verify(file, json=True)[1])["receipt_entries"] == count


def test_trail_written_anew_since_is_found(file, receipt):
    """Whoever owns the database may cut the trail and its head; the receipt remembers both."""
    last = AuditEvent.objects.latest("pk")
    with guards_lifted(connection), connection.cursor() as cursor:
        cursor.execute("DELETE FROM tenants_auditevent WHERE id = %s", [last.pk])
        cursor.execute(
            "UPDATE tenants_auditchain SET length = %s, head = %s WHERE key = %s",
            [last.sequence - 1, last.previous_hash, last.chain_id],
        )

    unasked, _ = verify()
    code, said = verify(file)

    newest = entries(receipt)[-2]["name"]
    place = f"event {last.sequence} of the chain {last.chain_id}"
    assert (unasked, code) == (0, 1)
    assert f"{newest}, {place} is not in the trail as the receipt has it." in said
    assert f"audit, {place} is not in the trail as the receipt has it." in said
    assert "Expected head" not in said


def test_receipt_whose_event_was_altered_is_found(file, receipt):
    document = json.loads(receipt)
    event = next(each for each in document["records"] if each["name"] == "event:1")
    event["content"]["facts"]["actor_name"] = "mallory"
    file.write_text(json.dumps(document))

    code, said = verify(file)

    assert code == 1
    assert "event:1, event 2 of the chain" in said
    assert "does not fit its own hash: the receipt was altered." in said
    assert said.endswith(
        "The audit trail is intact, but the receipt holds an event that was altered.\n"
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is not a receipt that can be read."),
        ("[]", "is not a receipt that can be read."),
        ('{"records":[{"name":"event:1","content":{"facts":1}}]}', "is not a receipt that can"),
        ('{"records":[{"name":"audit","content":null}]}', "is not a receipt that can be read."),
        ('{"records":[{"name":"scope","content":{}}]}', "names no event of the trail."),
    ],
)
def test_file_that_cannot_be_looked_at_is_said(tmp_path, content, sentence):
    path = tmp_path / "other.json"
    path.write_text(content)

    code, said = verify(path)

    assert code == 2
    assert f"{path} {sentence}" in said


@pytest.mark.django_db
def test_receipt_of_another_workspace_is_not_looked_for_in_this_one(file, workspace):
    code, said = verify(file, workspace=workspace.slug)

    assert code == 0
    assert "entries the receipts name are in the trail" in said
