"""Capturing evidence as an operation: what checks and previews have in common."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from operations import lifecycle
from operations.lifecycle import Lease, RunNotStartableError
from operations.models import OperationRun, RunOutcome
from operations.working import WorkFailedError, carried_out, lease_renewal, sleep_with_lease
from restore_safety.backups.deleting import BackupGoneError, hold_set
from restore_safety.drafts import capture_records
from restore_safety.models import BackupSet, CapturedEvidence, target_of
from restore_safety.policies.reading import reason_of
from restore_safety.truth.evidence import CaptureState
from restore_safety.truth.scope import Scope
from tenants.clock import database_now
from tenants.connections.service import NotConnectedError, reader_for
from tenants.graph.client import GraphClient
from tenants.graph.errors import GraphError
from tenants.models import ProviderConnection, Tenant
from tenants.models.credentials import UnreadableCredentialError

_BACKUP_GONE = "The backup was deleted meanwhile. Choose another one, then start the capture again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How this kind of evidence says that it came to nothing."""

    draft_gone: str
    cancelled: str
    unexpected: str
    not_captured: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What the operation run keeps of a complete capture."""

    is_whole: bool
    counts: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """One capture under way: whose evidence, of which scope, under which lease."""

    evidence: CapturedEvidence
    tenant: Tenant
    scope: Scope
    lease: Lease

    @property
    def backup_set(self) -> BackupSet:
        sets = BackupSet.objects.in_tenant(self.tenant)
        backup_set = sets.filter(pk=self.scope.backup_set).first()
        if backup_set is None:
            raise WorkFailedError("backup_gone", _BACKUP_GONE)
        return backup_set

    @property
    def connection(self) -> ProviderConnection:
        connection = ProviderConnection.objects.in_tenant(self.tenant).first()
        if connection is None:
            message = f"{self.tenant.name} has no provider connection."
            raise WorkFailedError("not_connected", message)
        return connection


def work_on(
    *,
    run_id: str,
    words: Words,
    capture: Callable[[Capture], None],
    ending: Callable[[CapturedEvidence], Ending],
) -> None:
    """Capture the run's evidence and end the run with it; safe to call again after a crash."""
    try:
        lease = lifecycle.start(run_id=UUID(run_id), now=database_now())
    except RunNotStartableError:
        return
    run = OperationRun.objects.select_related("tenant").get(pk=lease.run_id)
    evidence = capture_records.evidence_of(run)

    def settle(failure: str) -> None:
        if evidence is not None:
            capture_records.fail_capture(evidence=evidence, failure=failure, now=timezone.now())

    with carried_out(lease, unexpected=words.unexpected, cancelled=words.cancelled, settle=settle):
        if evidence is None:
            raise WorkFailedError("draft_gone", words.draft_gone)
        if evidence.state == CaptureState.CAPTURING:
            scope = Scope.from_json(evidence.scope)
            capture(Capture(evidence=evidence, tenant=run.tenant, scope=scope, lease=lease))
        evidence.refresh_from_db()
        if evidence.state != CaptureState.COMPLETE:
            raise WorkFailedError("not_captured", evidence.failure or words.not_captured)
        end = ending(evidence)
        lifecycle.end(
            lease=lease,
            outcome=RunOutcome.SUCCEEDED if end.is_whole else RunOutcome.PARTIALLY_SUCCEEDED,
            counts=end.counts,
            now=database_now(),
        )


@contextmanager
def connected(capture: Capture) -> Iterator[GraphClient]:
    """A client that reads the tenant; a tenant that cannot be reached at all fails the work."""
    tenant = capture.tenant
    try:
        with reader_for(
            tenant,
            sleep=sleep_with_lease(capture.lease),
            before_request=lease_renewal(capture.lease),
        ) as client:
            _confirm_same_directory(capture)
            yield client
    except GraphError as error:
        message = f"{tenant.name} {reason_of(error)}."
        raise WorkFailedError("connection_failed", message) from None
    except (NotConnectedError, UnreadableCredentialError):
        message = f"The provider connection of {tenant.name} is not complete. Set it up again."
        raise WorkFailedError("not_connected", message) from None


def _confirm_same_directory(capture: Capture) -> None:
    """Asked once the client exists: it stays with the connection it was made from."""
    if not target_of(capture.tenant).is_same_as(capture.scope.target):
        raise WorkFailedError(
            "connected_elsewhere",
            f"The connection of {capture.tenant.name} was pointed to another directory meanwhile. "
            "Start the capture again.",
        )


@contextmanager
def completed_with(capture: Capture, **facts: Any) -> Iterator[None]:
    """Keep the rows made inside and the capture's completion together, or none of them.

    Holds the run's row until they stand: a worker that took over adds no second set of them.
    """
    with transaction.atomic():
        lifecycle.renew(lease=capture.lease, now=database_now())
        try:
            hold_set(capture.backup_set)
        except BackupGoneError:
            raise WorkFailedError("backup_gone", _BACKUP_GONE) from None
        yield
        if not capture_records.complete_capture(
            evidence=capture.evidence, now=timezone.now(), **facts
        ):
            transaction.set_rollback(True)
