"""Synchronise a tenant's directory as an operation, or at once from the command line."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.utils import timezone

from operations import lifecycle
from operations.lifecycle import Heartbeat, Lease, RunNotStartableError
from operations.models import OperationRun, RunOutcome
from operations.single_flight import Queued, live_run, queue_once
from operations.working import (
    WorkFailedError,
    carried_out,
    heed_cancellation,
    lease_renewal,
    sleep_with_lease,
)
from restore_safety.directory.lookup import counts_of, syncs_of
from restore_safety.directory.reading import DirectoryReader, KindReading, sentence_of
from restore_safety.directory.storing import keep
from restore_safety.directory.wanted import wanted_by
from restore_safety.models import DirectoryKind, DirectorySync
from tenants.access.service import has, require
from tenants.audit import trail
from tenants.clock import database_now
from tenants.connections.service import NotConnectedError, reader_for
from tenants.graph.client import GraphClient
from tenants.graph.errors import GraphError
from tenants.models import ProviderConnection, Tenant, User
from tenants.models.capabilities import Capability
from tenants.models.credentials import UnreadableCredentialError

SYNC_KIND = "directory_sync"
# Who captures or verifies again within this time gets the directory as it was just read.
FRESH_FOR = timedelta(hours=1)
_UNEXPECTED = (
    "An unexpected error stopped the work. What was read until then is kept. Start it again; if it "
    "fails again, give the run's id to whoever runs this service."
)

type Watch = Callable[[int, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Synchronised:
    """What a synchronisation came to: one record a kind."""

    syncs: tuple[DirectorySync, ...]
    counts: Mapping[DirectoryKind, int]

    @property
    def total(self) -> int:
        """How many objects are held, those of earlier readings among them."""
        return sum(self.counts.values())

    @property
    def unread(self) -> tuple[DirectorySync, ...]:
        """Kinds that could not be read, or not to their end."""
        return tuple(sync for sync in self.syncs if sync.problem)

    @property
    def outcome(self) -> RunOutcome:
        if all(sync.last_failed for sync in self.syncs):
            return RunOutcome.FAILED
        return RunOutcome.PARTIALLY_SUCCEEDED if self.unread else RunOutcome.SUCCEEDED


def queue_sync(*, actor: User, tenant: Tenant, follows: str = "") -> Queued:
    """Start synchronising as an operation; one of the tenant that is under way is answered instead.

    `follows` names what it was started by, where that was not a person.
    """
    require(actor, Capability.CAPTURE_BACKUP, tenant)
    return queue_once(
        actor=actor,
        tenant=tenant,
        kind=SYNC_KIND,
        title=f"Directory of {tenant.name}",
        subject=follows,
        exclusive_key=SYNC_KIND,
    )


def live_sync(tenant: Tenant) -> OperationRun | None:
    """The synchronisation of the tenant that is queued or running."""
    return live_run(tenant=tenant, exclusive_key=SYNC_KIND)


def queue_sync_after(*, actor: User | None, tenant: Tenant, follows: str, now: datetime) -> None:
    """Have the directory follow other work, unless it is fresh or the actor may not read it."""
    if actor is None or not has(actor, Capability.CAPTURE_BACKUP, tenant):
        return
    attempts = [sync.attempted_at for sync in syncs_of(tenant).values()]
    if not attempts or max(attempts) < now - FRESH_FOR:
        queue_sync(actor=actor, tenant=tenant, follows=follows)


def queue_sync_after_verification(
    sender: object, *, actor: User, tenant: Tenant, **_more: Any
) -> None:
    """Receive that the tenant's connection was verified."""
    queue_sync_after(actor=actor, tenant=tenant, follows="connection", now=timezone.now())


