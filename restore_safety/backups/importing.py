"""Imports: of a path at once, or of an uploaded zip as an operation."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import file_digest
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from operations import lifecycle
from operations.lifecycle import Heartbeat, Lease, RunNotStartableError
from operations.models import TEXT_LENGTH, OperationRun, RunOutcome
from operations.single_flight import Queued, queue_once
from operations.working import WorkFailedError, carried_out, heed_cancellation
from restore_safety.backups.export import ExportReading, read_export
from restore_safety.backups.sources import ImportRefusedError, UploadTooLargeError, open_source
from restore_safety.backups.storing import SetFacts, put_on_record, store_set
from restore_safety.backups.summary import NOTHING_KEPT, counts_by_type, set_of, tally_of
from restore_safety.backups.unread import Unread
from restore_safety.models import BackupSet, BackupSource, BackupUpload
from tenants.access.service import require
from tenants.clock import database_now
from tenants.models import Tenant, User
from tenants.models.capabilities import Capability

IMPORT_KIND = "backup_import"
_LONGEST_FILENAME = 255
_FILES_BETWEEN_LOOKS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import came to."""

    backup_set: BackupSet
    unread: tuple[Unread, ...]
    by_type: Mapping[str, int]


def import_path(
    *, path: Path, tenant: Tenant, created_by: User | None, now: datetime, label: str = ""
) -> ImportReport:
    """Import a folder or zip at once; ImportRefusedError says why when nothing was kept."""
    if created_by is not None:
        require(created_by, Capability.IMPORT_BACKUP, tenant)
    reading = read_export(path, watch=lambda done, total: None)
    with transaction.atomic():
        backup_set = _keep(
            reading,
            SetFacts(
                tenant=tenant,
                label=label or _label_of(path.resolve()),
                captured_at=now,
                created_by=created_by,
            ),
        )
    return ImportReport(
        backup_set=backup_set,
        unread=tuple(_unread_of(reading)),
        by_type=counts_by_type(backup_set),
    )


def queue_import(
    *, actor: User, tenant: Tenant, upload: "UploadedFile[Any]", label: str = ""
) -> Queued:
    """Take an uploaded zip and import it as an operation; one that is dangerous is refused now.

    The operation's title becomes the set's label when there is one. The same zip, sent again while
    it is imported, is not imported twice.
    """
    require(actor, Capability.IMPORT_BACKUP, tenant)
    if upload.size is None or upload.size > settings.IMPORT_MAX_UPLOAD_BYTES:
        raise UploadTooLargeError(
            f"The zip is larger than {settings.IMPORT_MAX_UPLOAD_BYTES // 1024**2} MB. "
            "Split it, or import the folder with the import_backup command."
        )
    filename = (upload.name or "backup.zip")[-_LONGEST_FILENAME:]
    kept = BackupUpload(
        tenant=tenant, filename=filename, uploaded_by=actor, uploaded_at=timezone.now()
    )
    # Its own name never reaches the disk.
    kept.file.save(f"{kept.pk}.zip", upload, save=False)
    try:
        with open_source(Path(kept.file.path)):
            pass
        with transaction.atomic():
            queued = queue_once(
                actor=actor,
                tenant=tenant,
                kind=IMPORT_KIND,
                title=label or _default_title(filename),
                subject=str(kept.pk),
                exclusive_key=_exclusive_key(Path(kept.file.path)),
            )
            if queued.is_new:
                kept.save()
    except BaseException:
        kept.file.delete(save=False)
        raise
    if not queued.is_new:
        kept.file.delete(save=False)
    return queued


def work(*, run_id: str) -> None:
    """Import the run's upload; safe to call again after a crash."""
    try:
        lease = lifecycle.start(run_id=UUID(run_id), now=database_now())
    except RunNotStartableError:
        return
    run = OperationRun.objects.select_related("tenant", "initiator").get(pk=lease.run_id)
    with carried_out(lease, unexpected=NOTHING_KEPT):
        backup_set = set_of(run) or _import_upload(run, lease)
        _end(lease, backup_set)
    if not OperationRun.objects.live().filter(pk=run.pk).exists():
        discard_upload(run_id=run.pk)


def discard_upload(*, run_id: UUID) -> None:
    """Remove the uploaded zip of a run that has ended or never will be worked on."""
    subject = OperationRun.objects.filter(pk=run_id, kind=IMPORT_KIND).values_list("subject")
    for upload in BackupUpload.objects.filter(pk__in=[UUID(held) for (held,) in subject]):
        upload.delete()
        transaction.on_commit(partial(upload.file.delete, save=False))


def _import_upload(run: OperationRun, lease: Lease) -> BackupSet:
    upload = BackupUpload.objects.filter(pk=run.subject).first()
    if upload is None:
        raise WorkFailedError("upload_missing", "The uploaded file is gone. Upload it again.")
    heart = Heartbeat(lease=lease)

    def watch(done: int, total: int) -> None:
        heart.beat(done, total, "Reading files")
        if done % _FILES_BETWEEN_LOOKS == 0:
            heed_cancellation(lease)

    try:
        reading = read_export(Path(upload.file.path), watch=watch)
    except ImportRefusedError as error:
        raise WorkFailedError("import_refused", str(error)) from None
    with transaction.atomic():
        # Holds the run's row until the set exists: a worker that took over never makes a second.
        lifecycle.renew(lease=lease, now=database_now())
        return _keep(
            reading,
            SetFacts(
                tenant=run.tenant,
                label=_chosen_label(run, upload) or Path(upload.filename).stem,
                captured_at=timezone.now(),
                created_by=run.initiator,
                operation_run=run,
            ),
        )


def _keep(reading: ExportReading, facts: SetFacts) -> BackupSet:
    backup_set = store_set(
        facts,
        source=BackupSource.IMPORTED,
        origin_directory_id=reading.markers.origin,
        policies=reading.prepared,
        unreadable=[entry.to_json() for entry in _unread_of(reading)],
    )
    put_on_record(backup_set, action="backup.imported")
    return backup_set


def _exclusive_key(upload: Path) -> str:
    """Names the content of the zip, whatever it is called."""
    with upload.open("rb") as content:
        return f"{IMPORT_KIND} {file_digest(content, 'sha256').hexdigest()}"


def _default_title(filename: str) -> str:
    return f"Import of {filename}"[:TEXT_LENGTH]


def _chosen_label(run: OperationRun, upload: BackupUpload) -> str:
    """What the person called the backup; "" when they left that to the name of the file."""
    return "" if run.title == _default_title(upload.filename) else run.title


def _label_of(path: Path) -> str:
    # The name of a folder may end in what looks like an extension, such as a version.
    return path.name if path.is_dir() else path.stem


def _unread_of(reading: ExportReading) -> list[Unread]:
    unread = list(reading.unread)
    if len(reading.markers.origins) > 1:
        reason = "the files name several tenants of origin, so it counts as unknown"
        unread.append(Unread(name="MigrationTable.json", reason=reason, in_part=True))
    return unread


def _end(lease: Lease, backup_set: BackupSet) -> None:
    tally = tally_of(backup_set)
    lifecycle.end(
        lease=lease,
        outcome=RunOutcome.SUCCEEDED if tally.is_whole else RunOutcome.PARTIALLY_SUCCEEDED,
        counts={"items": tally.found, "imported": tally.kept, "unreadable": tally.missed},
        now=database_now(),
    )
