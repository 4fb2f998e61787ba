"""Evidence: what checks or a preview found, bound to the fingerprint it was captured for."""

from dataclasses import dataclass
from datetime import datetime

from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.scope import Scope
from restore_safety.truth.words import Word

EVIDENCE_SCHEMA_VERSION = 1


class EvidenceKind(Word):
    """The two sources of evidence."""

    CHECKS = "checks", "Checks", "The risk checks over the chosen items and the tenant."
    PREVIEW = "preview", "Preview", "What a restore would write, compared with the tenant."


class CaptureState(Word):
    """How far the capture of one piece of evidence got."""

    CAPTURING = "capturing", "Capturing", "The capture is under way and proves nothing yet."
    COMPLETE = "complete", "Complete", "The capture ran to its end."
    FAILED = "failed", "Failed", "The capture stopped before its end and proves nothing."


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The counts say how much was raised; the findings themselves are rows beside it.

    A capture is given up when it has not ended and no worker is on it any more.
    """

    kind: EvidenceKind
    fingerprint: str
    schema_version: int = EVIDENCE_SCHEMA_VERSION
    state: CaptureState
    started_at: datetime | None
    completed_at: datetime | None
    scope: Scope | None
    blockers: int = 0
    warnings: int = 0
    unknowns: int = 0
    suppressed_claims: int = 0
    writes: int = 0
    not_evaluable: int = 0
    blocked: int = 0
    plan_hash: str = ""
    is_given_up: bool = False

    def __post_init__(self) -> None:
        if min(self.counts.values()) < 0:
            raise ValueError("Evidence cannot have found fewer than none.")
        if self.is_given_up and self.state is not CaptureState.CAPTURING:
            raise ValueError("Only a capture that has not ended can be given up.")
        moments = (self.started_at, self.completed_at)
        if any(moment and moment.utcoffset() is None for moment in moments):
            raise ValueError("A moment of evidence needs its time zone.")

    @property
    def counts(self) -> dict[str, int]:
        return {
            "blockers": self.blockers,
            "warnings": self.warnings,
            "unknowns": self.unknowns,
            "suppressed_claims": self.suppressed_claims,
            "writes": self.writes,
            "not_evaluable": self.not_evaluable,
            "blocked": self.blocked,
        }

    @property
    def has_complete_markers(self) -> bool:
        """Whether the record proves that its capture ran from start to end, for its own scope."""
        return (
            self.state is CaptureState.COMPLETE
            and self.started_at is not None
            and self.completed_at is not None
            and self.started_at <= self.completed_at
            and (self.kind is not EvidenceKind.PREVIEW or self.plan_hash != "")
            and (self.scope is None or fingerprint_of(self.scope) == self.fingerprint)
        )
