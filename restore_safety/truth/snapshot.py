"""The execution safety snapshot: what was known and confirmed when a restore was queued."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from restore_safety.truth.evidence import Evidence
from restore_safety.truth.integrity import IntegrityState
from restore_safety.truth.safety import GateCode, Issue, IssueCode, SafetyReadiness
from restore_safety.truth.scope import (
    AssignmentMode,
    ConditionalAccessState,
    ConflictPolicy,
    Scope,
    ScopeMode,
)
from tenants.canonical_json import canonical

SNAPSHOT_SCHEMA_VERSION = 4
_VERSION_WITHOUT_UNDO = 3
_VERSION_WITHOUT_FOUR_EYES = 2
_VERSION_WITHOUT_MODES = 1
SNAPSHOT_LIMIT = 4096
# What each text may take of that, in bytes as it is stored: with all of them at their bound, with
# every override and all change windows, there is room left.
REASON_ROOM = 450
OVERRIDE_REASON_ROOM = 300
NAME_ROOM = 120
SENTENCE_ROOM = 160


class SnapshotTooLargeError(ValueError):
    """The snapshot would exceed what is kept with every run; its free texts must be shorter."""


class SnapshotFormatError(ValueError):
    """A stored snapshot that cannot be read back."""


def room_of(text: str) -> int:
    """How many bytes a snapshot needs for the text: a letter takes up to six."""
    return len(canonical(text)) - len('""')


def shortened(text: str, room: int) -> str:
    """The text, or as much of its beginning as fits, marked as cut."""
    if room_of(text) <= room:
        return text
    left = room - room_of("…")
    kept = ""
    for letter in text:
        left -= room_of(letter)
        if left < 0:
            break
        kept += letter
    return f"{kept}…"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeSummary:
    """The scope in numbers: enough to read, too little to leak."""

    mode: ScopeMode
    item_count: int
    assignment_mode: AssignmentMode
    conditional_access_state: ConditionalAccessState
    conflict_policy: ConflictPolicy
    include_foundations: bool
    mapping_count: int
    backup_set: str
    backup_digest: str

    @classmethod
    def of(cls, scope: Scope) -> Self:
        return cls(
            mode=scope.mode,
            item_count=len(scope.items),
            assignment_mode=scope.assignment_mode,
            conditional_access_state=scope.conditional_access_state,
            conflict_policy=scope.conflict_policy,
            include_foundations=scope.include_foundations,
            mapping_count=len(scope.mapping),
            backup_set=scope.backup_set,
            backup_digest=scope.backup_digest,
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "mode": self.mode.value,
            "item_count": self.item_count,
            "assignment_mode": self.assignment_mode.value,
            "conditional_access_state": self.conditional_access_state.value,
            "conflict_policy": self.conflict_policy.value,
            "include_foundations": self.include_foundations,
            "mapping_count": self.mapping_count,
            "backup_set": self.backup_set,
            "backup_digest": self.backup_digest,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            **{
                **stored,
                "mode": ScopeMode(stored["mode"]),
                "assignment_mode": AssignmentMode(stored["assignment_mode"]),
                "conditional_access_state": ConditionalAccessState(
                    stored["conditional_access_state"]
                ),
                "conflict_policy": ConflictPolicy(stored["conflict_policy"]),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceMark:
    """Which evidence was relied on, when it was captured, and how much it had raised."""

    evidence_id: str
    captured_at: datetime
    counts: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, evidence_id: str, evidence: Evidence) -> Self:
        if evidence.completed_at is None:
            raise ValueError("Only a finished capture can be relied on.")
        return cls(
            evidence_id=evidence_id,
            captured_at=evidence.completed_at,
            counts=tuple(sorted(evidence.counts.items())),
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "evidence_id": self.evidence_id,
            "captured_at": self.captured_at.isoformat(),
            "counts": dict(self.counts),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(
            evidence_id=stored["evidence_id"],
            captured_at=datetime.fromisoformat(stored["captured_at"]),
            counts=tuple(sorted(stored["counts"].items())),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeBasis:
    """What a restore was confirmed for: the fingerprint of its scope, and the scope in numbers."""

    fingerprint: str
    summary: ScopeSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceBasis:
    """Which evidence a restore was queued on, and how it held against the scope at that moment.

    Without a mark there was none, which only a dry run may have; `plan_hash` is the preview's.
    """

    mark: EvidenceMark | None
    integrity: IntegrityState
    plan_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalMark:
    """Which request was approved, when, and who did it; the request itself holds the reason."""

    request_id: str
    approver_id: str
    approver_name: str
    approved_at: datetime

    def to_json(self) -> dict[str, Any]:
        return {
            "request_id": self.request_id,
            "approver_id": self.approver_id,
            "approver_name": self.approver_name,
            "approved_at": self.approved_at.isoformat(),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**{**stored, "approved_at": datetime.fromisoformat(stored["approved_at"])})


@dataclass(frozen=True, slots=True, kw_only=True)
class FreezeOverride:
    """The change windows that were overridden for this restore alone, and why."""

    windows: tuple[int, ...]
    reason: str

    def to_json(self) -> dict[str, Any]:
        return {"windows": sorted(self.windows), "reason": self.reason}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(windows=tuple(stored["windows"]), reason=stored["reason"])


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionSnapshot:
    """Written once, read for ever; holds no payload, no secret and no item.

    A dry run may be queued without evidence, so either mark can be absent. `break_glass` is the
    reason for starting without the approval the tenant needs, `undoes` the restore that is undone.
    """

    schema_version: int = SNAPSHOT_SCHEMA_VERSION
    fingerprint: str
    plan_hash: str
    checks: EvidenceMark | None
    preview: EvidenceMark | None
    checks_integrity: IntegrityState
    preview_integrity: IntegrityState
    gates: tuple[tuple[GateCode, bool], ...]
    safety: SafetyReadiness
    primary_issue: Issue | None
    acknowledged_warnings: tuple[str, ...]
    confirmed_tenant: str
    actor_id: str
    actor_name: str
    reason: str
    is_dry_run: bool
    queued_at: datetime
    scope: ScopeSummary
    undoes: str = ""
    starts_at: datetime | None = None
    approval: ApprovalMark | None = None
    break_glass: str = ""
    freeze_override: FreezeOverride | None = None

    def __post_init__(self) -> None:
        object.__setattr__(
            self, "acknowledged_warnings", tuple(sorted(set(self.acknowledged_warnings)))
        )
        size = len(canonical(self.to_json()))
        if size > SNAPSHOT_LIMIT:
            raise SnapshotTooLargeError(
                f"The snapshot needs {size} bytes and may have {SNAPSHOT_LIMIT}."
            )

    @property
    def scope_basis(self) -> ScopeBasis:
        return ScopeBasis(fingerprint=self.fingerprint, summary=self.scope)

    @property
    def check_basis(self) -> EvidenceBasis:
        return EvidenceBasis(mark=self.checks, integrity=self.checks_integrity)

    @property
    def preview_basis(self) -> EvidenceBasis:
        return EvidenceBasis(
            mark=self.preview, integrity=self.preview_integrity, plan_hash=self.plan_hash
        )

    def to_json(self) -> dict[str, Any]:
        return {
            "schema_version": self.schema_version,
            "fingerprint": self.fingerprint,
            "plan_hash": self.plan_hash,
            "checks": self.checks.to_json() if self.checks else None,
            "preview": self.preview.to_json() if self.preview else None,
            "checks_integrity": self.checks_integrity.value,
            "preview_integrity": self.preview_integrity.value,
            "gates": {code.value: passed for code, passed in self.gates},
            "safety": self.safety.value,
            "primary_issue": _issue_to_json(self.primary_issue),
            "acknowledged_warnings": list(self.acknowledged_warnings),
            "confirmed_tenant": self.confirmed_tenant,
            "actor_id": self.actor_id,
            "actor_name": self.actor_name,
            "reason": self.reason,
            "is_dry_run": self.is_dry_run,
            "queued_at": self.queued_at.isoformat(),
            "scope": self.scope.to_json(),
        } | dict(self._beyond_the_usual())

    def _beyond_the_usual(self) -> Iterator[tuple[str, Any]]:
        """What most restores have nothing of is kept only where it is: the room is bounded."""
        if self.undoes:
            yield "undoes", self.undoes
        if self.starts_at:
            yield "starts_at", self.starts_at.isoformat()
        if self.approval:
            yield "approval", self.approval.to_json()
        if self.break_glass:
            yield "break_glass", self.break_glass
        if self.freeze_override:
            yield "freeze_override", self.freeze_override.to_json()

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """Read back what to_json wrote, now or in an earlier version, in the present form."""
        version = stored.get("schema_version")
        if version not in _VERSIONS:
            raise SnapshotFormatError("The snapshot was written in another form.")
        try:
            if version == _VERSION_WITHOUT_MODES:
                stored = _from_version_1(stored)
            stored = {**stored, "schema_version": SNAPSHOT_SCHEMA_VERSION}
            return cls(**_fields_of(stored))
        except SnapshotTooLargeError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise SnapshotFormatError("The snapshot cannot be read back.") from error


_VERSIONS = (
    SNAPSHOT_SCHEMA_VERSION,
    _VERSION_WITHOUT_UNDO,
    _VERSION_WITHOUT_FOUR_EYES,
    _VERSION_WITHOUT_MODES,
)


def _from_version_1(stored: Mapping[str, Any]) -> dict[str, Any]:
    """A snapshot of version 1, whose scope restored the assignments or left them."""
    scope = dict(stored["scope"])
    included = scope.pop("include_assignments")
    scope["assignment_mode"] = AssignmentMode.REPLACE if included else AssignmentMode.LEAVE
    scope["conditional_access_state"] = ConditionalAccessState.AS_BACKED_UP
    return {**stored, "scope": scope}


def _fields_of(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **stored,
        "checks": EvidenceMark.from_json(stored["checks"]) if stored["checks"] else None,
        "preview": EvidenceMark.from_json(stored["preview"]) if stored["preview"] else None,
        "checks_integrity": IntegrityState(stored["checks_integrity"]),
        "preview_integrity": IntegrityState(stored["preview_integrity"]),
        # in the order the gates are declared: a JSON column need not keep that of its keys
        "gates": _in_declared_order(stored["gates"]),
        "safety": SafetyReadiness(stored["safety"]),
        "primary_issue": _issue_from_json(stored["primary_issue"]),
        "acknowledged_warnings": tuple(stored["acknowledged_warnings"]),
        "queued_at": datetime.fromisoformat(stored["queued_at"]),
        "scope": ScopeSummary.from_json(stored["scope"]),
    } | dict(_beyond_the_usual(stored))


def _beyond_the_usual(stored: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if "starts_at" in stored:
        yield "starts_at", datetime.fromisoformat(stored["starts_at"])
    if "approval" in stored:
        yield "approval", ApprovalMark.from_json(stored["approval"])
    if "freeze_override" in stored:
        yield "freeze_override", FreezeOverride.from_json(stored["freeze_override"])


def _in_declared_order(gates: Mapping[str, bool]) -> tuple[tuple[GateCode, bool], ...]:
    known = {GateCode(code): passed for code, passed in gates.items()}
    return tuple((code, known[code]) for code in GateCode if code in known)


def _issue_to_json(issue: Issue | None) -> dict[str, str] | None:
    return {"code": issue.code.value, "sentence": issue.sentence} if issue else None


def _issue_from_json(stored: Mapping[str, str] | None) -> Issue | None:
    if stored is None:
        return None
    return Issue(code=IssueCode(stored["code"]), sentence=stored["sentence"])
