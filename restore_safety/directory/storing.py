"""Keep what was read of a tenant's directory: a kind is replaced whole, or left as it was."""

from collections.abc import Sequence
from datetime import datetime
from itertools import batched
from uuid import UUID

from django.db import transaction

from restore_safety.directory.reading import KindReading
from restore_safety.directory.sources import Entry
from restore_safety.models import DirectoryKind, DirectoryObject, DirectorySync, folded
from restore_safety.models.directory import ID_LENGTH, NAME_LENGTH, PROBLEM_LENGTH
from tenants.models import Tenant

_ROWS_AT_ONCE = 500


def keep(
    *, tenant: Tenant, kind: DirectoryKind, reading: KindReading, directory_id: UUID, now: datetime
) -> DirectorySync:
    """Replace the kind's rows with what was read, or say on record why they stay as they were.

    Rows of another directory go in any case: what they name is not in this one.
    """
    with transaction.atomic():
        sync = _locked(tenant, kind, directory_id, now)
        rows = DirectoryObject.objects.in_tenant(tenant).of_kind(kind)
        if sync.directory_id != directory_id:
            rows.delete()
            sync.directory_id, sync.synchronised_at = directory_id, None
        sync.attempted_at, sync.is_complete = now, reading.is_complete
        sync.problem, sync.note = reading.problem[:PROBLEM_LENGTH], reading.note[:PROBLEM_LENGTH]
        if reading.entries is not None:
            _replace(tenant, kind, reading.entries, now)
            rows.exclude(seen_at=now).delete()
            sync.synchronised_at = now
        sync.save()
    return sync


def _locked(
    tenant: Tenant, kind: DirectoryKind, directory_id: UUID, now: datetime
) -> DirectorySync:
    """The kind's record, held until the transaction ends: two workers never mix their rows."""
    DirectorySync.objects.get_or_create(
        tenant=tenant, kind=kind, defaults={"directory_id": directory_id, "attempted_at": now}
    )
    return DirectorySync.objects.in_tenant(tenant).select_for_update().get(kind=kind)


def _replace(tenant: Tenant, kind: DirectoryKind, entries: Sequence[Entry], now: datetime) -> None:
    for some in batched(entries, _ROWS_AT_ONCE, strict=False):
        DirectoryObject.objects.bulk_create(
            [_row(tenant, kind, entry, now) for entry in some],
            update_conflicts=True,
            unique_fields=["tenant", "kind", "object_id"],
            update_fields=["name", "folded_name", "detail", "seen_at"],
        )


def _row(tenant: Tenant, kind: DirectoryKind, entry: Entry, now: datetime) -> DirectoryObject:
    return DirectoryObject(
        tenant=tenant,
        kind=kind,
        object_id=entry.object_id[:ID_LENGTH],
        name=entry.name[:NAME_LENGTH],
        folded_name=folded(entry.name),
        detail=entry.detail.to_json(),
        seen_at=now,
    )
