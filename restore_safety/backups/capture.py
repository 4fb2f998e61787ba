"""Capture a tenant's policies as a backup set, as an operation or at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.dateformat import format as format_date

from operations import lifecycle
from operations.lifecycle import Heartbeat, Lease, RunNotStartableError
from operations.models import OperationRun, RunOutcome
from operations.single_flight import Queued, queue_once
from operations.working import (
    WorkFailedError,
    carried_out,
    heed_cancellation,
    lease_renewal,
    sleep_with_lease,
)
from restore_safety.backups.meanwhile import restores_meanwhile
from restore_safety.backups.offered import is_service_missing, service_missing_reason
from restore_safety.backups.storing import (
    PolicyRecord,
    PreparedSet,
    SetFacts,
    UnstorableContentError,
    put_on_record,
    store_set,
)
from restore_safety.backups.summary import NOTHING_KEPT, set_of, tally_of
from restore_safety.backups.understanding import group_ids_of
from restore_safety.backups.unread import Unread
from restore_safety.directory.sync import queue_sync_after
from restore_safety.models import BackupSet, BackupSource
from restore_safety.policies.reading import PolicyReading, TargetReader, reason_of
from tenants.access.service import require
from tenants.clock import database_now
from tenants.connections.service import NotConnectedError, reader_for
from tenants.graph.contracts import CONTRACTS, Contract, contract, is_built_in, name_of
from tenants.graph.errors import GraphError
from tenants.models import ProviderConnection, Tenant, User
from tenants.models.capabilities import Capability
from tenants.models.credentials import UnreadableCredentialError

CAPTURE_KIND = "backup_capture"
_READ_AT_ONCE = 60

type Watch = Callable[[int, int, str], None]


class NothingCapturedError(Exception):
    """Nothing of the tenant could be kept; the message says why."""


class NothingToKeepError(ValueError):
    """None of the readings holds a policy, so there is no pre-image to keep."""


@dataclass(slots=True)
class TenantReading:
    """A tenant as far as it was read: policies made ready, and everything left out."""

    prepared: PreparedSet = field(default_factory=PreparedSet)
    unread: list[Unread] = field(default_factory=list)

    @property
    def missed(self) -> int:
        return sum(entry.matters for entry in self.unread)


def queue_backup(*, actor: User, tenant: Tenant, label: str = "") -> Queued:
    """Start capturing the tenant as an operation; its title becomes the set's label.

    A tenant has one live capture: asked again meanwhile, it is that one, under its own label.
    """
    require(actor, Capability.CAPTURE_BACKUP, tenant)
    return queue_once(
        actor=actor,
        tenant=tenant,
        kind=CAPTURE_KIND,
        title=label or default_label(tenant, database_now()),
        subject="",
        exclusive_key=CAPTURE_KIND,
    )


def work(*, run_id: str) -> None:
    """Capture the run's tenant; safe to call again after a crash."""
    try:
        lease = lifecycle.start(run_id=UUID(run_id), now=database_now())
    except RunNotStartableError:
        return
    run = OperationRun.objects.select_related("tenant", "initiator").get(pk=lease.run_id)
    with carried_out(lease, unexpected=NOTHING_KEPT):
        backup_set = set_of(run) or _capture_for(run, lease)
        _end(lease, backup_set)
        queue_sync_after(
            actor=run.initiator, tenant=run.tenant, follows=str(run.pk), now=timezone.now()
        )


def capture_now(
    *, tenant: Tenant, created_by: User | None, now: datetime, label: str = ""
) -> BackupSet:
    """Capture the tenant in the foreground; NothingCapturedError when nothing could be kept."""
    if created_by is not None:
        require(created_by, Capability.CAPTURE_BACKUP, tenant)
    begun_at = database_now()
    with reader_for(tenant) as client:
        reading = read_tenant(TargetReader(client), watch=lambda done, total, note: None)
    with transaction.atomic():
        return _keep(
            reading,
            SetFacts(
                tenant=tenant,
                label=label or default_label(tenant, now),
                captured_at=now,
                created_by=created_by,
                restores_meanwhile=restores_meanwhile(tenant, since=begun_at),
            ),
        )


def keep_pre_images(facts: SetFacts, *, readings: Iterable[tuple[str, PolicyReading]]) -> BackupSet:
    """Keep what a restore is about to overwrite, so that undoing it is an ordinary restore.

    Each reading comes with the key of its contract. What cannot be kept is missing in the set, and
    keeps nothing else from it.
    """
    prepared = PreparedSet()
    for key, reading in readings:
        if reading.payload is not None:
            with suppress(UnstorableContentError):
                prepared.add(_record_of(contract(key), reading, reading.payload, {}))
    if not prepared.items:
        raise NothingToKeepError(facts.label)
    return store_set(
        facts,
        source=BackupSource.PRE_RESTORE,
        origin_directory_id=_directory_of(facts.tenant),
        policies=prepared,
    )


def read_tenant(reader: TargetReader, *, watch: Watch) -> TenantReading:
    """Every policy of every type; a type or policy that could not be read is named, never empty."""
    reading = TenantReading()
    listed = list(_listed(reader, reading, watch))
    total = sum(len(names) for _, names in listed)
    done = 0
    for kind, names in listed:
        for ids in batched(names, _READ_AT_ONCE, strict=False):
            watch(done, total, f"Reading {kind.plural}")
            _take(reader, reading, kind, {object_id: names[object_id] for object_id in ids})
            done += len(ids)
    watch(done, total, "Keeping the backup")
    return reading


