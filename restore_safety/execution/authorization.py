"""Whether a run may still write: asked anew right before each request leaves."""

from datetime import datetime

from operations import lifecycle
from operations.lifecycle import Lease
from restore_safety.execution.overrides import is_frozen
from restore_safety.models import RestoreRun
from restore_safety.truth.attention import ReasonCode
from tenants.access.service import has
from tenants.models import Tenant, User
from tenants.models.capabilities import Capability


def refusal_of(run: RestoreRun, *, at: datetime) -> ReasonCode | None:
    """Return why nothing of the run may be written right now, or None where it may.

    Closing the write gate and withdrawing the right of whoever queued the run are how people stop
    it at once, in the middle of an item. A freeze that begins stops it in the same way.
    """
    if not Tenant.objects.filter(pk=run.tenant_id, writes_enabled=True).exists():
        return ReasonCode.WRITE_GATE_CLOSED
    # As the account is now: the run still holds the one that queued it.
    requester = run.requested_by and User.objects.filter(pk=run.requested_by.pk).first()
    if requester is None or not has(requester, Capability.EXECUTE_RESTORE, run.tenant):
        return ReasonCode.RIGHT_WITHDRAWN
    return ReasonCode.FREEZE_WINDOW if is_frozen(run, at=at) else None


def is_cancelled(lease: Lease) -> bool:
    """Whether it is to be cancelled: nothing is begun then, and after a wait nothing sent."""
    return lifecycle.is_cancel_requested(lease=lease)
