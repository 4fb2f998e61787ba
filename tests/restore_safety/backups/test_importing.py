import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from operations.lifecycle import request_cancel, start
from operations.models import OperationRun, RunOutcome, RunStatus
from operations.work_kinds import Action
from restore_safety.backups.importing import (
    IMPORT_KIND,
    discard_upload,
    import_path,
    queue_import,
    work,
)
from restore_safety.backups.sources import ImportRefusedError
from restore_safety.backups.summary import retry_of, summary_of
from restore_safety.models import BackupSet, BackupUpload, PolicyPayload
from tenants.access.service import AccessDeniedError
from tenants.models import AuditEvent
from tests.restore_safety.backups.policies import catalog, compliance, fill, written

FILES = {
    "SettingsCatalog/1.json": written(catalog(), "utf-16"),
    "CompliancePolicies/2.json": written(compliance(), "utf-16"),
}


def uploaded(files, name="export.zip"):
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for member, raw in files.items():
            archive.writestr(member, raw)
    return SimpleUploadedFile(name, content.getvalue(), content_type="application/zip")


def kept_files():
    return [upload.file.path for upload in BackupUpload.objects.all()]


def test_a_folder_becomes_a_set(tmp_path, tenant):
    report = import_path(
        path=fill(tmp_path / "Nightly", FILES | {"README.md": b""}),
        tenant=tenant,
        created_by=None,
        now=timezone.now(),
    )

    assert report.backup_set.label == "Nightly"
    assert report.by_type == {"configurationPolicies": 1, "deviceCompliancePolicies": 1}
    assert [str(entry) for entry in report.unread] == [
        "README.md: not a backup file: it is neither JSON nor YAML"
    ]
    event = AuditEvent.objects.get(action="backup.imported")
    assert (event.actor, event.detail["by"]) == (None, "command line")


def test_importing_again_stores_no_content_twice_and_gives_the_same_digest(tmp_path, tenant):
    folder = fill(tmp_path, FILES)

    first, second = (
        import_path(path=folder, tenant=tenant, created_by=None, now=timezone.now())
        for _ in range(2)
    )

    assert first.backup_set.pk != second.backup_set.pk
    assert first.backup_set.digest == second.backup_set.digest
    assert PolicyPayload.objects.count() == 2


def test_a_refused_import_keeps_nothing(tmp_path, tenant):
    with pytest.raises(ImportRefusedError):
        import_path(
            path=fill(tmp_path, {"a.json": b"{"}),
            tenant=tenant,
            created_by=None,
            now=timezone.now(),
        )

    assert not BackupSet.objects.exists()
    assert not PolicyPayload.objects.exists()


def test_a_person_needs_the_right_to_import(tmp_path, tenant, auditor):
    with pytest.raises(AccessDeniedError):
        import_path(
            path=fill(tmp_path, FILES), tenant=tenant, created_by=auditor, now=timezone.now()
        )
    with pytest.raises(AccessDeniedError):
        queue_import(actor=auditor, tenant=tenant, upload=uploaded(FILES))

    assert not BackupUpload.objects.exists()


def test_same_file_sent_again_meanwhile_is_imported_once(tenant, operator):
    first = queue_import(actor=operator, tenant=tenant, upload=uploaded(FILES, "A.zip"))
    [file] = kept_files()

    again = queue_import(actor=operator, tenant=tenant, upload=uploaded(FILES, "B.zip"))
    other = queue_import(actor=operator, tenant=tenant, upload=uploaded({"a.json": b"{}"}))

    assert (again.run, again.is_new) == (first.run, False)
    assert other.is_new
    assert len(kept_files()) == 2
    assert file in kept_files()


def test_an_upload_is_imported_by_a_worker_and_then_removed(tenant, operator):
    run = queue_import(actor=operator, tenant=tenant, upload=uploaded(FILES, "Nightly.zip")).run
    [file] = kept_files()

    work(run_id=str(run.pk))

    run.refresh_from_db()
    backup_set = BackupSet.objects.get()
    assert (run.kind, run.title) == (IMPORT_KIND, "Import of Nightly.zip")
    assert (run.outcome, run.summary_counts) == (
        RunOutcome.SUCCEEDED,
        {"items": 2, "imported": 2, "unreadable": 0},
    )
    assert (backup_set.label, backup_set.created_by, backup_set.operation_run) == (
        "Nightly",
        operator,
        run,
    )
    assert summary_of(run).headline == "2 policies kept"
    assert retry_of(run, operator) is None
    assert not BackupUpload.objects.exists()
    assert AuditEvent.objects.get(action="backup.imported").actor == operator
    assert Path(file).suffix == ".zip"


def test_what_could_not_be_read_makes_the_outcome_partial(tenant, operator):
    run = queue_import(
        actor=operator, tenant=tenant, upload=uploaded(FILES | {"x.json": b"{", "LICENSE": b""})
    ).run

    work(run_id=str(run.pk))

    run.refresh_from_db()
    assert (run.outcome, run.summary_counts) == (
        RunOutcome.PARTIALLY_SUCCEEDED,
        {"items": 3, "imported": 2, "unreadable": 1},
    )
    summary = summary_of(run)
    assert summary.headline == "2 policies kept, 1 not read"
    assert summary.sentence == (
        "3 found. What could not be read is not in the backup set; the set names each with the "
        "reason."
    )


