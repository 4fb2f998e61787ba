"""What was known at queueing: read back as it was written, whatever changed since."""

import pytest

from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.restores.pages.snapshot import snapshot_section
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.safety import SafetyReadiness
from restore_safety.truth.scope import AssignmentMode
from restore_safety.truth.snapshot import EvidenceBasis, ScopeBasis, SnapshotFormatError
from tests.restore_safety.factories_runs import (
    EvidenceFactory,
    FindingFactory,
    RestoreRunFactory,
    snapshot_of,
)


@pytest.fixture
def run(tenant, operator):
    return RestoreRunFactory(tenant=tenant, requested_by=operator, status=RestoreStatus.PARTIAL)


def test_what_was_known_is_read_as_it_was_written(run):
    known = snapshot_section(run)

    assert known.snapshot == snapshot_of(run)
    assert dict(known.facts)["Safety"] is SafetyReadiness.READY_WITH_CAUTION
    assert known.confirmation == (
        ("Confirmed by", "operator"),
        ("Tenant's name typed", "Contoso"),
        ("Reason given", "Change 4711"),
    )
    assert known.gates_summary == "9 of 9 conditions for starting held"


def test_what_was_known_does_not_follow_later_changes(run):
    before = snapshot_section(run)

    run.draft.assignment_mode = AssignmentMode.LEAVE
    run.draft.save()
    run.preview.writes = 99
    run.preview.save()

    assert snapshot_section(run) == before


@pytest.mark.parametrize("stored", [{}, {SNAPSHOT_KEY: {"schema_version": 99}}])
def test_what_was_known_is_withheld_when_it_cannot_be_read(run, stored):
    run.metadata = stored

    assert snapshot_section(run) is None


@pytest.mark.parametrize("named", ["now", "by its place"])
def test_acknowledgements_are_told_in_the_words_that_were_seen(run, named):
    checks = EvidenceFactory(draft=run.draft, kind=EvidenceKind.CHECKS, plan_hash="")
    raised = FindingFactory(evidence=checks, position=3, title="Reaches everybody")
    left_out = {"now": "preview-blocked-0a1b2c3d4e5f", "by its place": "preview-blocked"}[named]
    keys = [raised.key if named == "now" else "broad_assignment-3", left_out, "gone-1"]
    run.metadata = {SNAPSHOT_KEY: snapshot_of(run, checks=checks, acknowledged=keys).to_json()}

    assert sorted(snapshot_section(run).acknowledged) == [
        "Policies that the preview leaves out of the restore",
        "Reaches everybody",
        "gone-1",
    ]


def test_a_run_answers_its_bases_by_name(run):
    known = snapshot_of(run)

    assert run.execution_safety_snapshot == known
    assert run.scope_basis == ScopeBasis(fingerprint=run.fingerprint, summary=known.scope)
    assert run.check_basis == EvidenceBasis(mark=known.checks, integrity=known.checks_integrity)
    assert run.preview_basis == EvidenceBasis(
        mark=known.preview, integrity=known.preview_integrity, plan_hash=run.plan_hash
    )


def test_bases_of_a_record_that_cannot_be_read_are_an_error(run):
    run.metadata = {}

    for basis in ("scope_basis", "check_basis", "preview_basis"):
        with pytest.raises(SnapshotFormatError):
            getattr(run, basis)
