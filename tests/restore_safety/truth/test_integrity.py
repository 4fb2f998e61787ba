import dataclasses
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from restore_safety.truth.evidence import CaptureState, EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.integrity import Integrity, IntegrityReason, IntegrityState, integrity_of
from restore_safety.truth.scope import changes_between
from tests.restore_safety.truth.strategies import (
    COMPLETED,
    SCOPE,
    STARTED,
    checks,
    evidence,
    preview,
    scopes,
)

OTHER = dataclasses.replace(SCOPE, include_foundations=True)


def test_nothing_captured_is_not_run():
    assert integrity_of(None, SCOPE) == Integrity(
        state=IntegrityState.NOT_RUN, reason=IntegrityReason.NEVER_CAPTURED
    )


@pytest.mark.parametrize("kind", EvidenceKind)
def test_complete_evidence_of_this_scope_is_current(kind):
    assert integrity_of(evidence(kind), SCOPE) == Integrity(
        state=IntegrityState.CURRENT, reason=IntegrityReason.MATCHES
    )


def test_moved_scope_invalidates_and_says_what_moved():
    assert integrity_of(checks(), OTHER) == Integrity(
        state=IntegrityState.INVALIDATED,
        reason=IntegrityReason.SCOPE_MOVED,
        changes=changes_between(SCOPE, OTHER),
    )


def test_moved_scope_invalidates_even_if_the_earlier_one_was_not_kept():
    bare = dataclasses.replace(checks(), scope=None)

    assert integrity_of(bare, OTHER) == Integrity(
        state=IntegrityState.INVALIDATED, reason=IntegrityReason.SCOPE_MOVED
    )
    assert integrity_of(bare, SCOPE).is_current


@pytest.mark.parametrize(
    ("is_given_up", "reason"),
    [(False, IntegrityReason.CAPTURE_UNFINISHED), (True, IntegrityReason.CAPTURE_GIVEN_UP)],
)
@pytest.mark.parametrize("scope", [SCOPE, OTHER])
def test_capture_nobody_works_on_is_told_from_one_under_way(scope, is_given_up, reason):
    seen = checks(state=CaptureState.CAPTURING, completed_at=None, is_given_up=is_given_up)

    assert integrity_of(seen, scope) == Integrity(state=IntegrityState.STALE, reason=reason)


def test_scope_changed_back_makes_it_current_again():
    captured = checks()

    states = [integrity_of(captured, scope).state for scope in (SCOPE, OTHER, SCOPE)]

    assert states == [IntegrityState.CURRENT, IntegrityState.INVALIDATED, IntegrityState.CURRENT]


STALE = [
    (checks(state=CaptureState.CAPTURING, completed_at=None), "capture_unfinished"),
    (checks(state=CaptureState.CAPTURING), "capture_unfinished"),
    (checks(state=CaptureState.FAILED), "capture_failed"),
    (checks(schema_version=0), "older_schema"),
    (checks(schema_version=2), "newer_schema"),
    (checks(started_at=None), "markers_missing"),
    (checks(completed_at=None), "markers_missing"),
    (checks(completed_at=STARTED - timedelta(seconds=1)), "markers_missing"),
    (preview(plan_hash=""), "markers_missing"),
    (dataclasses.replace(checks(), scope=OTHER), "markers_missing"),
    (checks(fingerprint=""), "unknown_fingerprint_version"),
    (checks(fingerprint="rs0:" + "0" * 64), "unknown_fingerprint_version"),
    (checks(fingerprint="rs1:short"), "unknown_fingerprint_version"),
]


@pytest.mark.parametrize(("doubtful", "reason"), STALE)
@pytest.mark.parametrize("scope", [SCOPE, OTHER])
def test_what_cannot_prove_itself_is_stale_for_any_scope(doubtful, reason, scope):
    assert integrity_of(doubtful, scope) == Integrity(
        state=IntegrityState.STALE, reason=IntegrityReason(reason)
    )


@given(st.datetimes(timezones=st.just(UTC)), st.sampled_from(EvidenceKind))
def test_age_never_matters(moment, kind):
    captured = evidence(kind, started_at=moment, completed_at=moment)

    assert integrity_of(captured, SCOPE).is_current


@given(
    captured_for=scopes,
    now=scopes,
    kind=st.sampled_from(EvidenceKind),
    marks=st.fixed_dictionaries(
        {
            "state": st.sampled_from(CaptureState),
            "started_at": st.sampled_from([None, STARTED]),
            "completed_at": st.sampled_from([None, COMPLETED]),
            "plan_hash": st.sampled_from(["", "sha256:plan"]),
        }
    ),
    is_moved=st.booleans(),
)
def test_current_exactly_when_the_fingerprints_match_and_the_markers_are_complete(
    captured_for, now, kind, marks, is_moved
):
    captured = evidence(kind, captured_for, **marks)
    scope = now if is_moved else captured_for
    is_whole = (
        marks["state"] is CaptureState.COMPLETE
        and marks["started_at"] is not None
        and marks["completed_at"] is not None
        and (kind is EvidenceKind.CHECKS or marks["plan_hash"] != "")
    )

    integrity = integrity_of(captured, scope)

    assert captured.has_complete_markers is is_whole
    assert integrity.is_current is (is_whole and fingerprint_of(scope) == captured.fingerprint)
    assert (integrity.state is IntegrityState.STALE) is not is_whole
    assert (integrity.changes != ()) is (integrity.state is IntegrityState.INVALIDATED)
