"""Serve the demo, or walk through it without a person."""

from argparse import ArgumentParser
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

# By name: an installation for production has neither these nor what they import.
_RUNNING = "restore_safety.demo.running"
_EMULATOR = "tenants.emulator.server"


class Command(BaseCommand):
    help = (
        "Serve the demo: two made-up tenants on a Graph emulator, one of which drifted after its "
        "backup. Everything it keeps lies in RESTORE_SAFETY_HOME."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--headless",
            action="store_true",
            help="restore a backup into a fresh tenant over HTTP, twice; one JSON line for each",
        )
        parser.add_argument(
            "--backup",
            type=Path,
            help="with --headless: the exported folder or zip to restore instead of our own",
        )
        parser.add_argument(
            "--here",
            action="store_true",
            help="with --headless: stay in the configured home, which is kept",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError("The demo runs in the embedded profile only.")
        if options["backup"] and not options["headless"]:
            raise CommandError("--backup goes with --headless; in the browser, upload a zip.")
        try:
            import_module(_EMULATOR)
            running = import_module(_RUNNING)
        except ModuleNotFoundError as error:
            raise CommandError(
                f"The demo is not part of this installation: {error.name} is missing. Use a clone "
                "of the source with the extra “demo”; `make setup` installs it."
            ) from error
        running.run(
            self, headless=options["headless"], backup=options["backup"], here=options["here"]
        )
