"""Opening and closing a tenant's write gate: closed, nothing is written to the tenant."""

from django.db import transaction

from tenants.access.service import require
from tenants.audit import trail
from tenants.models import Tenant, User
from tenants.models.capabilities import Capability


def set_write_gate(*, actor: User, tenant: Tenant, enabled: bool) -> bool:
    """Open or close the gate; False when it already stood so."""
    require(actor, Capability.MANAGE_CONNECTION, tenant)
    with transaction.atomic():
        claimed = Tenant.objects.filter(pk=tenant.pk).exclude(writes_enabled=enabled)
        if not claimed.update(writes_enabled=enabled):
            return False
        trail.record(
            action="write_gate.opened" if enabled else "write_gate.closed",
            actor=actor,
            tenant=tenant,
            subject=f"tenant:{tenant.pk}",
        )
    tenant.writes_enabled = enabled
    return True
