"""The gate a restore passes: everything is proven again from rows, or it is refused by name."""

from datetime import datetime

from django.db import IntegrityError, transaction

from operations import lifecycle
from restore_safety.execution.conditions import refusals_of
from restore_safety.execution.confirmation import (
    REASON_LENGTH,
    Confirmation,
    Refusal,
    RestoreRefusedError,
)
from restore_safety.execution.journal import open_journal
from restore_safety.execution.offers import names_the_same, offer_of, open_offer
from restore_safety.execution.overrides import record_overrides
from restore_safety.execution.proving import Confirmed, lock_unqueued, prove, refusals_recorded
from restore_safety.execution.safety_snapshot import safety_snapshot_of
from restore_safety.models import RestoreDraft, RestoreRun
from restore_safety.models.run import SNAPSHOT_KEY
from restore_safety.truth.attention import RestoreStatus
from restore_safety.truth.snapshot import SnapshotTooLargeError
from tenants.access.service import require
from tenants.audit import trail
from tenants.canonical_json import digest_of
from tenants.models import ProviderConnection, User
from tenants.models.capabilities import Capability

# What others need of a confirmation they find here, beside the gate it is sent to.
__all__ = [
    "REASON_LENGTH",
    "Confirmation",
    "Refusal",
    "RestoreRefusedError",
    "names_the_same",
    "offer_of",
    "queue_restore",
    "refusals_of",
]


def queue_restore(
    *,
    actor: User,
    draft: RestoreDraft,
    confirmation: Confirmation,
    authenticated_at: datetime | None,
    now: datetime,
) -> RestoreRun:
    """Queue the restore that was confirmed; the same confirmation again returns the first run.

    `authenticated_at` is when the actor last proved who they are, None when unknown: a real
    restore needs that to be recent, a dry run does not ask. Raises RestoreRefusedError, and leaves
    the draft as it is, when any condition does not hold.
    """
    require(actor, Capability.EXECUTE_RESTORE, draft.tenant)
    if confirmation.overrides:
        require(actor, Capability.OVERRIDE_SAFEGUARDS, draft.tenant)
    with refusals_recorded(actor=actor, draft=draft, is_dry_run=confirmation.is_dry_run):
        # Before anything else: only who it was offered to hears what a confirmation led to.
        open_offer(confirmation.offer, draft=draft, actor=actor)
        same = RestoreRun.objects.filter(confirmation_key=confirmation.key)
        try:
            draft = lock_unqueued(draft)
        except RestoreRefusedError:
            if first := same.first():
                return first
            raise
        if first := same.first():
            return first
        return _create(
            prove(
                actor=actor,
                draft=draft,
                confirmation=confirmation,
                authenticated_at=authenticated_at,
                now=now,
            )
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
    trail.record(
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
        snapshot = safety_snapshot_of(confirmed)
    except SnapshotTooLargeError:
        raise RestoreRefusedError(
            Refusal.TOO_MUCH_RAISED,
            "More was raised and acknowledged than is kept with one restore. Choose fewer "
            "items, or give shorter reasons.",
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
        fingerprint=confirmed.status.fingerprint,
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
