"""Capture a tenant from the command line, in the foreground."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from restore_safety.backups.capture import NothingCapturedError, capture_now
from restore_safety.backups.report import as_json, as_text, refusal_as_json
from tenants.connections.service import NotConnectedError
from tenants.management.database import errors_in_one_line
from tenants.models import Tenant


class Command(BaseCommand):
    help = "Capture a backup: read every supported policy of a tenant and keep it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tenant", required=True, help="the slug of the tenant")
        parser.add_argument("--label", default="", help="what to call it; default: name and time")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._capture(options)
        except CommandError as error:
            if options["json"]:
                self.stdout.write(refusal_as_json(str(error)))
            raise

    @errors_in_one_line()
    def _capture(self, options: dict[str, Any]) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            raise CommandError(f"There is no tenant “{options['tenant']}”.")
        try:
            backup_set = capture_now(
                tenant=tenant, created_by=None, now=timezone.now(), label=options["label"]
            )
        except (NothingCapturedError, NotConnectedError) as error:
            raise CommandError(str(error)) from error
        write = as_json if options["json"] else as_text
        self.stdout.write(write(backup_set))
