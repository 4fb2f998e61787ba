import dataclasses
import json

import pytest
import rfc8785

from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.safety import GateCode, Issue, IssueCode, SafetyReadiness
from restore_safety.truth.scope import ConflictPolicy, ScopeMode
from restore_safety.truth.snapshot import (
    SNAPSHOT_LIMIT,
    EvidenceMark,
    ExecutionSnapshot,
    ScopeSummary,
    SnapshotFormatError,
    SnapshotTooLargeError,
)
from tests.restore_safety.truth.strategies import COMPLETED, SCOPE, checks, preview

SNAPSHOT = ExecutionSnapshot(
    fingerprint=fingerprint_of(SCOPE),
    plan_hash="sha256:plan",
    checks=EvidenceMark.of("checks-1", checks(warnings=2)),
    preview=EvidenceMark.of("preview-1", preview()),
    checks_integrity=IntegrityState.CURRENT,
    preview_integrity=IntegrityState.CURRENT,
    gates=tuple((code, True) for code in GateCode),
    safety=SafetyReadiness.READY_WITH_CAUTION,
    primary_issue=Issue(code=IssueCode.WARNINGS_FOUND, sentence="Warnings have to be weighed."),
    acknowledged_warnings=("wide_assignment", "secrets_masked", "wide_assignment"),
    confirmed_tenant="Contoso",
    actor_id="7",
    actor_name="Olga Operator",
    reason="Ticket 4711",
    is_dry_run=False,
    queued_at=COMPLETED,
    scope=ScopeSummary.of(SCOPE),
)


def test_snapshot_is_written_in_full():
    nothing_found = {
        "blocked": 0,
        "blockers": 0,
        "not_evaluable": 0,
        "suppressed_claims": 0,
        "unknowns": 0,
        "warnings": 0,
        "writes": 2,
    }

    assert SNAPSHOT.to_json() == {
        "schema_version": 1,
        "fingerprint": fingerprint_of(SCOPE),
        "plan_hash": "sha256:plan",
        "checks": {
            "evidence_id": "checks-1",
            "captured_at": "2026-05-04T09:31:00+00:00",
            "counts": nothing_found | {"warnings": 2},
        },
        "preview": {
            "evidence_id": "preview-1",
            "captured_at": "2026-05-04T09:31:00+00:00",
            "counts": nothing_found,
        },
        "checks_integrity": "current",
        "preview_integrity": "current",
        "gates": {
            "permission": True,
            "write_gate": True,
            "connection": True,
            "lock": True,
            "backup_usable": True,
            "evidence_age": True,
            "nothing_to_restore": True,
        },
        "safety": "ready_with_caution",
        "primary_issue": {"code": "warnings_found", "sentence": "Warnings have to be weighed."},
        "acknowledged_warnings": ["secrets_masked", "wide_assignment"],
        "confirmed_tenant": "Contoso",
        "actor_id": "7",
        "actor_name": "Olga Operator",
        "reason": "Ticket 4711",
        "is_dry_run": False,
        "queued_at": "2026-05-04T09:31:00+00:00",
        "scope": {
            "mode": "selected",
            "item_count": 2,
            "include_assignments": True,
            "conflict_policy": "update",
            "include_foundations": False,
            "mapping_count": 1,
            "backup_set": "set-1",
            "backup_digest": "sha256:aa",
        },
    }


BARE = dataclasses.replace(
    SNAPSHOT,
    checks=None,
    preview=None,
    checks_integrity=IntegrityState.NOT_RUN,
    preview_integrity=IntegrityState.INVALIDATED,
    gates=((GateCode.PERMISSION, True), (GateCode.LOCK, False)),
    safety=SafetyReadiness.RISKY,
    primary_issue=None,
    acknowledged_warnings=(),
    is_dry_run=True,
    scope=dataclasses.replace(
        SNAPSHOT.scope, mode=ScopeMode.ALL, conflict_policy=ConflictPolicy.COPY
    ),
)


@pytest.mark.parametrize("snapshot", [SNAPSHOT, BARE])
@pytest.mark.parametrize("sort_keys", [True, False])
def test_snapshot_survives_a_json_column_whatever_it_does_to_the_keys(snapshot, sort_keys):
    stored = json.loads(json.dumps(snapshot.to_json(), sort_keys=sort_keys))

    assert ExecutionSnapshot.from_json(stored) == snapshot


def test_what_was_acknowledged_and_counted_is_in_one_order_however_it_was_stored():
    stored = SNAPSHOT.to_json()
    stored["acknowledged_warnings"].reverse()
    stored["checks"]["counts"] = dict(reversed(stored["checks"]["counts"].items()))

    read = ExecutionSnapshot.from_json(stored)

    assert read == SNAPSHOT
    assert read.acknowledged_warnings == ("secrets_masked", "wide_assignment")


def _with_reason_of(size):
    return dataclasses.replace(SNAPSHOT, reason="x" * size)


def test_snapshot_may_fill_its_limit_and_not_a_byte_more():
    room = SNAPSHOT_LIMIT - len(rfc8785.dumps(_with_reason_of(0).to_json()))

    full = _with_reason_of(room)

    assert len(rfc8785.dumps(full.to_json())) == SNAPSHOT_LIMIT
    with pytest.raises(SnapshotTooLargeError, match="needs 4097 bytes and may have 4096"):
        _with_reason_of(room + 1)
    with pytest.raises(SnapshotTooLargeError):
        ExecutionSnapshot.from_json(full.to_json() | {"actor_name": "Olga Operator, much longer"})


@pytest.mark.parametrize(
    "changes",
    [
        {"schema_version": 2},
        {"schema_version": None},
        {"safety": "safe"},
        {"gates": {"luck": True}},
        {"gates": None},
        {"queued_at": "yesterday"},
        {"scope": {"mode": "all"}},
        {"checks": {"evidence_id": "checks-1"}},
        {"surprise": 1},
    ],
)
def test_stored_snapshot_of_another_form_is_refused(changes):
    with pytest.raises(SnapshotFormatError):
        ExecutionSnapshot.from_json(SNAPSHOT.to_json() | changes)


def test_unfinished_capture_cannot_be_relied_on():
    with pytest.raises(ValueError, match="finished capture"):
        EvidenceMark.of("checks-1", checks(completed_at=None))
