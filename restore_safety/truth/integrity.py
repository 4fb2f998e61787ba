"""Integrity: whether evidence still speaks for the current scope, and why."""

from dataclasses import dataclass
from typing import assert_never

from restore_safety.truth.evidence import EVIDENCE_SCHEMA_VERSION, CaptureState, Evidence
from restore_safety.truth.fingerprint import fingerprint_of, is_known_version
from restore_safety.truth.scope import Scope, ScopeChange, changes_between
from restore_safety.truth.words import Word


class IntegrityState(Word):
    """The four answers."""

    CURRENT = "current", "Current", "It was captured for exactly this scope."
    STALE = "stale", "Stale", "It cannot prove that it belongs to this scope."
    INVALIDATED = "invalidated", "Invalidated", "The scope changed after it was captured."
    NOT_RUN = "not_run", "Not run", "It was never captured for this draft."


class IntegrityReason(Word):
    """Why the answer is what it is."""

    NEVER_CAPTURED = "never_captured", "Never captured", "Nothing was captured for this draft yet."
    MATCHES = "matches", "Matches", "The capture is complete and its fingerprint matches."
    SCOPE_MOVED = "scope_moved", "Scope changed", "The scope changed after the capture."
    MARKERS_MISSING = (
        "markers_missing",
        "Markers missing",
        "The record lacks the marks of a complete capture.",
    )
    UNKNOWN_FINGERPRINT_VERSION = (
        "unknown_fingerprint_version",
        "Unknown fingerprint",
        "The record's fingerprint has a form that cannot be compared.",
    )
    CAPTURE_UNFINISHED = "capture_unfinished", "Unfinished", "The capture has not finished."
    CAPTURE_GIVEN_UP = (
        "capture_given_up",
        "Given up",
        "No worker is on this capture any more, so it will never end.",
    )
    CAPTURE_FAILED = "capture_failed", "Capture failed", "The capture stopped before its end."
    OLDER_SCHEMA = "older_schema", "Older record", "The record was written in an older form."
    NEWER_SCHEMA = "newer_schema", "Newer record", "The record was written by a newer version."


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """The changes are known only when the evidence kept the scope it was captured for."""

    state: IntegrityState
    reason: IntegrityReason
    changes: tuple[ScopeChange, ...] = ()

    @property
    def is_current(self) -> bool:
        return self.state is IntegrityState.CURRENT


def integrity_of(evidence: Evidence | None, scope: Scope) -> Integrity:
    """Derived on every read. Age plays no part: a longest age is a gate, not a doubt."""
    if evidence is None:
        return Integrity(state=IntegrityState.NOT_RUN, reason=IntegrityReason.NEVER_CAPTURED)
    doubt = _doubt(evidence)
    if doubt is not None:
        return Integrity(state=IntegrityState.STALE, reason=doubt)
    if evidence.fingerprint == fingerprint_of(scope):
        return Integrity(state=IntegrityState.CURRENT, reason=IntegrityReason.MATCHES)
    return Integrity(
        state=IntegrityState.INVALIDATED,
        reason=IntegrityReason.SCOPE_MOVED,
        changes=changes_between(evidence.scope, scope) if evidence.scope else (),
    )


def _doubt(evidence: Evidence) -> IntegrityReason | None:
    if evidence.schema_version < EVIDENCE_SCHEMA_VERSION:
        return IntegrityReason.OLDER_SCHEMA
    if evidence.schema_version > EVIDENCE_SCHEMA_VERSION:
        return IntegrityReason.NEWER_SCHEMA
    match evidence.state:
        case CaptureState.CAPTURING:
            return _doubt_of_unfinished(evidence)
        case CaptureState.FAILED:
            return IntegrityReason.CAPTURE_FAILED
        case CaptureState.COMPLETE:
            return _doubt_of_complete(evidence)
        case _:
            assert_never(evidence.state)


def _doubt_of_unfinished(evidence: Evidence) -> IntegrityReason:
    if evidence.is_given_up:
        return IntegrityReason.CAPTURE_GIVEN_UP
    return IntegrityReason.CAPTURE_UNFINISHED


def _doubt_of_complete(evidence: Evidence) -> IntegrityReason | None:
    if not is_known_version(evidence.fingerprint):
        return IntegrityReason.UNKNOWN_FINGERPRINT_VERSION
    if not evidence.has_complete_markers:
        return IntegrityReason.MARKERS_MISSING
    return None


def why_not_current(integrity: Integrity, evidence: str) -> str:
    """Say why evidence of this name does not count for the scope; "" where it does."""
    if integrity.reason is IntegrityReason.CAPTURE_GIVEN_UP:
        return integrity.reason.sentence
    match integrity.state:
        case IntegrityState.NOT_RUN:
            return f"So far {evidence} never ran for this draft."
        case IntegrityState.STALE:
            return f"It is not proven that {evidence} ran for this scope."
        case IntegrityState.INVALIDATED:
            return f"The scope changed after {evidence} ran."
        case IntegrityState.CURRENT:
            return ""
        case _:
            assert_never(integrity.state)
