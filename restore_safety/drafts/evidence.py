"""How evidence stands, in plain words: one account for the rail, the stepper and the step."""

from dataclasses import dataclass, replace
from datetime import datetime

from operations.liveness import Liveness, liveness_of
from operations.models import OperationRun
from operations.processes import services_at
from restore_safety.drafts.service import EvidenceStatus
from restore_safety.models import CapturedEvidence
from restore_safety.truth.evidence import EVIDENCE_SCHEMA_VERSION, EvidenceKind
from restore_safety.truth.evidence import CaptureState as Capture
from restore_safety.truth.fingerprint import fingerprint_of, is_known_version
from restore_safety.truth.integrity import IntegrityReason, IntegrityState

_UNDER_WAY_FOR_ANOTHER_SCOPE = (
    "What is being captured is for the scope before it changed: it will not speak for this one."
)
_NOT_TOLD = "It stopped before its end and left no reason."


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceAccount:
    """One kind of evidence: its state, why it is in it, and what is to be done about that."""

    kind: EvidenceKind
    state: IntegrityState | Capture
    sentence: str
    what_to_do: str = ""
    captured: CapturedEvidence | None = None
    worker: Liveness | None = None

    @property
    def is_under_way(self) -> bool:
        """Whether it is being captured for the scope as it is, so that waiting may help."""
        return self.worker is not None

    @property
    def by(self) -> str:
        if self.captured is None:
            return ""
        return str(self.captured.captured_by or "a former member")

    @property
    def progress_note(self) -> str:
        """What the worker last said it is at; nothing while it has said nothing."""
        run = self.captured.operation_run if self.captured and self.is_under_way else None
        return run.progress_note if run else ""


def account_of(  # noqa: PLR0911 -- one flat line per reason
    *, kind: EvidenceKind, status: EvidenceStatus, fingerprint: str, now: datetime
) -> EvidenceAccount:
    """What is to be said of this kind of evidence, for the scope with this fingerprint."""
    captured, integrity = status.captured, status.integrity
    run_it = f"Run the {kind.label.lower()}"
    plain = EvidenceAccount(
        kind=kind,
        state=integrity.state,
        sentence=integrity.reason.sentence,
        what_to_do=f"{run_it} again.",
        captured=captured,
    )
    if captured is None:
        return replace(plain, what_to_do=f"{run_it}.")
    match integrity.reason:
        case IntegrityReason.MATCHES:
            return replace(plain, what_to_do="")
        case IntegrityReason.SCOPE_MOVED:
            return replace(plain, what_to_do=f"{run_it} again, or change the scope back.")
        case IntegrityReason.CAPTURE_FAILED:
            said = captured.failure or _NOT_TOLD
            return replace(plain, state=Capture.FAILED, sentence=said)
        case IntegrityReason.CAPTURE_GIVEN_UP:
            return plain
        case IntegrityReason.CAPTURE_UNFINISHED if captured.operation_run:
            return _unfinished(plain, captured, captured.operation_run, fingerprint, now)
        case _:
            said = " ".join((plain.sentence, *doubts_about(captured)))
            return replace(plain, sentence=said)


def _unfinished(
    plain: EvidenceAccount,
    captured: CapturedEvidence,
    run: OperationRun,
    fingerprint: str,
    now: datetime,
) -> EvidenceAccount:
    if captured.fingerprint != fingerprint:
        return replace(plain, sentence=_UNDER_WAY_FOR_ANOTHER_SCOPE)
    worker = liveness_of(run, now)
    return replace(
        plain,
        state=Capture.CAPTURING,
        sentence=worker.sentence,
        what_to_do=services_at(now).next_step(worker),
        worker=worker,
    )


def doubts_about(captured: CapturedEvidence) -> tuple[str, ...]:
    """What exactly a record lacks to prove that it speaks for a scope; empty when nothing."""
    scope, fingerprint = captured.to_truth().scope, captured.fingerprint
    started, completed = captured.started_at, captured.completed_at
    is_comparable = is_known_version(fingerprint)
    found = (
        (
            captured.schema_version != EVIDENCE_SCHEMA_VERSION,
            f"Its form is {captured.schema_version}; this version reads {EVIDENCE_SCHEMA_VERSION}.",
        ),
        (
            not is_comparable,
            f"Its fingerprint begins with “{fingerprint[:8]}”, which this version does not know.",
        ),
        (scope is None, "Missing: the scope it was captured for, in a form that can be read."),
        (
            is_comparable and scope is not None and fingerprint_of(scope) != fingerprint,
            "Its fingerprint is not that of the scope it keeps.",
        ),
        (completed is None, "Missing: when the capture ended."),
        (completed is not None and completed < started, "It ended before it began."),
        (
            captured.kind == EvidenceKind.PREVIEW and not captured.plan_hash,
            "Missing: the digest of its plan.",
        ),
    )
    return tuple(sentence for is_so, sentence in found if is_so)
