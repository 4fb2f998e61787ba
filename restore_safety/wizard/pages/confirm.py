"""What the confirm step shows: what would be written, and what is to be acknowledged."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from restore_safety.drafts.readiness import Acknowledgement, DraftStatus, acknowledgements_of
from restore_safety.drafts.scope_changes import ChangeEntry, changes_since
from restore_safety.drafts.service import EvidenceStatus
from restore_safety.execution.gate import refusals_of
from restore_safety.models import CapturedEvidence, Decision, Finding, PlanItem, RestoreDraft
from restore_safety.truth.four_eyes import ApprovalState
from restore_safety.truth.safety import GateCode
from restore_safety.wizard.pages.preview import PlanSummaryEntry, plan_summary
from tenants.access.service import has
from tenants.connections.throttled import held_off_until
from tenants.graph.contracts import contract
from tenants.models import ProviderConnection, User
from tenants.models.capabilities import Capability

POLICIES_NAMED = 100
APPROVAL_NEEDED = "approval_needed"
# Why what the preview decided matters, and what to do about it.
_EXCLUDED = (
    "The preview says of each why it is left out.",
    "Solve what it names and preview again, or leave these policies out of the scope.",
)
_DELETED = (
    "The restore created them. What each holds is kept first; created again, it has a new id.",
    "Leave out of the scope what should stay in the tenant.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RaisedEntry:
    """One thing to acknowledge: why it matters, what to do, and the policies it is about."""

    asked: Acknowledgement
    why: str
    remedy: str
    policies: tuple[str, ...]
    policy_count: int
    place: str
    url: str

    @property
    def more_policies(self) -> int:
        return self.policy_count - len(self.policies)


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedEntry:
    """How the scope differs from the one that some evidence was captured for."""

    title: str
    changes: tuple[ChangeEntry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalLine:
    """How the request for approval stands, and what was decided on it."""

    state: ApprovalState
    sentence: str
    url: str
    counts_until: datetime
    decided_by: str
    decision_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmSection:
    """What would be written, in numbers, whether it may be confirmed, and what moved if not."""

    raised: tuple[RaisedEntry, ...]
    moved: tuple[MovedEntry, ...]
    summary: tuple[PlanSummaryEntry, ...]
    plan_hash: str
    writes: int
    refusals: tuple[str, ...]
    dry_run_refusals: tuple[str, ...]
    freeze: str
    # Until when the provider asked writes of the plan to wait; None where it did not.
    held_until: datetime | None
    may_override: bool
    # How many policies wait for the tenant's own approver, by the current checks.
    waiting_for_approval: int
    needs_approval: bool
    approval: ApprovalLine | None

    @property
    def may_queue(self) -> bool:
        return not self.refusals

    @property
    def may_queue_now(self) -> bool:
        """Whether it could begin at once, or be asked for; else only put off, or overridden."""
        return self.may_queue and (self.needs_approval or not self.freeze)

    @property
    def may_rehearse(self) -> bool:
        return not self.dry_run_refusals


def confirm_section(status: DraftStatus, actor: User) -> ConfirmSection:
    """The confirm step's facts; the refusals are those the gate itself would give the actor."""
    may_override = has(actor, Capability.OVERRIDE_SAFEGUARDS, status.draft.tenant)
    refused = {gate.code: gate.reason for gate in status.assessment.execution.refused}
    # A start can be scheduled after a freeze, and approval asked for, on this very step.
    passable = frozenset({GateCode.FREEZE, GateCode.FOUR_EYES})
    preview = status.preview.captured
    # A preview of another scope says nothing about what would be written now.
    current = preview if preview and status.preview.integrity.is_current else None
    return ConfirmSection(
        raised=_raised(status),
        moved=_moved(status),
        summary=plan_summary(current),
        plan_hash=current.plan_hash if current else "",
        writes=current.writes if current else 0,
        refusals=refusals_of(status, is_dry_run=False, besides=passable),
        dry_run_refusals=refusals_of(status, is_dry_run=True),
        freeze=refused.get(GateCode.FREEZE, ""),
        held_until=_held_until(current),
        may_override=may_override,
        waiting_for_approval=_waiting_for_approval(status),
        needs_approval=GateCode.FOUR_EYES in refused,
        approval=_approval(status),
    )


def _held_until(preview: CapturedEvidence | None) -> datetime | None:
    if preview is None:
        return None
    connection = ProviderConnection.objects.in_tenant(preview.tenant).first()
    if connection is None:
        return None
    written = PlanItem.objects.filter(evidence=preview).exclude(writes=[]).order_by()
    keys = written.values_list("backup_item__contract_key", flat=True).distinct()
    return held_off_until(connection, (contract(key).workload for key in keys))


def _approval(status: DraftStatus) -> ApprovalLine | None:
    held = status.approval
    if held is None:
        return None
    request = held.request
    return ApprovalLine(
        state=held.state,
        sentence=held.sentence,
        url=request.get_absolute_url(),
        counts_until=held.counts_until,
        decided_by=str(request.decided_by) if request.decided_by else "",
        decision_reason=request.decision_reason,
    )


def _waiting_for_approval(status: DraftStatus) -> int:
    checks = status.checks
    if checks.captured is None or not checks.integrity.is_current:
        return 0
    found = Finding.objects.filter(evidence=checks.captured, code=APPROVAL_NEEDED).first()
    return len(found.subjects) if found else 0


def _moved(status: DraftStatus) -> tuple[MovedEntry, ...]:
    """What moved since each capture; said once where checks and preview were of the same scope."""
    of_scope: dict[str, list[tuple[str, EvidenceStatus]]] = {}
    for name, held in (("the checks", status.checks), ("the preview", status.preview)):
        if held.captured is not None and held.integrity.changes:
            of_scope.setdefault(held.captured.fingerprint, []).append((name, held))
    return tuple(
        MovedEntry(
            title=f"What changed since {' and '.join(name for name, _ in alike)} ran",
            changes=changes_since(draft=status.draft, status=alike[0][1]),
        )
        for alike in of_scope.values()
    )


def _raised(status: DraftStatus) -> tuple[RaisedEntry, ...]:
    draft, preview = status.draft, status.preview.captured
    return tuple(
        _found(draft, one.finding, one) if one.finding else _decided(draft, preview, one)
        for one in acknowledgements_of(status)
    )


def _found(draft: RestoreDraft, finding: Finding, asked: Acknowledgement) -> RaisedEntry:
    return RaisedEntry(
        asked=asked,
        why=finding.why,
        remedy=finding.remedy,
        policies=tuple(subject["name"] for subject in finding.subjects[:POLICIES_NAMED]),
        policy_count=len(finding.subjects),
        place="Read it in the checks",
        url=reverse("restores:draft-step", args=[draft.pk, "checks"]),
    )


def _decided(
    draft: RestoreDraft, preview: CapturedEvidence | None, asked: Acknowledgement
) -> RaisedEntry:
    items = PlanItem.objects.filter(evidence=preview, decision=asked.decision).order_by(
        "position", "pk"
    )
    why, remedy = _DELETED if asked.decision is Decision.DELETE else _EXCLUDED
    return RaisedEntry(
        asked=asked,
        why=why,
        remedy=remedy,
        policies=tuple(items.values_list("backup_item__name", flat=True)[:POLICIES_NAMED]),
        policy_count=items.count(),
        place="Read them in the preview",
        url=reverse("restores:draft-step", args=[draft.pk, "preview"])
        + f"?decision={asked.decision}",
    )