def test_what_is_kept_only_in_part_makes_the_outcome_partial_and_is_found_once(tenant, operator):
    files = {"1.json": written(catalog(assignments="x"))}
    run = queue_import(actor=operator, tenant=tenant, upload=uploaded(files)).run

    work(run_id=str(run.pk))

    run.refresh_from_db()
    assert (run.outcome, run.summary_counts) == (
        RunOutcome.PARTIALLY_SUCCEEDED,
        {"items": 1, "imported": 1, "unreadable": 0},
    )
    assert summary_of(run).headline == "1 policy kept, 1 only in part"


@pytest.mark.parametrize(
    ("beside", "sentence"),
    [
        ({}, "Everything that was found is in the backup set."),
        (
            {"LICENSE": b""},
            (
                "Every policy that was found is in the backup set. Left aside, without losing a "
                "policy: 1; the set names each with the reason."
            ),
        ),
    ],
)
def test_everything_is_said_to_be_there_only_when_it_is(tenant, operator, beside, sentence):
    run = queue_import(actor=operator, tenant=tenant, upload=uploaded(FILES | beside)).run

    work(run_id=str(run.pk))

    run.refresh_from_db()
    assert run.outcome == RunOutcome.SUCCEEDED
    assert summary_of(run).sentence == sentence


def test_an_upload_is_called_what_the_person_called_it(tenant, operator):
    run = queue_import(
        actor=operator, tenant=tenant, upload=uploaded(FILES), label="Before v1.2"
    ).run

    work(run_id=str(run.pk))

    assert run.title == "Before v1.2"
    assert BackupSet.objects.get().label == "Before v1.2"


def test_an_import_without_policies_fails_with_the_reason(tenant, operator, auditor):
    run = queue_import(actor=operator, tenant=tenant, upload=uploaded({"x.json": b"{"})).run

    work(run_id=str(run.pk))

    run.refresh_from_db()
    assert (run.outcome, run.failure_code) == (RunOutcome.FAILED, "import_refused")
    assert summary_of(run).sentence.startswith("It holds no policy that can be imported.")
    assert retry_of(run, operator) == Action(
        label="Upload again", url="/backups/upload/?tenant=contoso", icon="upload"
    )
    assert retry_of(run, auditor) is None
    assert not BackupUpload.objects.exists()


def test_a_dangerous_zip_is_refused_at_once_and_leaves_nothing(tenant, operator):
    with pytest.raises(ImportRefusedError):
        queue_import(actor=operator, tenant=tenant, upload=uploaded({"../x.json": b"{}"}))

    assert not OperationRun.objects.exists()
    assert not BackupUpload.objects.exists()


def test_an_upload_over_the_limit_is_refused(tenant, operator, settings):
    settings.IMPORT_MAX_UPLOAD_BYTES = 10

    with pytest.raises(ImportRefusedError, match="larger than"):
        queue_import(actor=operator, tenant=tenant, upload=uploaded(FILES))


def test_working_twice_makes_one_set(tenant, operator):
    run = queue_import(actor=operator, tenant=tenant, upload=uploaded(FILES)).run

    work(run_id=str(run.pk))
    work(run_id=str(run.pk))

    assert BackupSet.objects.count() == 1


def test_a_run_whose_worker_died_after_keeping_the_set_ends_with_it(tenant, operator):
    run = queue_import(actor=operator, tenant=tenant, upload=uploaded(FILES)).run
    work(run_id=str(run.pk))
    # As if the worker had vanished between the set and the end of the run.
    OperationRun.objects.filter(pk=run.pk).update(
        status=RunStatus.RUNNING, outcome=RunOutcome.PENDING, ended_at=None
    )
    OperationRun.objects.filter(pk=run.pk).update(lease_expires_at=timezone.now())

    work(run_id=str(run.pk))

    run.refresh_from_db()
    assert run.outcome == RunOutcome.SUCCEEDED
    assert BackupSet.objects.count() == 1


def test_a_missing_upload_fails_the_run(tenant, operator):
    run = queue_import(actor=operator, tenant=tenant, upload=uploaded(FILES)).run
    discard_upload(run_id=run.pk)

    work(run_id=str(run.pk))

    run.refresh_from_db()
    assert (run.outcome, run.failure_message) == (
        RunOutcome.FAILED,
        "The uploaded file is gone. Upload it again.",
    )


def test_a_worker_leaves_a_run_another_one_holds(tenant, operator):
    run = queue_import(actor=operator, tenant=tenant, upload=uploaded(FILES)).run
    start(run_id=run.pk, now=timezone.now())

    work(run_id=str(run.pk))

    assert not BackupSet.objects.exists()
    assert BackupUpload.objects.count() == 1


def test_a_cancelled_run_imports_nothing(tenant, operator):
    run = queue_import(actor=operator, tenant=tenant, upload=uploaded(FILES)).run
    request_cancel(actor=operator, run=run, now=timezone.now())

    work(run_id=str(run.pk))

    run.refresh_from_db()
    assert summary_of(run).headline == "Cancelled"
    assert not BackupSet.objects.exists()
