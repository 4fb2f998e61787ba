"""Serve the demo, or walk through it without a person."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from restore_safety.backups.sources import ImportRefusedError
from restore_safety.demo.browser import MissingFormError
from restore_safety.demo.directory import CONTOSO, FABRIKAM
from restore_safety.demo.headless import Report, walk_apart, walk_twice
from restore_safety.demo.processes import (
    DemoInstance,
    HomeTakenError,
    PortTakenError,
    ProcessEndedError,
    ProcessGroup,
    household,
)
from restore_safety.demo.seed import PASSWORD, PEOPLE, seed
from restore_safety.demo.walk import WalkError
from tenants.emulator.control import EmulatorControl


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
        if options["headless"] and not options["here"]:
            sys.exit(walk_apart(options["backup"]))
        try:
            if options["headless"]:
                sys.exit(not self._walk(options["backup"]))
            self._serve()
        except KeyboardInterrupt:
            self.stderr.write("Everything has ended.")
            # Ctrl-C is how a served demo ends, and how a walk does not.
            sys.exit(int(options["headless"]))
        except (ImportRefusedError, MissingFormError, WalkError) as error:
            raise CommandError(f"The walk stopped: {error}") from error
        except (HomeTakenError, PortTakenError, ProcessEndedError) as error:
            raise CommandError(str(error)) from error

    def _serve(self) -> None:
        place = _place()
        with household(place) as everything:
            self._start(everything)
            self.stderr.write("Filling the tenants…")
            with EmulatorControl(place.emulator_url) as control:
                seed(control)
            connections.close_all()
            everything.start_servers()
            self.stdout.write(_welcome(place))
            self.stdout.flush()
            everything.watch(self.stderr.write)

    def _walk(self, backup: Path | None) -> bool:
        with household(_place()) as everything:
            self._start(everything)
            everything.start_servers()
            return walk_twice(everything, backup, self._tell)

    def _tell(self, report: Report) -> None:
        self.stdout.write(str(report))
        self.stdout.flush()

    def _start(self, everything: ProcessGroup) -> None:
        everything.place.confirm_ports_free()
        self.stderr.write("Preparing the database…")
        call_command("migrate", verbosity=0, interactive=False)
        everything.start_emulator()


def _place() -> DemoInstance:
    return DemoInstance(
        home=settings.HOME,
        port=settings.PORT,
        emulator_port=urlsplit(settings.GRAPH_EMULATOR_URL).port or 0,
    )


def _welcome(place: DemoInstance) -> str:
    people = "\n".join(f"             {one.username:<10} {one.says}" for one in PEOPLE)
    return f"""
Restore Safety is running.

  Open       {place.url}/
  Sign in as
{people}
  Password   {PASSWORD}
  Tenants    {CONTOSO.name} has moved away from its backup; {FABRIKAM.name} is as it was captured

  Logs       {place.logs}
  Ctrl-C ends everything; what you did stays for the next time.
"""
