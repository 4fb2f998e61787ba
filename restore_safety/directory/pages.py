"""What the page of a tenant's directory shows, in a fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from operations.models import OperationRun, RunOutcome
from restore_safety.directory.lookup import counts_of, syncs_of
from restore_safety.directory.sync import live_sync
from restore_safety.models import (
    DirectoryKind,
    DirectoryObject,
    DirectorySync,
    SyncState,
)
from restore_safety.models.directory import DirectoryObjectQuerySet
from tenants.access.service import capabilities_of
from tenants.models import ProviderConnection, Tenant, User
from tenants.models.capabilities import Capability

_NOT_CONNECTED = "The tenant has no provider connection to read it through."
_UNDER_WAY = "A synchronisation is under way."
_IN_PART = (
    "What was not read, or not to its end, is named on the directory's page with the reason. "
    "Earlier entries of it are kept."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindLine:
    """One kind: how much of it is held, when it was read, and what is missing."""

    kind: DirectoryKind
    count: int
    state: SyncState
    url: str
    is_complete: bool
    synchronised_at: datetime | None
    problem: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPage:
    """The directory of a tenant as one viewer sees it."""

    tenant: Tenant
    kinds: tuple[KindLine, ...]
    running: OperationRun | None
    sync_denial: str

    @property
    def synchronised_at(self) -> datetime | None:
        """When the kinds were last read: the latest of them."""
        return max((one.synchronised_at for one in self.kinds if one.synchronised_at), default=None)

    @property
    def was_read(self) -> bool:
        return any(one.state is not SyncState.NEVER for one in self.kinds)

    @property
    def troubled(self) -> tuple[KindLine, ...]:
        """Kinds that were not read, or not to their end."""
        return tuple(one for one in self.kinds if one.problem)

    @property
    def moved(self) -> tuple[KindLine, ...]:
        """Kinds that were read from a directory the tenant is no longer connected to."""
        return tuple(one for one in self.kinds if one.state is SyncState.ELSEWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResult:
    """What a finished synchronisation came to."""

    headline: str
    sentence: str


def directory_of(tenant: Tenant) -> DirectoryObjectQuerySet:
    """What the directory the tenant is connected to holds, as far as it was read."""
    return DirectoryObject.objects.in_tenant(tenant).of_kinds(syncs_of(tenant))


def directory_page(*, tenant: Tenant, viewer: User) -> DirectoryPage:
    syncs = {DirectoryKind(one.kind): one for one in DirectorySync.objects.in_tenant(tenant)}
    connected = ProviderConnection.objects.in_tenant(tenant).first()
    counts = counts_of(tenant)
    running = live_sync(tenant)
    lines = (_line(tenant, kind, syncs.get(kind), connected, counts) for kind in DirectoryKind)
    return DirectoryPage(
        tenant=tenant,
        kinds=tuple(lines),
        running=running,
        sync_denial=_denial(tenant, viewer, connected, running),
    )


def result_of(run: OperationRun) -> SyncResult | None:
    """What a synchronisation came to; None while it is under way."""
    if run.is_live:
        return None
    if run.outcome == RunOutcome.CANCELLED:
        return SyncResult(headline="Cancelled", sentence="What was read until then is kept.")
    if run.outcome == RunOutcome.FAILED:
        return SyncResult(
            headline="The directory was not read",
            sentence=run.failure_message or "The work failed. Earlier entries are kept.",
        )
    objects, unread = (run.summary_counts.get(key, 0) for key in ("items", "unreadable"))
    held = "1 object" if objects == 1 else f"{objects:,} objects"
    if not unread:
        return SyncResult(headline=f"{held} in the directory", sentence="Every kind was read.")
    return SyncResult(
        headline=f"{held}, {unread} of {len(DirectoryKind)} kinds not read or incomplete",
        sentence=_IN_PART,
    )


def _line(
    tenant: Tenant,
    kind: DirectoryKind,
    sync: DirectorySync | None,
    connected: ProviderConnection | None,
    counts: Mapping[DirectoryKind, int],
) -> KindLine:
    state = _state(sync, connected)
    is_here = sync is not None and state is not SyncState.ELSEWHERE
    address = reverse("directory:object-list", args=[tenant.slug])
    return KindLine(
        kind=kind,
        count=counts.get(kind, 0) if is_here else 0,
        state=state,
        url=f"{address}?kind={kind}#objects",
        is_complete=state is SyncState.COMPLETE,
        synchronised_at=sync.synchronised_at if sync else None,
        problem=sync.problem if sync and is_here else "",
        note=sync.note if sync and is_here else "",
    )


def _state(sync: DirectorySync | None, connected: ProviderConnection | None) -> SyncState:
    if sync is None:
        return SyncState.NEVER
    if connected is None or connected.directory_id != sync.directory_id:
        return SyncState.ELSEWHERE
    return sync.state


def _denial(
    tenant: Tenant,
    viewer: User,
    connected: ProviderConnection | None,
    running: OperationRun | None,
) -> str:
    """Why the viewer cannot have the directory synchronised now; "" when they can."""
    if Capability.CAPTURE_BACKUP not in capabilities_of(viewer, tenant):
        return Capability.CAPTURE_BACKUP.denial
    if connected is None or not connected.has_credential:
        return _NOT_CONNECTED
    return _UNDER_WAY if running else ""
