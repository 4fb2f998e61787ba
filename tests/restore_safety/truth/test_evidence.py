import dataclasses
from datetime import datetime, timedelta

import pytest

from restore_safety.truth.evidence import CaptureState, Evidence, EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from tests.restore_safety.truth.strategies import COMPLETED, SCOPE, STARTED, checks, preview

FOUND = {
    "blockers": 1,
    "warnings": 2,
    "unknowns": 3,
    "suppressed_claims": 4,
    "writes": 5,
    "not_evaluable": 6,
    "blocked": 7,
}


def test_a_bare_capture_has_found_nothing_and_has_no_plan():
    bare = Evidence(
        kind=EvidenceKind.CHECKS,
        fingerprint=fingerprint_of(SCOPE),
        state=CaptureState.CAPTURING,
        started_at=STARTED,
        completed_at=None,
        scope=SCOPE,
    )

    assert (bare.schema_version, bare.plan_hash, bare.is_given_up) == (1, "", False)
    assert bare.counts == dict.fromkeys(FOUND, 0)


def test_every_count_is_told_under_its_own_name():
    assert checks(**FOUND).counts == FOUND


@pytest.mark.parametrize("name", FOUND)
def test_fewer_than_none_cannot_have_been_found(name):
    assert checks(**{name: 0}).counts[name] == 0
    with pytest.raises(ValueError, match="fewer than none"):
        checks(**{name: -1})


@pytest.mark.parametrize("state", [CaptureState.COMPLETE, CaptureState.FAILED])
def test_only_what_has_not_ended_can_be_given_up(state):
    assert checks(state=CaptureState.CAPTURING, is_given_up=True).is_given_up
    with pytest.raises(ValueError, match=r"^Only a capture that has not ended can be given up"):
        checks(state=state, is_given_up=True)


@pytest.mark.parametrize("moment", ["started_at", "completed_at"])
def test_a_moment_needs_its_time_zone(moment):
    with pytest.raises(ValueError, match="time zone"):
        checks(**{moment: datetime(2026, 1, 1)})  # noqa: DTZ001 -- what is refused


OTHER = dataclasses.replace(SCOPE, include_foundations=True)
MARKED = [
    (checks(), True),
    (preview(), True),
    (checks(plan_hash="sha256:plan"), True),
    (checks(completed_at=STARTED), True),
    (dataclasses.replace(checks(), scope=None), True),
    (checks(state=CaptureState.CAPTURING), False),
    (checks(state=CaptureState.FAILED), False),
    (checks(started_at=None), False),
    (checks(completed_at=None), False),
    (checks(started_at=COMPLETED + timedelta(seconds=1)), False),
    (preview(plan_hash=""), False),
    (dataclasses.replace(checks(), scope=OTHER), False),
    (dataclasses.replace(preview(), scope=OTHER), False),
]


@pytest.mark.parametrize(("captured", "is_marked"), MARKED)
def test_complete_markers_prove_a_whole_capture_of_its_own_scope(captured, is_marked):
    assert captured.has_complete_markers is is_marked
