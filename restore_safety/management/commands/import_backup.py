"""Import an exported folder or zip from the command line."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from restore_safety.backups.importing import import_path
from restore_safety.backups.report import as_json, as_text, refusal_as_json
from restore_safety.backups.sources import ImportRefusedError
from tenants.management.database import errors_in_one_line
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Import a backup: a folder that a backup tool exported, or a zip of one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path, help="the exported folder, or a zip of it")
        parser.add_argument("--tenant", required=True, help="the slug of the tenant it is for")
        parser.add_argument("--label", default="", help="what to call it; default: the file's name")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._import(options)
        except CommandError as error:
            if options["json"]:
                self.stdout.write(refusal_as_json(str(error)))
            raise

    @errors_in_one_line()
    def _import(self, options: dict[str, Any]) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{options['tenant']}”.")
        try:
            report = import_path(
                path=options["path"],
                tenant=tenant,
                created_by=None,
                now=timezone.now(),
                label=options["label"],
            )
        except ImportRefusedError as error:
            raise CommandError(str(error)) from error
        write = as_json if options["json"] else as_text
        self.stdout.write(write(report.backup_set))
