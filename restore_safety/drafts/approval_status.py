"""How the newest request for approval of a draft stands, derived from rows at one moment."""

from dataclasses import dataclass
from datetime import datetime

from restore_safety.drafts.service import EvidenceStatus
from restore_safety.models import ApprovalDecision, ApprovalRequest, RestoreDraft, RestoreRun
from restore_safety.truth.four_eyes import (
    ApprovalFacts,
    ApprovalFlaw,
    ApprovalState,
    Bound,
    approval_state,
    flaw_of,
)
from restore_safety.truth.scope import Scope
from tenants.access.service import has
from tenants.models.capabilities import Capability


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalRequestStatus:
    """A request, its state, and what made it void if something did."""

    request: ApprovalRequest
    facts: ApprovalFacts
    state: ApprovalState

    @property
    def flaw(self) -> ApprovalFlaw | None:
        return self.facts.flaw if self.state is ApprovalState.VOID else None

    @property
    def sentence(self) -> str:
        return self.flaw.sentence if self.flaw else self.state.sentence

    @property
    def counts_until(self) -> datetime:
        return self.facts.counts_until


def bound_now(
    *, scope: Scope, fingerprint: str, checks: EvidenceStatus, preview: EvidenceStatus
) -> Bound:
    """What a request made now would be bound to; what is not current binds nothing."""
    speaking = [one.captured if one.integrity.is_current else None for one in (checks, preview)]
    return Bound(
        fingerprint=fingerprint,
        target=scope.target.key,
        checks=str(speaking[0].pk) if speaking[0] else "",
        preview=str(speaking[1].pk) if speaking[1] else "",
        plan_hash=speaking[1].plan_hash if speaking[1] else "",
    )


def newest_request(draft: RestoreDraft) -> ApprovalRequest | None:
    """The one request of the draft that can count; an earlier one was replaced by it."""
    return (
        draft.approval_requests.select_related("requested_by", "decided_by")
        .order_by("-requested_at", "-pk")
        .first()
    )


def approval_status(
    request: ApprovalRequest,
    *,
    draft: RestoreDraft,
    bound: Bound,
    now: datetime,
    run: RestoreRun | None = None,
) -> ApprovalRequestStatus:
    """How the request stands against what holds now; use by `run` itself is no use by another."""
    requester = request.requested_by
    flaw = flaw_of(
        request.bound,
        bound,
        scope_moved=draft.changes.filter(at__gt=request.requested_at).exists(),
        requester_may=requester is not None
        and has(requester, Capability.EXECUTE_RESTORE, draft.tenant),
    )
    facts = ApprovalFacts(
        decide_by=request.decide_by,
        lifetime=request.lifetime,
        starts_at=request.starts_at,
        decided_at=request.decided_at,
        is_approved=request.decision == ApprovalDecision.APPROVED,
        is_withdrawn=request.decision == ApprovalDecision.WITHDRAWN,
        is_used=_is_used(request, run),
        flaw=flaw,
    )
    return ApprovalRequestStatus(request=request, facts=facts, state=approval_state(facts, now=now))


def _is_used(request: ApprovalRequest, by: RestoreRun | None) -> bool:
    runs = RestoreRun.objects.filter(approval=request)
    return (runs.exclude(pk=by.pk) if by else runs).exists()
