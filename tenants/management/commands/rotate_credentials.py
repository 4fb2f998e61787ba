"""Encrypt every stored credential with the first of the configured keys."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.connections.rotation import RotationReport, rotate_credentials
from tenants.management.database import errors_in_one_line

SCHEMA = "restore-safety/credential-rotation/1"


class Command(BaseCommand):
    help = (
        "Encrypt every stored credential anew with the first of CREDENTIAL_KEYS, so that the "
        "others can be dropped; audited, and safe to run again. Exit code 0: all of them are "
        "under the first key; 1: some could not be read, and are named."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="the report as one JSON document")

    @errors_in_one_line()
    def handle(self, *args: Any, **options: Any) -> None:
        report = rotate_credentials()
        self.stdout.write(_as_json(report) if options["json"] else _as_text(report))
        if report.unreadable:
            raise CommandError(
                "Keep the other keys, or enter those credentials again and run this once more."
            )


def _as_text(report: RotationReport) -> str:
    noun = "credential is" if report.rotated == 1 else "credentials are"
    lines = [f"{report.rotated} {noun} encrypted with the first key."]
    lines += [
        f"The credential of {slug} opens with none of the keys." for slug in report.unreadable
    ]
    return "\n".join(lines)


def _as_json(report: RotationReport) -> str:
    return json.dumps(
        {"schema": SCHEMA, "rotated": report.rotated, "unreadable": report.unreadable}, indent=2
    )
