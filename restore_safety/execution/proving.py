"""Proving a confirmed restore: every condition holds on the locked draft, or one is named."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from restore_safety.drafts.approval_status import ApprovalRequestStatus
from restore_safety.drafts.readiness import DraftStatus, draft_status
from restore_safety.drafts.service import DraftSubmittedError, locked
from restore_safety.execution.conditions import (
    refuse_a_start_out_of_reach,
    refuse_what_is_not_confirmed,
    refuse_what_is_not_startable,
    refuse_what_was_not_approved,
    refuse_who_is_not_proven,
    same_evidence,
)
from restore_safety.execution.confirmation import (
    REASON_LENGTH,
    Confirmation,
    Refusal,
    RestoreRefusedError,
)
from restore_safety.execution.offers import open_offer
from restore_safety.models import CapturedEvidence, RestoreDraft
from restore_safety.truth.four_eyes import ApprovalState
from restore_safety.truth.safety import GateCode
from tenants.audit import trail
from tenants.models import AuditOutcome, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A restore that passed: who confirmed what, and the evidence that still speaks for it."""

    actor: User
    status: DraftStatus
    checks: CapturedEvidence
    preview: CapturedEvidence
    confirmation: Confirmation
    at: datetime

    @property
    def draft(self) -> RestoreDraft:
        return self.status.draft

    @property
    def is_dry_run(self) -> bool:
        return self.confirmation.is_dry_run

    @property
    def starts_at(self) -> datetime | None:
        return None if self.is_dry_run else self.confirmation.starts_at

    @property
    def approval(self) -> ApprovalRequestStatus | None:
        """The approval the restore is queued with."""
        approval = self.status.approval
        counts = approval is not None and approval.state is ApprovalState.APPROVED
        is_theirs = counts and approval.request.requested_by_id == self.actor.pk  # type: ignore[union-attr]
        return approval if is_theirs and not self.is_dry_run else None

    @property
    def reason(self) -> str:
        return self.confirmation.reason.strip()[:REASON_LENGTH]


@contextmanager
def refusals_recorded(*, actor: User, draft: RestoreDraft, is_dry_run: bool) -> Iterator[None]:
    """One transaction for what was confirmed; a refusal undoes it and stands in the audit trail."""
    try:
        with transaction.atomic(), trail.written_last():
            yield
    except RestoreRefusedError as error:
        trail.record(
            action="restore.refused",
            actor=actor,
            tenant=draft.tenant,
            subject=f"restore_draft:{draft.pk}",
            outcome=AuditOutcome.DENIED,
            detail={"condition": error.refusal, "is_dry_run": is_dry_run},
        )
        raise


def lock_unqueued(draft: RestoreDraft) -> RestoreDraft:
    """The draft, locked until the transaction ends; RestoreRefusedError once it was queued."""
    try:
        return locked(draft)
    except DraftSubmittedError:
        raise RestoreRefusedError(
            Refusal.ALREADY_QUEUED, "This draft was already queued as a restore."
        ) from None


def prove(  # noqa: PLR0913 -- who, what, and as of when
    *,
    actor: User,
    draft: RestoreDraft,
    confirmation: Confirmation,
    authenticated_at: datetime | None,
    now: datetime,
    besides: frozenset[GateCode] = frozenset(),
) -> Confirmed:
    """Prove every condition of what was confirmed, on a locked draft.

    `besides` names the gates that are left to another moment.
    """
    offered = open_offer(confirmation.offer, draft=draft, actor=actor)
    is_dry_run = confirmation.is_dry_run
    starts_at = None if is_dry_run else confirmation.starts_at
    status = draft_status(draft=draft, actor=actor, now=now, starts_at=starts_at)
    checks, preview = same_evidence(status, offered)
    if starts_at is not None:
        refuse_a_start_out_of_reach(starts_at, now=now)
        # Another restore keeps this one from nothing before its own start.
        besides |= {GateCode.LOCK}
    refuse_what_is_not_startable(status, confirmation, besides=besides)
    if not is_dry_run:
        refuse_what_is_not_confirmed(status, confirmation)
        if GateCode.FOUR_EYES not in besides:
            refuse_what_was_not_approved(status, confirmation)
        # Last: no identity is confirmed for a restore that would be refused all the same.
        refuse_who_is_not_proven(authenticated_at, now=now)
    return Confirmed(
        actor=actor,
        status=status,
        checks=checks,
        preview=preview,
        confirmation=confirmation,
        at=now,
    )
