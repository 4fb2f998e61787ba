"""Asking another person to approve a restore, deciding on it, and taking the request back."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from operations.notifications import notify
from restore_safety.drafts.approval_status import ApprovalRequestStatus, approval_status, bound_now
from restore_safety.drafts.readiness import acknowledgements_of
from restore_safety.drafts.service import evidence_status
from restore_safety.execution.confirmation import Confirmation
from restore_safety.execution.proving import Confirmed, lock_unqueued, prove, refusals_recorded
from restore_safety.models import ApprovalDecision, ApprovalRequest, RestoreDraft
from restore_safety.models.four_eyes import REASON_LENGTH
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.four_eyes import ApprovalState
from restore_safety.truth.safety import GateCode
from tenants.access.holders import people_with
from tenants.access.service import require
from tenants.audit import trail
from tenants.models import AuditOutcome, User
from tenants.models.capabilities import Capability
from tenants.reauthentication import is_recent

# Of a tenant with more approvers than this, the first are notified.
MOST_NOTIFIED = 100
# The approval itself, and what has to hold only at the start.
_PROVEN_LATER = frozenset({GateCode.FOUR_EYES, GateCode.FREEZE, GateCode.LOCK})


class DecisionRefusedError(Exception):
    """The request was not decided on; the message says why."""


class ProofNeededError(DecisionRefusedError):
    """Whoever decides has to prove first that it is them."""


def ask(
    *,
    actor: User,
    draft: RestoreDraft,
    confirmation: Confirmation,
    authenticated_at: datetime | None,
    now: datetime,
) -> ApprovalRequest:
    """Ask for approval of exactly what was confirmed; an earlier request of the draft is replaced.

    Every condition of a restore is proven as at its queueing, but those that have to hold at its
    start. Approvers are notified. Raises RestoreRefusedError.
    """
    require(actor, Capability.EXECUTE_RESTORE, draft.tenant)
    with refusals_recorded(actor=actor, draft=draft, is_dry_run=False):
        confirmed = prove(
            actor=actor,
            draft=lock_unqueued(draft),
            confirmation=confirmation,
            authenticated_at=authenticated_at,
            now=now,
            besides=_PROVEN_LATER,
        )
        return _create(confirmed)


def _create(confirmed: Confirmed) -> ApprovalRequest:
    actor, draft, now = confirmed.actor, confirmed.draft, confirmed.at
    draft.approval_requests.filter(decision="").update(
        decision=ApprovalDecision.WITHDRAWN, decided_by=actor, decided_at=now
    )
    tenant = draft.tenant
    request = ApprovalRequest.objects.create(
        tenant=tenant,
        draft=draft,
        requested_by=actor,
        requested_at=now,
        decide_by=now + tenant.approval_lifetime,
        lifetime=tenant.approval_lifetime,
        fingerprint=confirmed.status.fingerprint,
        target=confirmed.status.scope.target.key,
        plan_hash=confirmed.preview.plan_hash,
        checks=confirmed.checks,
        preview=confirmed.preview,
        acknowledged=sorted(one.key for one in acknowledgements_of(confirmed.status)),
        reason=confirmed.reason,
        starts_at=confirmed.starts_at,
    )
    trail.record(
        action="restore.approval_requested",
        actor=actor,
        tenant=tenant,
        subject=f"approval_request:{request.pk}",
        detail={
            "draft": str(draft.pk),
            "plan_hash": request.plan_hash,
            "fingerprint": request.fingerprint,
            "reason": request.reason,
        },
    )
    for person in people_with(Capability.APPROVE_RESTORE, tenant).exclude(pk=actor.pk)[
        :MOST_NOTIFIED
    ]:
        _notify(person, request, f"{actor} asks you to approve a restore into {tenant}", now=now)
    return request


def decide(  # noqa: PLR0913 -- who decides what, why, and as of when
    *,
    actor: User,
    request: ApprovalRequest,
    approve: bool,
    reason: str,
    authenticated_at: datetime | None,
    now: datetime,
) -> None:
    """Approve or reject the request; DecisionRefusedError when it cannot be decided on any more.

    Whoever asked never decides, also where they may approve what others ask for.
    """
    require(actor, Capability.APPROVE_RESTORE, request.tenant)
    try:
        with transaction.atomic(), trail.written_last():
            _decide(
                actor=actor,
                request=request,
                approve=approve,
                reason=reason.strip(),
                authenticated_at=authenticated_at,
                now=now,
            )
    except ProofNeededError:
        raise
    except DecisionRefusedError as error:
        trail.record(
            action="restore.approval_refused",
            actor=actor,
            tenant=request.tenant,
            subject=f"approval_request:{request.pk}",
            outcome=AuditOutcome.DENIED,
            detail={"sentence": str(error)},
        )
        raise


def _decide(  # noqa: PLR0913
    *,
    actor: User,
    request: ApprovalRequest,
    approve: bool,
    reason: str,
    authenticated_at: datetime | None,
    now: datetime,
) -> None:
    # The draft first: what would make the request void waits for the decision, or comes before it.
    draft = RestoreDraft.objects.select_for_update(of=("self",)).get(pk=request.draft_id)
    request = (
        ApprovalRequest.objects.select_for_update(of=("self",))
        .select_related("requested_by", "tenant", "draft")
        .get(pk=request.pk)
    )
    if obstacle := obstacle_to_deciding(request, actor=actor, now=now):
        raise DecisionRefusedError(obstacle)
    if not 0 < len(reason) <= REASON_LENGTH:
        raise DecisionRefusedError(f"Say why, in at most {REASON_LENGTH} letters.")
    if not is_recent(authenticated_at, now=now):
        minutes = settings.REAUTHENTICATION_MINUTES
        raise ProofNeededError(
            f"A request is decided on by who proved in the last {minutes} minutes that it is them."
        )
    request.decision = ApprovalDecision.APPROVED if approve else ApprovalDecision.REJECTED
    request.decided_by, request.decided_at, request.decision_reason = actor, now, reason
    request.save(update_fields=["decision", "decided_by", "decided_at", "decision_reason"])
    detail = {"draft": str(draft.pk), "plan_hash": request.plan_hash, "reason": reason}
    if approve:
        _record("restore.approved", actor, request, detail)
    else:
        _record("restore.rejected", actor, request, detail)
    if request.requested_by is not None:
        done = "approved" if approve else "rejected"
        headline = f"{actor} {done} your restore into {request.tenant}"
        _notify(request.requested_by, request, headline, now=now)


def _notify(person: User, request: ApprovalRequest, headline: str, *, now: datetime) -> None:
    run = request.preview.operation_run
    if run is not None:
        notify(person, about=run, headline=headline, url=request.get_absolute_url(), now=now)


def obstacle_to_deciding(request: ApprovalRequest, *, actor: User, now: datetime) -> str:
    """Why the actor cannot decide on it, as a sentence; empty when they can."""
    if request.requested_by_id == actor.pk:
        return "You asked for it: another person has to decide."
    held = status_of_request(request, now=now)
    if held.state is not ApprovalState.WAITING:
        return f"{held.state.label}: {held.sentence}"
    return ""


def withdraw(*, actor: User, request: ApprovalRequest, now: datetime) -> bool:
    """Take a request back, by whoever made it; False when it is decided on already."""
    if request.requested_by_id != actor.pk:
        require(actor, Capability.MANAGE_RESTORES, request.tenant)
    require(actor, Capability.EXECUTE_RESTORE, request.tenant)
    with transaction.atomic(), trail.written_last():
        claimed = ApprovalRequest.objects.filter(pk=request.pk, decision="").update(
            decision=ApprovalDecision.WITHDRAWN, decided_by=actor, decided_at=now
        )
        if claimed:
            detail = {"draft": str(request.draft_id), "plan_hash": request.plan_hash}
            _record("restore.approval_withdrawn", actor, request, detail)
    return bool(claimed)


def status_of_request(request: ApprovalRequest, *, now: datetime) -> ApprovalRequestStatus:
    """How the request stands against its draft as it is stored now."""
    draft = request.draft
    scope = draft.to_truth()
    bound = bound_now(
        scope=scope,
        fingerprint=fingerprint_of(scope),
        checks=evidence_status(draft=draft, kind=EvidenceKind.CHECKS, scope=scope),
        preview=evidence_status(draft=draft, kind=EvidenceKind.PREVIEW, scope=scope),
    )
    return approval_status(request, draft=draft, bound=bound, now=now)


def _record(action: str, actor: User, request: ApprovalRequest, detail: dict[str, str]) -> None:
    trail.record(
        action=action,
        actor=actor,
        tenant=request.tenant,
        subject=f"approval_request:{request.pk}",
        detail=detail,
    )
