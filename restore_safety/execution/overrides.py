"""The safeguards that were overridden for one restore, and why."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from restore_safety.drafts.readiness import DraftStatus
from restore_safety.execution.confirmation import Confirmation
from restore_safety.models import RestoreRun
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.truth.overrides import Override
from restore_safety.truth.safety import GateCode
from restore_safety.truth.snapshot import FreezeOverride
from tenants.audit import trail
from tenants.change_windows.service import closure_of
from tenants.models import User


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideNote:
    """One safeguard that was overridden, with the reason that was typed."""

    override: Override
    reason: str


def overrides_of(run: RestoreRun) -> tuple[OverrideNote, ...]:
    """What was overridden for the run, as its snapshot keeps it."""
    snapshot = _snapshot_of(run)
    reasons = {
        Override.BREAK_GLASS: snapshot.get("break_glass") or "",
        Override.FREEZE: (snapshot.get("freeze_override") or {}).get("reason", ""),
    }
    return tuple(
        OverrideNote(override=override, reason=reason)
        for override, reason in reasons.items()
        if reason
    )


def freeze_override_of(
    status: DraftStatus, confirmation: Confirmation, *, at: datetime
) -> FreezeOverride | None:
    """Which windows a confirmation overrides; None where none of them is in the way."""
    is_in_the_way = any(
        gate.code is GateCode.FREEZE for gate in status.assessment.execution.refused
    )
    closure = closure_of(status.draft.tenant, at=at) if is_in_the_way else None
    if closure is None or not confirmation.freeze_override or confirmation.is_dry_run:
        return None
    return FreezeOverride(
        windows=tuple(sorted(closure.keys)), reason=confirmation.freeze_override.strip()
    )


def break_glass_of(status: DraftStatus, confirmation: Confirmation) -> str:
    """Why a restore is queued without the approval it needs; empty where none is missing."""
    is_in_the_way = any(
        gate.code is GateCode.FOUR_EYES for gate in status.assessment.execution.refused
    )
    return confirmation.break_glass.strip() if is_in_the_way and not confirmation.is_dry_run else ""


def record_overrides(run: RestoreRun, *, actor: User) -> None:
    """Add an event of its own to the trail for each safeguard that was overridden."""
    for note in overrides_of(run):
        match note.override:
            case Override.BREAK_GLASS:
                _record("restore.approval_overridden", run, actor=actor, reason=note.reason)
            case Override.FREEZE:
                _record("restore.freeze_overridden", run, actor=actor, reason=note.reason)


def _record(action: str, run: RestoreRun, *, actor: User, reason: str) -> None:
    trail.record(
        action=action,
        actor=actor,
        tenant=run.tenant,
        subject=f"restore_run:{run.pk}",
        detail={"reason": reason},
    )


def overridden_gates(run: RestoreRun) -> frozenset[GateCode]:
    """The gates that refuse and are passed all the same, for this run; a freeze is asked apart."""
    is_broken = bool(_snapshot_of(run).get("break_glass"))
    return frozenset({GateCode.FOUR_EYES}) if is_broken else frozenset()


def is_frozen(run: RestoreRun, *, at: datetime) -> bool:
    """Whether the tenant's change windows forbid this run to write at the moment.

    What was overridden for the run are the windows its snapshot names: another one that begins
    later stops it all the same.
    """
    closure = closure_of(run.tenant, at=at)
    if closure is None:
        return False
    override = _snapshot_of(run).get("freeze_override") or {}
    return not closure.keys <= frozenset(override.get("windows", ()))


def _snapshot_of(run: RestoreRun) -> dict[str, Any]:
    snapshot: dict[str, Any] = run.metadata.get(SNAPSHOT_KEY) or {}
    return snapshot
