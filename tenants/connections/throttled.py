"""Until when the provider asked a directory's writes to wait, as the stored pace has it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models.functions import Now

from tenants.graph.throttling import LONGEST_WAIT
from tenants.models import ProviderConnection, ProviderPace


def held_off_until(connection: ProviderConnection, workloads: Iterable[str]) -> datetime | None:
    """When the last of the workloads takes writes again; None where no worker gives up its turn.

    A wait that a worker sleeps through puts no run aside and is not news to people. One query.
    """
    paces = ProviderPace.objects.filter(
        cloud=connection.cloud,
        directory_id=connection.directory_id,
        client_id=connection.client_id,
        workload__in=set(workloads),
    )
    longest = timedelta(seconds=LONGEST_WAIT)
    ends = (
        max(pace.held_until, pace.reads_held_until)
        for pace in paces.annotate(at=Now())
        if max(pace.held_until, pace.reads_held_until) > pace.at + longest
    )
    return max(ends, default=None)
