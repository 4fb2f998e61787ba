"""What an operator sends to confirm a restore, and the conditions it can be refused for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from restore_safety.truth.safety import GateCode

REASON_LENGTH = 300
OVERRIDE_REASON_LENGTH = 200
# How far ahead a start can be scheduled: evidence and people do not stay the same for longer.
FARTHEST_START = timedelta(days=30)


class Refusal(StrEnum):
    """Which condition kept a restore from being queued."""

    CONFIRMATION_INVALID = "confirmation_invalid"
    ALREADY_QUEUED = "already_queued"
    SCOPE_CHANGED = "scope_changed"
    CHECKS_NOT_CURRENT = "checks_not_current"
    PREVIEW_NOT_CURRENT = "preview_not_current"
    EVIDENCE_REPLACED = "evidence_replaced"
    PLAN_ALTERED = "plan_altered"
    BLOCKED = "blocked"
    GATE_REFUSED = "gate_refused"
    NAME_NOT_TYPED = "name_not_typed"
    WARNINGS_NOT_ACKNOWLEDGED = "warnings_not_acknowledged"
    REASON_MISSING = "reason_missing"
    TOO_MUCH_RAISED = "too_much_raised"
    TENANT_BUSY = "tenant_busy"
    SIGN_IN_TOO_OLD = "sign_in_too_old"
    FROZEN = "frozen"
    OVERRIDE_INCOMPLETE = "override_incomplete"
    NOT_APPROVED = "not_approved"
    START_INVALID = "start_invalid"


class RestoreRefusedError(Exception):
    """The restore was not queued; the sentence says which condition failed and what to do."""

    def __init__(self, refusal: Refusal, sentence: str) -> None:
        super().__init__(sentence)
        self.refusal = refusal
        self.sentence = sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What the operator sent: the signed offer they saw, and what they typed and ticked."""

    offer: str
    is_dry_run: bool
    typed_name: str = ""
    acknowledged: frozenset[str] = frozenset()
    reason: str = ""
    freeze_override: str = ""
    break_glass: str = ""
    break_glass_name: str = ""
    starts_at: datetime | None = None

    @property
    def key(self) -> str:
        """The same confirmation sent twice has the same key."""
        mode = "dry" if self.is_dry_run else "real"
        return hashlib.sha256(f"{mode}:{self.offer}".encode()).hexdigest()

    @property
    def overrides(self) -> frozenset[GateCode]:
        """The gates this confirmation passes although they refuse, for a reason it states."""
        reasons = {
            GateCode.FREEZE: self.freeze_override,
            GateCode.FOUR_EYES: self.break_glass,
        }
        return frozenset(code for code, reason in reasons.items() if reason)

    def reason_for(self, code: GateCode) -> str:
        """Why the gate is overridden, as it is kept."""
        said = self.freeze_override if code is GateCode.FREEZE else self.break_glass
        return said.strip()