def work(*, run_id: str) -> None:
    """Synchronise the run's tenant; safe to call again after a crash."""
    try:
        lease = lifecycle.start(run_id=UUID(run_id), now=database_now())
    except RunNotStartableError:
        return
    run = OperationRun.objects.select_related("tenant", "initiator").get(pk=lease.run_id)
    with carried_out(lease, unexpected=_UNEXPECTED):
        _end(lease, _synchronise_for(run, lease))


def sync_now(*, tenant: Tenant) -> Synchronised:
    """Synchronise in the foreground; NotConnectedError or GraphError when nothing can be read."""
    with _connected(tenant, {}) as (client, directory_id):
        done = _synchronise(tenant, client, directory_id, lambda done, note: None, lambda: None)
    _record(tenant, None, done)
    return done


def _synchronise_for(run: OperationRun, lease: Lease) -> Synchronised:
    heart = Heartbeat(lease=lease)

    def watch(done: int, note: str) -> None:
        heart.beat(done, len(DirectoryKind), note)
        heed_cancellation(lease)

    def hold() -> None:
        lifecycle.renew(lease=lease, now=database_now())

    waiting = {"sleep": sleep_with_lease(lease), "before_request": lease_renewal(lease)}
    try:
        with _connected(run.tenant, waiting) as (client, directory_id):
            done = _synchronise(run.tenant, client, directory_id, watch, hold)
    except (NotConnectedError, UnreadableCredentialError) as error:
        raise WorkFailedError("not_connected", str(error)) from None
    except GraphError as error:
        raise WorkFailedError("connection_failed", sentence_of(error)) from None
    _record(run.tenant, run.initiator, done)
    return done


@contextmanager
def _connected(tenant: Tenant, waiting: dict[str, Any]) -> Iterator[tuple[GraphClient, UUID]]:
    """A client, and the directory it reads: asked before it is made, and confirmed after."""
    directory_id = _directory_of(tenant)
    with reader_for(tenant, **waiting) as client:
        if directory_id is None or _directory_of(tenant) != directory_id:
            raise NotConnectedError(f"The connection of {tenant.name} changed meanwhile.")
        yield client, directory_id


def _synchronise(
    tenant: Tenant,
    client: GraphClient,
    directory_id: UUID,
    watch: Watch,
    hold: Callable[[], None],
) -> Synchronised:
    reader = DirectoryReader(client, wanted_by(tenant))
    syncs: list[DirectorySync] = []

    def put(kind: DirectoryKind, reading: KindReading) -> None:
        # Who lost the run to another worker writes nothing more.
        hold()
        now = timezone.now()
        syncs.append(
            keep(tenant=tenant, kind=kind, reading=reading, directory_id=directory_id, now=now)
        )

    for done, kind in enumerate(DirectoryKind):
        reader.watch = partial(watch, done)
        try:
            reading = reader.read(kind)
        except GraphError as error:
            for unread in [*DirectoryKind][done:]:
                put(unread, KindReading(problem=sentence_of(error)))
            raise
        put(kind, reading)
    return Synchronised(syncs=tuple(syncs), counts=counts_of(tenant))


def _record(tenant: Tenant, actor: User | None, done: Synchronised) -> None:
    trail.record(
        action="directory.synchronised",
        actor=actor,
        tenant=tenant,
        subject=f"tenant:{tenant.pk}",
        detail={"objects": done.total, "unread": [sync.kind for sync in done.unread]}
        | ({} if actor else {"by": "command line"}),
    )


def _end(lease: Lease, done: Synchronised) -> None:
    failed = done.outcome is RunOutcome.FAILED
    lifecycle.end(
        lease=lease,
        outcome=done.outcome,
        counts={"items": done.total, "unreadable": len(done.unread)},
        now=database_now(),
        failure_code="nothing_read" if failed else "",
        failure_message=done.unread[0].problem if failed else "",
    )


def _directory_of(tenant: Tenant) -> UUID | None:
    connection = ProviderConnection.objects.in_tenant(tenant)
    return connection.values_list("directory_id", flat=True).first()
