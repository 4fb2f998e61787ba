"""The pace of writes to one tenant, kept in the database so that every worker obeys it."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.utils import timezone

from tenants.graph.clouds import Cloud, endpoints
from tenants.models import ProviderConnection, ProviderPace


class DatabasePacer:
    """Gives each write of a workload its turn; turns are taken by compare-and-set.

    Never call it inside a transaction: the others would wait for its end.
    """

    def __init__(
        self, connection: ProviderConnection, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._connection = connection
        self._sleep = sleep
        self._endpoints = endpoints(Cloud(connection.cloud))

    def wait_turn(self, workload: str) -> float:
        """Return when the next write may go out, with the seconds waited; its turn is used up."""
        turn = self._take_turn(workload)
        seconds = max(0.0, (turn - timezone.now()).total_seconds())
        self._sleep(seconds)
        return seconds

    def hold_off(self, workload: str, seconds: float) -> None:
        """Let no write of the workload out for so long, as the provider asked."""
        until = timezone.now() + timedelta(seconds=seconds)
        pace = self._pace(workload)
        # Only ever later: a second worker's shorter wait does not undo this one.
        ProviderPace.objects.filter(pk=pace.pk, next_free_at__lt=until).update(next_free_at=until)

    def _take_turn(self, workload: str) -> datetime:
        apart = timedelta(seconds=self._endpoints.seconds_between_writes(workload))
        while True:
            pace = self._pace(workload)
            turn = max(pace.next_free_at, timezone.now())
            unclaimed = ProviderPace.objects.filter(pk=pace.pk, next_free_at=pace.next_free_at)
            if unclaimed.update(next_free_at=turn + apart):
                return turn

    def _pace(self, workload: str) -> ProviderPace:
        pace, _ = ProviderPace.objects.get_or_create(
            connection=self._connection,
            workload=workload,
            defaults={"next_free_at": timezone.now()},
        )
        return pace
