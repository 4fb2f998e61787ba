import dataclasses
import json
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.references import ReferenceKind
from restore_safety.truth.safety import GateCode, Issue, IssueCode, SafetyReadiness
from restore_safety.truth.scope import AssignmentMode, ConflictPolicy, ScopeMode
from restore_safety.truth.snapshot import (
    SNAPSHOT_LIMIT,
    EvidenceMark,
    ExecutionSnapshot,
    ScopeSummary,
    SnapshotFormatError,
    SnapshotTooLargeError,
    room_of,
    shortened,
)
from tests.restore_safety.truth.strategies import COMPLETED, SCOPE, checks, entry, preview

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
        "schema_version": 4,
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
            "freeze": True,
            "four_eyes": True,
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
            "assignment_mode": "replace",
            "conditional_access_state": "as_backed_up",
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


def _size_of(snapshot):
    return len(rfc8785.dumps(snapshot.to_json()))


def _words(longest, **excluded):
    return st.text(st.characters(exclude_categories=["Cs"], **excluded), max_size=longest)


@given(
    st.fixed_dictionaries(
        {
            "confirmed_tenant": _words(300),
            "actor_name": _words(300),
            "reason": _words(1200),
            "acknowledged_warnings": st.lists(_words(80), max_size=60).map(tuple),
        }
    )
)
def test_a_snapshot_is_within_its_limit_or_is_none(texts):
    try:
        snapshot = dataclasses.replace(SNAPSHOT, **texts)
    except SnapshotTooLargeError:
        return

    assert _size_of(snapshot) <= SNAPSHOT_LIMIT
    assert ExecutionSnapshot.from_json(json.loads(json.dumps(snapshot.to_json()))) == snapshot


@pytest.mark.parametrize("letter", ["x", "é", "語", "\U0001f6e1", '"', "\\"])
def test_the_longest_names_the_columns_take_fit_into_a_snapshot(letter):
    snapshot = dataclasses.replace(
        SNAPSHOT,
        plan_hash=f"sha256:{'f' * 64}",
        confirmed_tenant=letter * 200,
        actor_name=letter * 150,
        reason=letter * 300,
        scope=dataclasses.replace(
            SNAPSHOT.scope, backup_set=str(UUID(int=0)), backup_digest=f"sha256:{'f' * 64}"
        ),
    )

    assert _size_of(snapshot) <= SNAPSHOT_LIMIT


@given(st.frozensets(_words(500, exclude_characters=""), max_size=300))
def test_no_number_of_items_and_no_name_of_one_makes_it_larger(items):
    entries = tuple(entry(ReferenceKind.GROUP, *pair) for pair in (("a", "b"), ("c", "d")))
    scope = dataclasses.replace(SCOPE, items=items, mapping=entries)

    snapshot = dataclasses.replace(SNAPSHOT, scope=ScopeSummary.of(scope))

    assert _size_of(snapshot) - _size_of(SNAPSHOT) <= 2


@pytest.mark.parametrize(
    "changes",
    [
        {"schema_version": 5},
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


@pytest.mark.parametrize(
    ("included", "mode"), [(True, AssignmentMode.REPLACE), (False, AssignmentMode.LEAVE)]
)
def test_snapshot_of_version_1_is_read_in_the_present_form(included, mode):
    stored = SNAPSHOT.to_json() | {"schema_version": 1}
    added = {"assignment_mode", "conditional_access_state"}
    stored["scope"] = {name: value for name, value in stored["scope"].items() if name not in added}
    stored["scope"]["include_assignments"] = included

    read = ExecutionSnapshot.from_json(stored)

    scope = dataclasses.replace(SNAPSHOT.scope, assignment_mode=mode)
    assert read == dataclasses.replace(SNAPSHOT, scope=scope)


def test_snapshot_names_the_restore_that_is_undone():
    undo = dataclasses.replace(SNAPSHOT, undoes=str(UUID(int=7)))

    assert undo.to_json() == SNAPSHOT.to_json() | {"undoes": str(UUID(int=7))}
    assert ExecutionSnapshot.from_json(undo.to_json()) == undo


@pytest.mark.parametrize("version", [2, 3])
def test_snapshot_of_an_earlier_version_is_read_in_the_present_form(version):
    stored = SNAPSHOT.to_json() | {"schema_version": version}

    assert ExecutionSnapshot.from_json(stored) == SNAPSHOT


@pytest.mark.parametrize(
    ("text", "room", "kept"),
    [
        ("Contoso", 7, "Contoso"),
        ("Contoso!", 7, "Cont…"),
        ("語語語", 9, "語語語"),
        ("語語語語", 9, "語語…"),
        ('""""', 7, '""…'),
        ("\x01\x01", 11, "\x01…"),
    ],
)
def test_a_text_too_long_for_its_room_is_cut_and_says_so(text, room, kept):
    assert shortened(text, room) == kept
    assert room_of(kept) <= room


@pytest.mark.parametrize("version", [1, 2])
def test_snapshot_of_one_version_with_the_scope_of_another_is_refused(version):
    stored = SNAPSHOT.to_json() | {"schema_version": version}
    if version == 2:
        stored["scope"] |= {"include_assignments": True}

    with pytest.raises(SnapshotFormatError):
        ExecutionSnapshot.from_json(stored)


def test_unfinished_capture_cannot_be_relied_on():
    with pytest.raises(ValueError, match="finished capture"):
        EvidenceMark.of("checks-1", checks(completed_at=None))
