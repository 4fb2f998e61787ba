"""What `manage.py demo` does: serve the demo until Ctrl-C, or walk through it."""

import sys
from pathlib import Path
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


def run(command: BaseCommand, *, headless: bool, backup: Path | None, here: bool) -> None:
    """Serve the demo, or walk through it and exit with whether the walk was complete."""
    if headless and not here:
        sys.exit(walk_apart(backup))
    try:
        if headless:
            sys.exit(not _walk(command, backup))
        _serve(command)
    except KeyboardInterrupt:
        command.stderr.write("Everything has ended.")
        # Ctrl-C is how a served demo ends, and how a walk does not.
        sys.exit(int(headless))
    except (ImportRefusedError, MissingFormError, WalkError) as error:
        raise CommandError(f"The walk stopped: {error}") from error
    except (HomeTakenError, PortTakenError, ProcessEndedError) as error:
        raise CommandError(str(error)) from error


def _serve(command: BaseCommand) -> None:
    place = _place()
    with household(place) as everything:
        _start(command, everything)
        command.stderr.write("Filling the tenants…")
        with EmulatorControl(place.emulator_url) as control:
            seed(control)
        connections.close_all()
        everything.start_servers()
        command.stdout.write(_welcome(place))
        command.stdout.flush()
        everything.watch(command.stderr.write)


def _walk(command: BaseCommand, backup: Path | None) -> bool:
    def print_report(report: Report) -> None:
        command.stdout.write(str(report))
        command.stdout.flush()

    with household(_place()) as everything:
        _start(command, everything)
        everything.start_servers()
        return walk_twice(everything, backup, print_report)


def _start(command: BaseCommand, everything: ProcessGroup) -> None:
    everything.place.confirm_ports_free()
    command.stderr.write("Preparing the database…")
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
