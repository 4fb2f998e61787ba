"""Digests as rows of today hold them: whatever changes in the code, it has to find them again.

The fingerprints of scopes are pinned in `restore_safety/truth/test_fingerprint.py`.
"""

from types import SimpleNamespace

from restore_safety.backups.storing import _digest_of_facts
from restore_safety.policies.plan import body_digest, plan_hash
from tenants.canonical_json import exact
from tenants.models.audit_hash import hash_of

BEYOND_A_DOUBLE = 2**53 + 1


def test_digest_of_a_backup_item():
    assert (
        _digest_of_facts(
            contract_key="k",
            object_id="o",
            name="é",
            payload_digest="sha256:00",
            assignments=[{"n": BEYOND_A_DOUBLE}],
            completeness={},
        )
        == "sha256:decf826b4024157bc2e5ec1895a66fcfbad0748c7a3f6288d821a327e961d2bd"
    )


def test_digest_of_a_body():
    body = exact({"n": BEYOND_A_DOUBLE, "@odata.type": "#x", "b": 1.0})

    assert body_digest(body) == (
        "sha256:49dd60b9f9c9d017e2a5f5d768b31a7ab1e7ab6796786e6db41c57468733280b"
    )


def test_hash_of_an_audit_event():
    facts = {"detail": {"n": 1, "name": "é"}, "at": "2026-01-02T03:04:05.000006+00:00"}

    assert hash_of(facts) == (
        "audit1:f1c0b2eb2b6d8006ae371321d83810ce25fd0e89d65d8beb377bb954bdb40c1a"
    )


def test_hash_of_a_plan():
    of_before = {
        "id": "1",
        "method": "PATCH",
        "version": "v1.0",
        "path": "/é",
        "body": '{"n":1.0}',
        "binds": "",
    }
    update = SimpleNamespace(
        backup_item_id=7,
        decision="update",
        target_object_id="o",
        target_digest="d",
        absence=None,
        writes=[of_before, {**of_before, "purpose": "update", "member": ""}],
    )
    create = SimpleNamespace(
        backup_item_id=8,
        decision="create",
        target_object_id="",
        target_digest="",
        absence={"n": BEYOND_A_DOUBLE},
        writes=[{**of_before, "body": None}],
    )

    assert plan_hash([update, create]) == (
        "sha256:58475d75cf6ff0a08f7faa49997384ac86d31f6bd4a295f03c5d2e0cc2d8d55e"
    )
    assert (
        plan_hash([]) == "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
    )
