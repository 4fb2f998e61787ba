"""The gate a restore passes: everything is proven again from rows, or it is refused by name."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction

from operations import lifecycle
from restore_safety.drafts import DraftSubmittedError, locked
from restore_safety.models import CapturedEvidence, RestoreDraft, RestoreRun
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.four_eyes import ApprovalState
from restore_safety.truth.safety import Gate, GateCode, SafetyReadiness
from restore_safety.truth.snapshot import (
    ApprovalMark,
    EvidenceMark,
    ExecutionSnapshot,
    ScopeSummary,
    SnapshotTooLargeError,
)
from tenants import audit
from tenants.access import require
from tenants.capabilities import Capability
from tenants.graph.digest import digest_of
from tenants.models import AuditOutcome, ProviderConnection, User
from tenants.sign_in.proof import is_recent

from .approved import ApprovalStanding
from .confirmation import (
    FARTHEST_START,
    OVERRIDE_REASON_LENGTH,
    REASON_LENGTH,
    Confirmation,
    Refusal,
    RestoreRefusedError,
)
from .journal import open_journal
from .overrides import SNAPSHOT_KEY, break_glass_of, freeze_override_of, record_overrides
from .plan import PlanAlteredError, confirm_unaltered
from .readiness import DraftStanding, acknowledgements_of, standing

# What others need of a confirmation they find here, beside the gate it is sent to.
__all__ = [
    "BLOCKED_SENTENCE",
    "REASON_LENGTH",
    "SNAPSHOT_KEY",
    "Confirmation",
    "Refusal",
    "RestoreRefusedError",
    "is_blocked",
    "names_the_same",
    "offer_of",
    "prove",
    "queue_restore",
    "refusals_of",
]

SALT = "restore-safety.confirmation"
BLOCKED_SENTENCE = "The checks found a blocker. Resolve it and run the checks again."
# A dry run writes nothing, so what only guards writing does not hold it up.
GATES_OF_A_DRY_RUN = frozenset(
    {GateCode.PERMISSION, GateCode.CONNECTION, GateCode.BACKUP_USABLE, GateCode.EVIDENCE_AGE}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """A restore that passed: who confirmed what, and the evidence that still speaks for it."""

    actor: User
    standing: DraftStanding
    checks: CapturedEvidence
    preview: CapturedEvidence
    confirmation: Confirmation
    at: datetime

    @property
    def draft(self) -> RestoreDraft:
        return self.standing.draft

    @property
    def is_dry_run(self) -> bool:
        return self.confirmation.is_dry_run

    @property
    def starts_at(self) -> datetime | None:
        return None if self.is_dry_run else self.confirmation.starts_at

    @property
    def approval(self) -> ApprovalStanding | None:
        """The approval the restore is queued with."""
        approval = self.standing.approval
        counts = approval is not None and approval.state is ApprovalState.APPROVED
        is_theirs = counts and approval.request.requested_by_id == self.actor.pk  # type: ignore[union-attr]
        return approval if is_theirs and not self.is_dry_run else None

    @property
    def reason(self) -> str:
        return self.confirmation.reason.strip()[:REASON_LENGTH]


def offer_of(*, standing: DraftStanding, actor: User) -> str:
    """What is put before the operator, signed: it comes back untouched or not at all.

    Evidence that is not current, as while it is being captured, cannot be confirmed: it is not
    named, so what it turns out to say has to be read first.
    """
    checks, preview = (
        evidence.captured if evidence.integrity.is_current else None
        for evidence in (standing.checks, standing.preview)
    )
    return signing.dumps(
        {
            "draft": str(standing.draft.pk),
            "actor": actor.pk,
            "fingerprint": standing.fingerprint,
            "checks": str(checks.pk) if checks else "",
            "preview": str(preview.pk) if preview else "",
            "plan": preview.plan_hash if preview else "",
            "nonce": secrets.token_urlsafe(9),
        },
        salt=SALT,
    )


def names_the_same(offer: str, other: str) -> bool:
    """Whether both offers are of the same draft, scope, evidence and plan, to the same person."""
    try:
        first, second = (signing.loads(each, salt=SALT) for each in (offer, other))
    except signing.BadSignature:
        return False
    return bool(first | {"nonce": ""} == second | {"nonce": ""})


def queue_restore(
    *,
    actor: User,
    draft: RestoreDraft,
    confirmation: Confirmation,
    authenticated_at: datetime | None,
    now: datetime,
) -> RestoreRun:
    """Queue the restore that was confirmed; the same confirmation again returns the first run.

    `authenticated_at` is when the actor last proved who they are, None when nobody can say: a real
    restore needs that to be recent, a dry run does not ask. Raises RestoreRefusedError, and leaves
    the draft as it is, when any condition does not hold.
    """
    require(actor, Capability.EXECUTE_RESTORE, draft.tenant)
    if confirmation.overrides:
        require(actor, Capability.OVERRIDE_SAFEGUARDS, draft.tenant)
    try:
        with transaction.atomic(), audit.written_last():
            return _queue(
                actor=actor,
                draft=draft,
                confirmation=confirmation,
                authenticated_at=authenticated_at,
                now=now,
            )
    except RestoreRefusedError as error:
        audit.record(
            action="restore.refused",
            actor=actor,
            tenant=draft.tenant,
            subject=f"restore_draft:{draft.pk}",
            outcome=AuditOutcome.DENIED,
            detail={"condition": error.refusal, "is_dry_run": confirmation.is_dry_run},
        )
        raise


def _queue(
    *,
    actor: User,
    draft: RestoreDraft,
    confirmation: Confirmation,
    authenticated_at: datetime | None,
    now: datetime,
) -> RestoreRun:
    offered = _opened(confirmation.offer, draft=draft, actor=actor)
    same = RestoreRun.objects.filter(confirmation_key=confirmation.key)
    try:
        draft = locked(draft)
    except DraftSubmittedError:
        if first := same.first():
            return first
        raise RestoreRefusedError(
            Refusal.ALREADY_QUEUED, "This draft was already queued as a restore."
        ) from None
    if first := same.first():
        return first
    return _create(
        _proven(
            actor=actor,
            draft=draft,
            offered=offered,
            confirmation=confirmation,
            authenticated_at=authenticated_at,
            now=now,
        )
    )


def prove(
    *,
    actor: User,
    draft: RestoreDraft,
    confirmation: Confirmation,
    authenticated_at: datetime | None,
    now: datetime,
) -> Confirmed:
    """Prove every condition of a restore but the approval it is to be asked for.

    The draft is to be locked. What has to hold only at the start, as its change windows, is left to
    the start.
    """
    return _proven(
        actor=actor,
        draft=draft,
        offered=_opened(confirmation.offer, draft=draft, actor=actor),
        confirmation=confirmation,
        authenticated_at=authenticated_at,
        now=now,
        besides=frozenset({GateCode.FOUR_EYES, GateCode.FREEZE, GateCode.LOCK}),
    )


def _proven(  # noqa: PLR0913 -- who, what, and as of when
    *,
    actor: User,
    draft: RestoreDraft,
    offered: dict[str, Any],
    confirmation: Confirmation,
    authenticated_at: datetime | None,
    now: datetime,
    besides: frozenset[GateCode] = frozenset(),
) -> Confirmed:
    is_dry_run = confirmation.is_dry_run
    starts_at = None if is_dry_run else confirmation.starts_at
    now_standing = standing(draft=draft, actor=actor, now=now, starts_at=starts_at)
    checks, preview = _same_evidence(now_standing, offered)
    if starts_at is not None:
        _refuse_a_start_out_of_reach(starts_at, now=now)
        # Another restore keeps this one from nothing before its own start.
        besides |= {GateCode.LOCK}
    _refuse_what_is_not_startable(now_standing, confirmation, besides=besides)
    if not is_dry_run:
        _refuse_what_is_not_confirmed(now_standing, confirmation)
        if GateCode.FOUR_EYES not in besides:
            _refuse_what_was_not_approved(now_standing, confirmation)
        # Last: nobody proves who they are for a restore that would be refused all the same.
        _refuse_who_is_not_proven(authenticated_at, now=now)
    return Confirmed(
        actor=actor,
        standing=now_standing,
        checks=checks,
        preview=preview,
        confirmation=confirmation,
        at=now,
    )


def _opened(offer: str, *, draft: RestoreDraft, actor: User) -> dict[str, Any]:
    try:
        offered: dict[str, Any] = signing.loads(offer, salt=SALT)
    except signing.BadSignature:
        offered = {}
    if offered.get("draft") != str(draft.pk) or offered.get("actor") != actor.pk:
        raise RestoreRefusedError(
            Refusal.CONFIRMATION_INVALID,
            "This confirmation does not belong to you and this draft. Open the confirm step again.",
        )
    return offered


def _same_evidence(
    now_standing: DraftStanding, offered: dict[str, Any]
) -> tuple[CapturedEvidence, CapturedEvidence]:
    """The evidence that was current when the operator confirmed, and still is."""
    if now_standing.fingerprint != offered["fingerprint"]:
        raise RestoreRefusedError(
            Refusal.SCOPE_CHANGED,
            "The scope changed after you confirmed it. Look at what changed and confirm again.",
        )
    checks, preview = now_standing.checks, now_standing.preview
    if checks.captured is None or not checks.integrity.is_current:
        raise RestoreRefusedError(
            Refusal.CHECKS_NOT_CURRENT,
            f"The checks are not current: {checks.integrity.reason.sentence} Run them again.",
        )
    if preview.captured is None or not preview.integrity.is_current:
        raise RestoreRefusedError(
            Refusal.PREVIEW_NOT_CURRENT,
            f"The preview is not current: {preview.integrity.reason.sentence} Run it again.",
        )
    seen = (offered["checks"], offered["preview"], offered["plan"])
    if seen != (str(checks.captured.pk), str(preview.captured.pk), preview.captured.plan_hash):
        raise RestoreRefusedError(
            Refusal.EVIDENCE_REPLACED,
            "Newer checks or a newer preview were captured after you confirmed. Read them first.",
        )
    try:
        confirm_unaltered(preview=preview.captured, confirmed_hash=offered["plan"])
    except PlanAlteredError:
        raise RestoreRefusedError(
            Refusal.PLAN_ALTERED,
            "The stored plan is not the one that was previewed. Run the preview again.",
        ) from None
    return checks.captured, preview.captured


_REFUSALS = {
    GateCode.LOCK: Refusal.TENANT_BUSY,
    GateCode.FREEZE: Refusal.FROZEN,
    GateCode.FOUR_EYES: Refusal.NOT_APPROVED,
}


def _refuse_a_start_out_of_reach(starts_at: datetime, *, now: datetime) -> None:
    if now < starts_at <= now + FARTHEST_START:
        return
    raise RestoreRefusedError(
        Refusal.START_INVALID,
        f"Choose a start in the future, at most {FARTHEST_START.days} days ahead.",
    )


def _refuse_what_was_not_approved(now_standing: DraftStanding, confirmation: Confirmation) -> None:
    """What was approved is this reason and this start; the plan is held against it by the gate."""
    approval = now_standing.approval
    if approval is None or approval.state is not ApprovalState.APPROVED:
        return
    request = approval.request
    asked = (request.reason, request.starts_at)
    if asked != (confirmation.reason.strip(), confirmation.starts_at):
        raise RestoreRefusedError(
            Refusal.NOT_APPROVED,
            "It was approved with another reason or another start. Restore it as it was approved, "
            "or ask for approval again.",
        )


def _refuse_what_is_not_startable(
    now_standing: DraftStanding,
    confirmation: Confirmation,
    *,
    besides: frozenset[GateCode] = frozenset(),
) -> None:
    is_dry_run = confirmation.is_dry_run
    for gate in _refused_gates(now_standing, is_dry_run=is_dry_run):
        if gate.code not in confirmation.overrides | besides:
            raise RestoreRefusedError(_REFUSALS.get(gate.code, Refusal.GATE_REFUSED), gate.reason)
    if _is_blocked(now_standing, is_dry_run=is_dry_run):
        raise RestoreRefusedError(Refusal.BLOCKED, BLOCKED_SENTENCE)


def refusals_of(
    now_standing: DraftStanding,
    *,
    is_dry_run: bool,
    besides: frozenset[GateCode] = frozenset(),
) -> tuple[str, ...]:
    """Why the gate would refuse this draft whatever the operator confirmed; empty if it would not.

    Pages show it; the gate itself asks again from rows. `besides` names the gates that a page
    offers a way past.
    """
    refusals = [
        f"The {name} are not current." if name == "checks" else f"The {name} is not current."
        for name, evidence in (("checks", now_standing.checks), ("preview", now_standing.preview))
        if not evidence.integrity.is_current
    ]
    refusals += [
        gate.reason
        for gate in _refused_gates(now_standing, is_dry_run=is_dry_run)
        if gate.code not in besides
    ]
    if _is_blocked(now_standing, is_dry_run=is_dry_run):
        refusals.append(BLOCKED_SENTENCE)
    return tuple(refusals)


def _refused_gates(now_standing: DraftStanding, *, is_dry_run: bool) -> tuple[Gate, ...]:
    return tuple(
        gate
        for gate in now_standing.assessment.execution.refused
        if not is_dry_run or gate.code in GATES_OF_A_DRY_RUN
    )


def _is_blocked(now_standing: DraftStanding, *, is_dry_run: bool) -> bool:
    return is_blocked(now_standing) and not is_dry_run


def is_blocked(now_standing: DraftStanding) -> bool:
    """Whether current checks found what forbids the restore."""
    return now_standing.assessment.safety is SafetyReadiness.BLOCKED


def _refuse_what_is_not_confirmed(now_standing: DraftStanding, confirmation: Confirmation) -> None:
    name = now_standing.draft.tenant.name
    if confirmation.typed_name.strip() != name:
        raise RestoreRefusedError(
            Refusal.NAME_NOT_TYPED, f"Type the tenant's name exactly as it is written: {name}"
        )
    asked = {one.key for one in acknowledgements_of(now_standing)}
    if missing := len(asked - confirmation.acknowledged):
        verb = "is" if missing == 1 else "are"
        raise RestoreRefusedError(
            Refusal.WARNINGS_NOT_ACKNOWLEDGED,
            f"Acknowledge each warning by itself: {missing} of {len(asked)} {verb} still open.",
        )
    if not 0 < len(confirmation.reason.strip()) <= REASON_LENGTH:
        raise RestoreRefusedError(
            Refusal.REASON_MISSING,
            "Say why this restore is done, or name the change request, in at most "
            f"{REASON_LENGTH} letters.",
        )
    for code in confirmation.overrides:
        if not 0 < len(confirmation.reason_for(code)) <= OVERRIDE_REASON_LENGTH:
            raise RestoreRefusedError(
                Refusal.OVERRIDE_INCOMPLETE,
                f"Say why the safeguard is overridden, in at most {OVERRIDE_REASON_LENGTH} "
                "letters.",
            )
    if confirmation.break_glass and confirmation.break_glass_name.strip() != name:
        raise RestoreRefusedError(
            Refusal.OVERRIDE_INCOMPLETE,
            f"To start without approval, type the tenant's name there as well: {name}",
        )


def _refuse_who_is_not_proven(authenticated_at: datetime | None, *, now: datetime) -> None:
    if is_recent(authenticated_at, now=now):
        return
    minutes = settings.REAUTHENTICATION_MINUTES
    raise RestoreRefusedError(
        Refusal.SIGN_IN_TOO_OLD,
        f"A restore is queued by who proved in the last {minutes} minutes that it is them. "
        "Sign in again, then confirm.",
    )


def _title_of(run: RestoreRun) -> str:
    draft = run.draft
    if draft.undoes_id:
        kind = "Dry run of an undo" if run.is_dry_run else "Undo of a restore"
        return f"{kind} in {draft.tenant}"
    kind = "Dry run" if run.is_dry_run else "Restore"
    return f"{kind} of {draft.backup_set} into {draft.tenant}"


def _create(confirmed: Confirmed) -> RestoreRun:
    draft, actor = confirmed.draft, confirmed.actor
    run = _run_of(confirmed)
    run.operation_run = lifecycle.queue(
        actor=actor,
        tenant=draft.tenant,
        kind="restore",
        title=_title_of(run),
        subject=str(run.pk),
        waits_until=run.starts_at,
        wait_note=f"Starts {run.starts_at:%Y-%m-%d %H:%M} UTC." if run.starts_at else "",
    )
    _save_as_the_only_one(run)
    plan = confirmed.preview.plan.select_related("backup_item").order_by("position")
    open_journal(run=run, plan=plan)
    if not run.is_dry_run:
        draft.submitted_at = confirmed.at
        draft.save(update_fields=["submitted_at"])
    audit.record(
        action="restore.queued",
        actor=actor,
        tenant=draft.tenant,
        subject=f"restore_run:{run.pk}",
        detail={
            "fingerprint": run.fingerprint,
            "plan_hash": run.plan_hash,
            "is_dry_run": run.is_dry_run,
            "reason": run.reason,
            # What was known and confirmed, so that the stored snapshot can't become another.
            "snapshot": digest_of(run.metadata[SNAPSHOT_KEY]),
        },
    )
    record_overrides(run, actor=actor)
    return run


def _run_of(confirmed: Confirmed) -> RestoreRun:
    """The run, not saved yet, with the snapshot of what was known and confirmed."""
    try:
        snapshot = _snapshot_of(confirmed)
    except SnapshotTooLargeError:
        raise RestoreRefusedError(
            Refusal.TOO_MUCH_RAISED,
            "More was raised and acknowledged than is kept with one restore. Choose fewer items.",
        ) from None
    draft = confirmed.draft
    connection = ProviderConnection.objects.in_tenant(draft.tenant).get()
    return RestoreRun(
        tenant=draft.tenant,
        cloud=connection.cloud,
        directory_id=connection.directory_id,
        draft=draft,
        backup_set=draft.backup_set,
        preview=confirmed.preview,
        is_dry_run=confirmed.is_dry_run,
        fingerprint=confirmed.standing.fingerprint,
        plan_hash=confirmed.preview.plan_hash,
        confirmation_key=confirmed.confirmation.key,
        reason=confirmed.reason,
        status=RestoreStatus.SCHEDULED if confirmed.starts_at else RestoreStatus.QUEUED,
        starts_at=confirmed.starts_at,
        approval=confirmed.approval.request if confirmed.approval else None,
        metadata={SNAPSHOT_KEY: snapshot.to_json()},
        requested_by=confirmed.actor,
        created_at=confirmed.at,
    )


def _save_as_the_only_one(run: RestoreRun) -> None:
    """The database holds the lock: one live restore per tenant, and per directory."""
    try:
        with transaction.atomic():
            run.save(force_insert=True)
    except IntegrityError:
        raise RestoreRefusedError(
            Refusal.TENANT_BUSY,
            "Another restore of this tenant, or into its directory, was queued at the same moment "
            "and goes first.",
        ) from None


def _snapshot_of(confirmed: Confirmed) -> ExecutionSnapshot:
    checks, preview, confirmation = confirmed.checks, confirmed.preview, confirmed.confirmation
    assessment = confirmed.standing.assessment
    asked = {one.key for one in acknowledgements_of(confirmed.standing)}
    return ExecutionSnapshot(
        fingerprint=confirmed.standing.fingerprint,
        plan_hash=preview.plan_hash,
        checks=EvidenceMark.of(str(checks.pk), checks.to_truth()),
        preview=EvidenceMark.of(str(preview.pk), preview.to_truth()),
        checks_integrity=assessment.checks.state,
        preview_integrity=assessment.preview.state,
        gates=tuple((gate.code, gate.passed) for gate in assessment.execution.gates),
        safety=assessment.safety,
        primary_issue=assessment.primary_issue,
        acknowledged_warnings=tuple(asked & confirmation.acknowledged),
        confirmed_tenant="" if confirmed.is_dry_run else confirmation.typed_name.strip(),
        actor_id=str(confirmed.actor.pk),
        actor_name=confirmed.actor.get_username(),
        reason=confirmed.reason,
        is_dry_run=confirmed.is_dry_run,
        queued_at=confirmed.at,
        scope=ScopeSummary.of(confirmed.standing.scope),
        starts_at=confirmed.starts_at,
        approval=_approval_mark(confirmed.approval),
        break_glass=break_glass_of(confirmed.standing, confirmation),
        freeze_override=freeze_override_of(
            confirmed.standing, confirmation, at=confirmed.starts_at or confirmed.at
        ),
    )


def _approval_mark(approval: ApprovalStanding | None) -> ApprovalMark | None:
    request = approval.request if approval else None
    if request is None or request.decided_at is None:
        return None
    return ApprovalMark(
        request_id=str(request.pk),
        approver_id=str(request.decided_by_id or ""),
        approver_name=request.decided_by.get_username() if request.decided_by else "",
        approved_at=request.decided_at,
    )
