"""What waits behind the safeguards of a tenant: requests for approval and scheduled starts."""

from collections.abc import Iterator
from datetime import datetime

from restore_safety.models import ApprovalRequest, RestoreRun
from restore_safety.truth.attention import RestoreStatus
from tenants.models import Tenant


def waiting_restores(tenant: Tenant, now: datetime) -> Iterator[str]:
    """One sentence for each kind of restore that has not been let through yet."""
    asked = ApprovalRequest.objects.in_tenant(tenant).filter(
        decision="", decide_by__gt=now, draft__submitted_at=None
    )
    if count := asked.count():
        are = "1 restore waits" if count == 1 else f"{count} restores wait"
        yield f"{are} for approval by another person."
    scheduled = RestoreRun.objects.in_tenant(tenant).filter(status=RestoreStatus.SCHEDULED)
    if count := scheduled.count():
        are = "1 restore is" if count == 1 else f"{count} restores are"
        yield f"{are} scheduled to start."
