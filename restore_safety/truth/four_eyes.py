"""Four eyes: how a request for approval stands, derived from what it was bound to and what holds.

A request is bound to the scope's fingerprint, the target directory, both evidences and the plan. It
is decided within the tenant's time; an approval counts for as long again, and for a scheduled start
until that start. The answer, first match wins: used, withdrawn, rejected, void, expired, then
approved or waiting.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from restore_safety.truth.words import Word

# A scheduled restore may have to wait this long for another one before it starts.
LONGEST_WAIT_FOR_START = timedelta(hours=1)


class ApprovalState(Word):
    """How a request for approval stands."""

    WAITING = "waiting", "Waiting for approval", "No one has decided on it yet."
    APPROVED = "approved", "Approved", "Another person approved exactly this plan."
    REJECTED = "rejected", "Rejected", "Another person rejected it."
    WITHDRAWN = "withdrawn", "Withdrawn", "Whoever asked for approval took that back."
    VOID = "void", "Void", "Something it was bound to changed, so it counts for nothing."
    EXPIRED = "expired", "Expired", "Its time ran out."
    USED = "used", "Used", "A restore was queued with it."


class ApprovalFlaw(Word):
    """What changed since approval was asked for."""

    SCOPE = "scope", "Scope changed", "The scope changed after approval was asked for."
    TARGET = "target", "Target changed", "The connection points to another directory by now."
    CHECKS = "checks", "Checks replaced", "Other checks speak for the scope by now."
    PREVIEW = "preview", "Preview replaced", "Another preview speaks for the scope by now."
    PLAN = "plan", "Plan changed", "The plan is another one by now."
    REQUESTER = "requester", "Requester left", "Whoever asked for it may no longer start restores."


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """What a request is for: exactly this, and nothing else."""

    fingerprint: str
    target: str
    checks: str
    preview: str
    plan_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFacts:
    """All that the state of a request depends on, beside the moment."""

    decide_by: datetime
    lifetime: timedelta
    starts_at: datetime | None
    decided_at: datetime | None
    is_approved: bool
    is_withdrawn: bool
    is_used: bool
    flaw: ApprovalFlaw | None

    @property
    def counts_until(self) -> datetime:
        """Until when it can be decided on, or used once it was approved."""
        if self.decided_at is None:
            return self.decide_by
        until = self.decided_at + self.lifetime
        if self.starts_at is None:
            return until
        return max(until, self.starts_at + LONGEST_WAIT_FOR_START)


def flaw_of(
    asked: Bound, now: Bound, *, scope_moved: bool, requester_may: bool
) -> ApprovalFlaw | None:
    """What makes a request void: the first thing that is no longer as it was asked for.

    `scope_moved` says that the ledger holds a change since, also where it was changed back.
    """
    if not requester_may:
        return ApprovalFlaw.REQUESTER
    if asked.target != now.target:
        return ApprovalFlaw.TARGET
    if scope_moved or asked.fingerprint != now.fingerprint:
        return ApprovalFlaw.SCOPE
    if asked.checks != now.checks:
        return ApprovalFlaw.CHECKS
    if asked.preview != now.preview:
        return ApprovalFlaw.PREVIEW
    return ApprovalFlaw.PLAN if asked.plan_hash != now.plan_hash else None


def approval_state(facts: ApprovalFacts, *, now: datetime) -> ApprovalState:
    """The one answer, in the order the module names."""
    is_decided = facts.decided_at is not None
    if facts.is_used:
        return ApprovalState.USED
    if facts.is_withdrawn:
        return ApprovalState.WITHDRAWN
    if is_decided and not facts.is_approved:
        return ApprovalState.REJECTED
    if facts.flaw is not None:
        return ApprovalState.VOID
    if now >= facts.counts_until:
        return ApprovalState.EXPIRED
    return ApprovalState.APPROVED if is_decided else ApprovalState.WAITING
