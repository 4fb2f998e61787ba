"""Write one audit event, with where the request came from."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from tenants.models import AuditEvent, AuditOutcome, Tenant, User, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOrigin:
    request_id: str = ""
    address: str = ""


# Outside a request (a worker, a command) the trail has no origin to name.
_NOWHERE = RequestOrigin()
request_origin: ContextVar[RequestOrigin] = ContextVar("request_origin", default=_NOWHERE)


def record(  # noqa: PLR0913 -- one argument per column of the trail
    *,
    action: str,
    actor: User | None,
    tenant: Tenant | None,
    workspace: Workspace | None = None,
    subject: str = "",
    outcome: AuditOutcome = AuditOutcome.ALLOWED,
    detail: dict[str, Any] | None = None,
) -> AuditEvent:
    """Add one event to the trail, in the caller's transaction.

    `detail` is kept for ever and shown to auditors: no payloads, no secrets.
    """
    origin = request_origin.get()
    workspace_id = tenant.workspace_id if tenant else None
    return AuditEvent.objects.create(
        workspace_id=workspace.pk if workspace else workspace_id,
        tenant=tenant,
        actor=actor,
        action=action,
        outcome=outcome,
        subject=subject,
        detail=detail or {},
        request_id=origin.request_id,
        address=origin.address,
    )
