"""Work of which a tenant has one at a time: who starts it again is led to the run under way."""

from dataclasses import dataclass

from django.db import IntegrityError, transaction

from operations import lifecycle
from operations.models import OperationRun
from tenants.models import Tenant, User

# Each round finds another run that has ended meanwhile, which soon stops happening.
_ROUNDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """The run that does the work, and whether this call queued it."""

    run: OperationRun
    is_new: bool


def live_run(*, tenant: Tenant, exclusive_key: str) -> OperationRun | None:
    """The tenant's run of this key that is queued or running."""
    runs = OperationRun.objects.in_tenant(tenant).live().filter(exclusive_key=exclusive_key)
    return runs.select_related("tenant", "initiator").first()


def queue_once(  # noqa: PLR0913 -- what is on record of a run
    *,
    actor: User,
    tenant: Tenant,
    kind: str,
    title: str,
    subject: str,
    exclusive_key: str,
) -> Queued:
    """Queue the work, or answer the tenant's live run of the same key.

    Of two callers at once the database lets one through; the other finds the first one's run.
    """
    for left in reversed(range(_ROUNDS)):
        if run := live_run(tenant=tenant, exclusive_key=exclusive_key):
            return Queued(run=run, is_new=False)
        try:
            with transaction.atomic():
                run = lifecycle.queue(
                    actor=actor,
                    tenant=tenant,
                    kind=kind,
                    title=title,
                    subject=subject,
                    exclusive_key=exclusive_key,
                )
        except IntegrityError:
            if not left:
                raise
            continue
        return Queued(run=run, is_new=True)
    raise AssertionError("unreachable: the last round returns or raises")
