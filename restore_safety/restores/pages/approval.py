"""What an approver sees of a request: what will be written, what was raised, who asks and why."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import FETCH_RAISE
from django.shortcuts import get_object_or_404
from django.urls import reverse

from restore_safety.drafts.approval_status import ApprovalRequestStatus
from restore_safety.drafts.scope_changes import (
    ChangeEntry,
    LedgerEntry,
    ledger_entries,
    named_changes,
)
from restore_safety.execution.approval_requests import obstacle_to_deciding, status_of_request
from restore_safety.models import ApprovalDecision, ApprovalRequest, Finding
from restore_safety.truth.four_eyes import ApprovalState
from restore_safety.truth.scope import changes_between
from restore_safety.wizard.pages.preview import PlanSummaryEntry, plan_summary
from tenants.access.service import capabilities_of
from tenants.change_windows.four_eyes import SWITCHED_OFF
from tenants.models import AuditEvent, User
from tenants.models.capabilities import Capability

MOST_CHANGES = 20
MOST_LOWERED = 5
_OVER = frozenset({ApprovalDecision.REJECTED, ApprovalDecision.WITHDRAWN})
_WINDOW_REMOVED = "change_window.removed"
_LOWERED = frozenset({"four_eyes.lowered", _WINDOW_REMOVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SinceAsked:
    """What moved in the scope since approval was asked for, and every save that moved something."""

    moved: tuple[ChangeEntry, ...]
    ledger: tuple[LedgerEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoweredNote:
    """One safeguard of the tenant that was lowered since approval was asked for."""

    sentence: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalPage:
    """A request as one viewer sees it at one moment."""

    request: ApprovalRequest
    held: ApprovalRequestStatus
    findings: tuple[Finding, ...]
    summary: tuple[PlanSummaryEntry, ...]
    obstacle: str
    denial: str
    may_withdraw: bool
    since: SinceAsked
    lowered: tuple[LoweredNote, ...]

    @property
    def state(self) -> ApprovalState:
        return self.held.state

    @property
    def may_decide(self) -> bool:
        return not (self.obstacle or self.denial)

    @property
    def is_open(self) -> bool:
        return self.state is ApprovalState.WAITING

    @property
    def asked(self) -> tuple[tuple[str, object], ...]:
        request = self.request
        return (
            ("Asked by", str(request.requested_by) if request.requested_by else "A former member"),
            ("Asked", request.requested_at),
            ("Reason", request.reason),
            ("Start", request.starts_at or "As soon as it is queued"),
            ("Tenant", request.tenant.name),
            ("Backup", str(request.draft.backup_set or "Deleted")),
            ("To be decided by", request.decide_by),
        )

    @property
    def decided(self) -> tuple[tuple[str, object], ...]:
        request = self.request
        if request.decided_at is None:
            return ()
        return (
            ("Decision", request.get_decision_display()),
            ("By", str(request.decided_by) if request.decided_by else "A former member"),
            ("At", request.decided_at),
            ("Reason", request.decision_reason or "None given"),
            ("Counts until", self.held.counts_until),
        )

    @property
    def preview_url(self) -> str:
        return self._evidence_url(self.request.preview_id)

    @property
    def checks_url(self) -> str:
        return self._evidence_url(self.request.checks_id)

    def _evidence_url(self, evidence_id: UUID) -> str:
        return reverse("restores:draft-evidence", args=[self.request.draft_id, evidence_id])


def visible_request(*, user: User, request_id: UUID) -> ApprovalRequest:
    requests = ApprovalRequest.objects.visible_to(user).select_related(
        "tenant__workspace",
        "draft__tenant",
        "draft__backup_set",
        "requested_by",
        "decided_by",
        "preview__operation_run",
        "checks",
    )
    return get_object_or_404(requests, pk=request_id)


def approval_page(*, request: ApprovalRequest, viewer: User, now: datetime) -> ApprovalPage:
    may = Capability.APPROVE_RESTORE in capabilities_of(viewer, request.tenant)
    return ApprovalPage(
        request=request,
        held=status_of_request(request, now=now),
        findings=tuple(request.checks.findings.order_by("position")),
        summary=plan_summary(request.preview),
        obstacle=obstacle_to_deciding(request, actor=viewer, now=now),
        denial="" if may else Capability.APPROVE_RESTORE.denial,
        may_withdraw=not request.decision and request.requested_by_id == viewer.pk,
        since=_since_asked(request),
        lowered=_lowered_since(request),
    )


def _lowered_since(request: ApprovalRequest) -> tuple[LoweredNote, ...]:
    """The newest first, as the trail has them; a request that is over is not concerned."""
    lowered = AuditEvent.objects.in_tenant(request.tenant).filter(
        action__in=_LOWERED, at__gte=request.requested_at
    )
    until = request.decided_at if request.decision in _OVER else None
    events = lowered.filter(at__lte=until) if until else lowered
    return tuple(
        LoweredNote(sentence=_lowered_in_words(event), at=event.at)
        for event in events.order_by("-pk")[:MOST_LOWERED]
    )


def _lowered_in_words(event: AuditEvent) -> str:
    who, detail = event.actor_name, event.detail
    if event.action == _WINDOW_REMOVED:
        return f"The change window “{detail['reason']}” was removed by {who}."
    if detail["after"] == SWITCHED_OFF:
        return f"Four eyes was switched off by {who}."
    return f"Four eyes was lowered by {who}, from “{detail['before']}” to “{detail['after']}”."


def _since_asked(request: ApprovalRequest) -> SinceAsked:
    draft = request.draft
    later = draft.changes.filter(at__gt=request.requested_at).select_related("actor")
    rows = tuple(later.fetch_mode(FETCH_RAISE)[:MOST_CHANGES])
    asked_for = request.preview.to_truth().scope
    changes = changes_between(asked_for, draft.to_truth()) if asked_for else ()
    return SinceAsked(
        moved=named_changes(tenant=draft.tenant, changes=changes, rows=rows),
        ledger=ledger_entries(tenant=draft.tenant, rows=rows),
    )