def default_label(tenant: Tenant, now: datetime) -> str:
    return f"Backup of {tenant.name}, {format_date(now, 'j M Y H:i')} UTC"


def _listed(
    reader: TargetReader, reading: TenantReading, watch: Watch
) -> Iterator[tuple[Contract, dict[str, str]]]:
    """The ids and names of each type; what is built in cannot be restored and is left out."""
    for kind in CONTRACTS.values():
        watch(0, 0, f"Listing {kind.plural}")
        listing = reader.collection(kind)
        if listing.error is not None:
            reading.unread.append(_unlisted(kind, listing.error))
            continue
        yield (
            kind,
            {
                str(live["id"]): name_of(kind, live)
                for live in listing.objects
                if not is_built_in(kind, live)
            },
        )


def _take(
    reader: TargetReader, reading: TenantReading, kind: Contract, names: Mapping[str, str]
) -> None:
    policies = reader.in_clear(kind, reader.policies(kind, tuple(names)))
    group_names = _names_of_groups(reader, kind, policies.values())
    for object_id, name in names.items():
        policy = policies[object_id]
        if policy.payload is None:
            reading.unread.append(_unread(kind, name, policy))
            continue
        if policy.assignments is None:
            reason = "its assignments could not be read"
            reading.unread.append(Unread(name=name, reason=reason, in_part=True))
        try:
            reading.prepared.add(_record_of(kind, policy, policy.payload, group_names))
        except UnstorableContentError as error:
            reading.unread.append(Unread(name=name, reason=str(error)))


def _names_of_groups(
    reader: TargetReader, kind: Contract, policies: Iterable[PolicyReading]
) -> Mapping[str, str]:
    groups: set[str] = set()
    for policy in policies:
        if policy.payload is not None:
            groups |= group_ids_of(kind, policy.payload, policy.assignments)
    return reader.groups(groups).found if groups else {}


def _unlisted(kind: Contract, error: GraphError) -> Unread:
    """A type that could not be listed; where the tenant cannot hold any, nothing is lost."""
    if is_service_missing(error):
        return Unread(name=kind.plural, reason=service_missing_reason(error), matters=False)
    return Unread(name=kind.plural, reason=reason_of(error, kind))


def _unread(kind: Contract, name: str, policy: PolicyReading) -> Unread:
    if policy.is_absent or policy.error is None:
        reason = "it was deleted in the tenant while the backup was captured"
        return Unread(name=name, reason=reason, matters=False)
    return Unread(name=name, reason=reason_of(policy.error, kind))


def _record_of(
    kind: Contract,
    policy: PolicyReading,
    payload: dict[str, Any],
    group_names: Mapping[str, str],
) -> PolicyRecord:
    groups = group_ids_of(kind, payload, policy.assignments)
    return PolicyRecord(
        contract_key=kind.key,
        object_id=policy.object_id,
        name=name_of(kind, payload),
        odata_type=str(payload.get("@odata.type") or kind.declared_type),
        payload=payload,
        assignments=policy.assignments,
        group_names={group: group_names[group] for group in groups if group in group_names},
        completeness=policy.completeness,
    )


def _capture_for(run: OperationRun, lease: Lease) -> BackupSet:
    heart = Heartbeat(lease=lease)
    # Who takes the run over reads everything anew, so what ran before then leaves no mark.
    begun_at = database_now()

    def watch(done: int, total: int, note: str) -> None:
        if heart.beat(done, total, note):
            heed_cancellation(lease)

    try:
        with reader_for(
            run.tenant, sleep=sleep_with_lease(lease), before_request=lease_renewal(lease)
        ) as client:
            reading = read_tenant(TargetReader(client), watch=watch)
        with transaction.atomic():
            # Holds the run's row until the set exists: a worker that took over makes no second.
            lifecycle.renew(lease=lease, now=database_now())
            return _keep(
                reading,
                SetFacts(
                    tenant=run.tenant,
                    label=run.title,
                    captured_at=timezone.now(),
                    created_by=run.initiator,
                    operation_run=run,
                    restores_meanwhile=restores_meanwhile(run.tenant, since=begun_at),
                ),
            )
    except NothingCapturedError as error:
        raise WorkFailedError("nothing_captured", str(error)) from None
    except (NotConnectedError, UnreadableCredentialError) as error:
        raise WorkFailedError("not_connected", str(error)) from None


def _keep(reading: TenantReading, facts: SetFacts) -> BackupSet:
    if not reading.prepared.items:
        raise NothingCapturedError(_nothing_captured(reading))
    backup_set = store_set(
        facts,
        source=BackupSource.CAPTURED,
        origin_directory_id=_directory_of(facts.tenant),
        policies=reading.prepared,
        unreadable=[entry.to_json() for entry in reading.unread],
    )
    put_on_record(backup_set, action="backup.captured")
    return backup_set


def _nothing_captured(reading: TenantReading) -> str:
    if reading.missed:
        return f"Nothing in the tenant could be read. {reading.unread[0]}."
    return "The tenant holds no policy of a type this product restores: there is nothing to keep."


def _directory_of(tenant: Tenant) -> UUID | None:
    return (
        ProviderConnection.objects.in_tenant(tenant).values_list("directory_id", flat=True).first()
    )


def _end(lease: Lease, backup_set: BackupSet) -> None:
    tally = tally_of(backup_set)
    lifecycle.end(
        lease=lease,
        outcome=RunOutcome.SUCCEEDED if tally.is_whole else RunOutcome.PARTIALLY_SUCCEEDED,
        counts={"items": tally.kept, "unreadable": tally.missed},
        now=database_now(),
    )
