"""What was known and confirmed when a restore was queued, read as it was written then."""

from dataclasses import dataclass

from restore_safety.badges import GATE_MET, GATE_REFUSED
from restore_safety.drafts.scope_sentences import ASSIGNMENTS_IN_WORDS, references_mapped
from restore_safety.models import Finding, RestoreRun
from restore_safety.models.evidence import code_in
from restore_safety.truth.snapshot import (
    EvidenceMark,
    ExecutionSnapshot,
    SnapshotFormatError,
    SnapshotTooLargeError,
)
from tenants.web.badges import Badge

# What an acknowledgement that is no finding of the checks was about.
_PREVIEW_ACKNOWLEDGEMENTS = {
    "preview-deletes": "Policies that are deleted from the tenant",
    "preview-blocked": "Policies that the preview leaves out of the restore",
    "preview-not-evaluable": "Policies that could not be compared with the tenant",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotSection:
    """The execution safety snapshot, read as it was written; nothing of it is worked out anew."""

    snapshot: ExecutionSnapshot
    acknowledged: tuple[str, ...]

    @property
    def facts(self) -> tuple[tuple[str, object], ...]:
        known = self.snapshot
        undoes = (("Undoes", f"Restore {known.undoes[:8]}"),) if known.undoes else ()
        return (
            *undoes,
            ("Safety", known.safety),
            ("First issue", known.primary_issue.sentence if known.primary_issue else "None"),
            ("Checks", known.checks_integrity),
            ("Checks captured", known.checks.captured_at if known.checks else None),
            ("Checks raised", _raised(known.checks)),
            ("Preview", known.preview_integrity),
            ("Preview captured", known.preview.captured_at if known.preview else None),
            ("Preview planned", _planned(known.preview)),
            ("Scope", self.scope),
            ("Existing policies", known.scope.conflict_policy.label),
            ("Conditional access state", known.scope.conditional_access_state.label),
        )

    @property
    def scope(self) -> str:
        scope = self.snapshot.scope
        count = scope.item_count
        policies = "1 policy" if count == 1 else f"{count} policies"
        assignments = ASSIGNMENTS_IN_WORDS[scope.assignment_mode]
        mapped = references_mapped(scope.mapping_count)
        return f"{policies} ({scope.mode.label.lower()}), {assignments}{mapped}"

    @property
    def confirmation(self) -> tuple[tuple[str, object], ...]:
        known = self.snapshot
        typed = (
            "Not asked: a dry run writes nothing" if known.is_dry_run else known.confirmed_tenant
        )
        return (
            ("Confirmed by", known.actor_name),
            ("Tenant's name typed", typed),
            ("Reason given", known.reason),
        )

    @property
    def gates(self) -> tuple[tuple[str, Badge], ...]:
        return tuple(
            (code.label, GATE_MET if passed else GATE_REFUSED)
            for code, passed in self.snapshot.gates
        )

    @property
    def gates_summary(self) -> str:
        met = sum(passed for _, passed in self.snapshot.gates)
        return f"{met} of {len(self.snapshot.gates)} conditions for starting held"


def snapshot_section(run: RestoreRun) -> SnapshotSection | None:
    """What was known at queueing; None when the record is of a form that cannot be read."""
    try:
        snapshot = run.execution_safety_snapshot
    except (SnapshotFormatError, SnapshotTooLargeError):
        return None
    return SnapshotSection(snapshot=snapshot, acknowledged=_acknowledged(snapshot))


def _acknowledged(snapshot: ExecutionSnapshot) -> tuple[str, ...]:
    """What was accepted one by one, in the words the operator saw."""
    titles = dict(_PREVIEW_ACKNOWLEDGEMENTS)
    if snapshot.checks is not None:
        for finding in Finding.objects.filter(evidence__id=snapshot.checks.evidence_id):
            # Snapshots of before name a finding by its place.
            titles[finding.key] = titles[f"{finding.code}-{finding.position}"] = finding.title
    return tuple(
        titles.get(key) or titles.get(code_in(key), key) for key in snapshot.acknowledged_warnings
    )


def _raised(checks: EvidenceMark | None) -> str:
    if checks is None:
        return ""
    counts = dict(checks.counts)
    return _listed(
        (counts["blockers"], "blocker"),
        (counts["unknowns"], "unknown"),
        (counts["warnings"], "warning"),
    )


def _planned(preview: EvidenceMark | None) -> str:
    if preview is None:
        return ""
    counts = dict(preview.counts)
    skipped = counts["blocked"] + counts["not_evaluable"]
    return f"{_listed((counts['writes'], 'write'))}, {skipped} left out"


def _listed(*counted: tuple[int, str]) -> str:
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counted)
