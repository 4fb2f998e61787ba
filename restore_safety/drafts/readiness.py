"""Where a draft stands: its evidence, the gates in front of a restore, and what follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, Subquery

from restore_safety.drafts.approval_status import (
    ApprovalRequestStatus,
    approval_status,
    bound_now,
    newest_request,
)
from restore_safety.drafts.service import EvidenceStatus, evidence_status
from restore_safety.models import (
    AS_IT_IS_DECISIONS,
    ApprovalRequest,
    CapturedEvidence,
    Decision,
    Finding,
    RestoreDraft,
    RestoreRun,
    Severity,
)
from restore_safety.models.evidence import key_of
from restore_safety.truth.evidence import EvidenceKind
from restore_safety.truth.fingerprint import fingerprint_of
from restore_safety.truth.four_eyes import ApprovalState
from restore_safety.truth.safety import Gate, GateCode, SafetyAssessment, assess
from restore_safety.truth.scope import Scope
from tenants.access.service import has
from tenants.change_windows.service import closure_of
from tenants.models import ProviderConnection, Tenant, User, Verification
from tenants.models.capabilities import Capability

ACKNOWLEDGED_SEVERITIES = (Severity.UNKNOWN, Severity.WARNING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """One thing that was raised and has to be accepted by itself before a real restore."""

    key: str
    sentence: str
    finding: Finding | None = None
    decision: Decision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftStatus:
    """Everything the wizard shows beside a step, derived from rows at one moment."""

    draft: RestoreDraft
    scope: Scope
    fingerprint: str
    checks: EvidenceStatus
    preview: EvidenceStatus
    assessment: SafetyAssessment
    approval: ApprovalRequestStatus | None = None


def draft_status(
    *,
    draft: RestoreDraft,
    actor: User,
    now: datetime,
    starts_at: datetime | None = None,
    run: RestoreRun | None = None,
) -> DraftStatus:
    """Assess the draft as it is stored now, for this actor and a start now or at a later moment.

    `run` is the restore that was queued from it, where its own start is proven again.
    """
    scope = draft.to_truth()
    checks = evidence_status(draft=draft, kind=EvidenceKind.CHECKS, scope=scope)
    preview = evidence_status(draft=draft, kind=EvidenceKind.PREVIEW, scope=scope)
    fingerprint = fingerprint_of(scope)
    approval = None
    if request := _request_for(draft, run):
        bound = bound_now(scope=scope, fingerprint=fingerprint, checks=checks, preview=preview)
        approval = approval_status(request, draft=draft, bound=bound, now=now, run=run)
    return DraftStatus(
        draft=draft,
        scope=scope,
        fingerprint=fingerprint,
        approval=approval,
        checks=checks,
        preview=preview,
        assessment=assess(
            checks=checks.captured.to_truth() if checks.captured else None,
            preview=preview.captured.to_truth() if preview.captured else None,
            scope=scope,
            gates=gates_of(
                draft=draft,
                actor=actor,
                checks=checks,
                preview=preview,
                now=starts_at or now,
                approval=approval,
                run=run,
            ),
        ),
    )


def _request_for(draft: RestoreDraft, run: RestoreRun | None) -> ApprovalRequest | None:
    if not draft.tenant.needs_approval:
        return None
    return run.approval if run else newest_request(draft)


def gates_of(  # noqa: PLR0913 -- what the conditions are asked about
    *,
    draft: RestoreDraft,
    actor: User,
    checks: EvidenceStatus,
    preview: EvidenceStatus,
    now: datetime,
    approval: ApprovalRequestStatus | None = None,
    run: RestoreRun | None = None,
) -> tuple[Gate, ...]:
    """Every technical condition of a start at the moment, each with its answer and reason."""
    return (
        _permission(draft, actor),
        _write_gate(draft),
        _connection(draft),
        _lock(draft, actor, run),
        _freeze(draft, now),
        _backup_usable(draft),
        _evidence_age(
            draft,
            {EvidenceKind.CHECKS: checks.captured, EvidenceKind.PREVIEW: preview.captured},
            now,
        ),
        _something_to_restore(preview),
        _four_eyes(draft, actor, approval),
    )


def acknowledgements_of(status: DraftStatus) -> tuple[Acknowledgement, ...]:
    """What a real restore of this draft asks the operator to accept, one by one."""
    asked = []
    if status.checks.captured is not None:
        findings = status.checks.captured.findings.filter(severity__in=ACKNOWLEDGED_SEVERITIES)
        asked = [
            Acknowledgement(key=finding.key, sentence=finding.title, finding=finding)
            for finding in findings
        ]
    preview = status.preview.captured
    if preview is not None and (deleted := preview.plan.filter(decision=Decision.DELETE).count()):
        # What cannot be taken back as it was is weighed first.
        asked.insert(
            0,
            _decided(
                preview,
                Decision.DELETE,
                code="preview-deletes",
                sentence=f"{_policies(deleted)} will be deleted from {status.draft.tenant.name}.",
            ),
        )
    if preview is not None and preview.blocked:
        asked.append(
            _decided(
                preview,
                Decision.BLOCKED,
                code="preview-blocked",
                sentence=f"{_policies(preview.blocked)} in scope will not be restored.",
            )
        )
    if preview is not None and preview.not_evaluable:
        asked.append(
            _decided(
                preview,
                Decision.NOT_EVALUABLE,
                code="preview-not-evaluable",
                sentence=f"{_policies(preview.not_evaluable)} could not be compared with the "
                "tenant and will not be restored.",
            )
        )
    # What is the same in every word and policy is accepted once.
    return tuple({one.key: one for one in asked}.values())


def _decided(
    preview: CapturedEvidence, decision: Decision, *, code: str, sentence: str
) -> Acknowledgement:
    items = preview.plan.filter(decision=decision).values_list("backup_item", "reason_code")
    about = sorted([str(item), reason] for item, reason in items)
    return Acknowledgement(key=key_of(code, about), sentence=sentence, decision=decision)


def _policies(count: int) -> str:
    return "1 policy" if count == 1 else f"{count} policies"


def _gate(code: GateCode, refusal: str) -> Gate:
    return Gate(code=code, passed=not refusal, reason=refusal or code.sentence)


def _permission(draft: RestoreDraft, actor: User) -> Gate:
    allowed = has(actor, Capability.EXECUTE_RESTORE, draft.tenant)
    return _gate(
        GateCode.PERMISSION,
        "" if allowed else "You may prepare restores in this tenant but not start them.",
    )


def _write_gate(draft: RestoreDraft) -> Gate:
    return _gate(
        GateCode.WRITE_GATE,
        ""
        if draft.tenant.writes_enabled
        else "Writes to this tenant are switched off. A manager can switch them on.",
    )


def _connection(draft: RestoreDraft) -> Gate:
    connection = ProviderConnection.objects.filter(tenant=draft.tenant_id).first()
    if connection is None:
        return _gate(GateCode.CONNECTION, "This tenant has no provider connection yet.")
    if connection.verification != Verification.VERIFIED:
        return _gate(
            GateCode.CONNECTION,
            "The provider connection is not verified. Verify it on the tenant's page.",
        )
    return _gate(GateCode.CONNECTION, "")


def live_restore(draft: RestoreDraft) -> RestoreRun | None:
    """The restore of this tenant, or of any other into its directory, that holds the lock.

    It may be of a tenant the reader of the draft knows nothing of: see `is_shown_to`.
    """
    connection = ProviderConnection.objects.filter(tenant=draft.tenant_id)
    same_directory = Q(
        cloud=Subquery(connection.values("cloud")[:1]),
        directory_id=Subquery(connection.values("directory_id")[:1]),
    )
    return (
        RestoreRun.objects.locking()
        .filter(Q(tenant=draft.tenant_id) | same_directory)
        .select_related("requested_by", "operation_run", "tenant")
        .first()
    )


def is_shown_to(actor: User, live: RestoreRun, draft: RestoreDraft) -> bool:
    """Whether the actor may know whose restore holds the lock."""
    if live.tenant_id == draft.tenant_id:
        return True
    return Tenant.objects.visible_to(actor).filter(pk=live.tenant_id).exists()


def _lock(draft: RestoreDraft, actor: User, run: RestoreRun | None) -> Gate:
    live = live_restore(draft)
    if live is None or live == run:
        return _gate(GateCode.LOCK, "")
    owner = live.requested_by or "a former member"
    if live.tenant_id == draft.tenant_id:
        held = f"Another restore of this tenant, started by {owner}, is not finished yet."
    elif is_shown_to(actor, live, draft):
        held = (
            f"A restore of {live.tenant}, which is the same directory, started by {owner}, is not "
            "finished yet."
        )
    else:
        held = "Another restore into this directory is not finished yet."
    return _gate(GateCode.LOCK, held)


def _freeze(draft: RestoreDraft, at: datetime) -> Gate:
    closure = closure_of(draft.tenant, at=at)
    return _gate(GateCode.FREEZE, closure.sentence if closure else "")


def _backup_usable(draft: RestoreDraft) -> Gate:
    usable = draft.backup_set is not None and draft.backup_set.item_count > 0
    return _gate(
        GateCode.BACKUP_USABLE, "" if usable else "The draft has no backup set with policies."
    )


def _evidence_age(
    draft: RestoreDraft, evidence: Mapping[EvidenceKind, CapturedEvidence | None], now: datetime
) -> Gate:
    longest = draft.tenant.max_evidence_age
    if longest is None:
        return _gate(GateCode.EVIDENCE_AGE, "")
    too_old = tuple(
        kind
        for kind, captured in evidence.items()
        if captured is None
        or captured.completed_at is None
        or now - captured.completed_at > longest
    )
    if not too_old:
        return _gate(GateCode.EVIDENCE_AGE, "")
    named = " and ".join(f"the {kind.label.lower()}" for kind in too_old)
    return Gate(
        code=GateCode.EVIDENCE_AGE,
        passed=False,
        reason=f"This tenant takes no evidence older than {_in_words(longest)}: run {named} again.",
        too_old=too_old,
    )


def _in_words(lasting: timedelta) -> str:
    """The two largest units are enough to know how long it is."""
    units = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))
    rest, parts = int(lasting.total_seconds()), []
    for unit, length in units:
        count, rest = divmod(rest, length)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " and ".join(parts[:2]) or "a second"


def _something_to_restore(preview: EvidenceStatus) -> Gate:
    captured = preview.captured
    refusal = ""
    if captured is None or not preview.integrity.is_current:
        refusal = "No preview speaks for this scope yet: run the preview."
    elif not captured.writes and not captured.plan.filter(decision__in=AS_IT_IS_DECISIONS).exists():
        refusal = (
            "The preview leaves out all that was chosen: there is nothing to write, and nothing "
            "to confirm as unchanged."
        )
    return _gate(GateCode.NOTHING_TO_RESTORE, refusal)


def _four_eyes(draft: RestoreDraft, actor: User, approval: ApprovalRequestStatus | None) -> Gate:
    if not draft.tenant.needs_approval:
        return _gate(GateCode.FOUR_EYES, "")
    if approval is None:
        return _gate(GateCode.FOUR_EYES, "Another person has to approve this restore first.")
    if approval.state is not ApprovalState.APPROVED:
        return _gate(
            GateCode.FOUR_EYES,
            f"Another person has to approve this restore. {approval.state.label}: "
            f"{approval.sentence}",
        )
    is_theirs = approval.request.requested_by_id == actor.pk
    return _gate(
        GateCode.FOUR_EYES,
        "" if is_theirs else "It was approved for the person who asked, who alone can start it.",
    )
