"""The Celery tasks: an id in, one service call; each may be delivered more than once."""

from celery import shared_task

from restore_safety.backups import capture as backup_capture
from restore_safety.backups import importing
from restore_safety.checks import capture as checks_capture
from restore_safety.directory import sync as directory_sync
from restore_safety.drafts import preview as preview_capture
from restore_safety.execution import engine


@shared_task
def capture_backup(*, run_id: str) -> None:
    backup_capture.work(run_id=run_id)


@shared_task
def import_backup(*, run_id: str) -> None:
    importing.work(run_id=run_id)


@shared_task
def run_checks(*, run_id: str) -> None:
    checks_capture.work(run_id=run_id)


@shared_task
def run_preview(*, run_id: str) -> None:
    preview_capture.work(run_id=run_id)


@shared_task
def run_restore(*, run_id: str) -> None:
    engine.work(run_id=run_id)


@shared_task
def sync_directory(*, run_id: str) -> None:
    directory_sync.work(run_id=run_id)
