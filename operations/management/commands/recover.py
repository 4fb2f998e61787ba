"""Run the recovery process."""

import signal
from argparse import ArgumentParser
from threading import Event
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from operations.models import ProcessRole
from operations.processes import is_at_work_here
from operations.recovery import recover, recover_once


class Command(BaseCommand):
    help = (
        "Send work that no worker took to the queue again, and end what no worker can finish. Runs "
        "until it is asked to end, through outages of the database and the queue."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round only")
        parser.add_argument(
            "--check",
            action="store_true",
            help="make no round; fail unless a recovery process of this machine reported lately",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            if not is_at_work_here(ProcessRole.RECOVERY):
                raise CommandError("No recovery process of this machine reported lately.")
            return
        if options["once"]:
            if recover_once() is None:
                raise CommandError("The round could not be made; the log says why.")
            return
        ended = Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda number, frame: ended.set())
        recover(every=settings.RECONCILE_SECONDS, ended=ended)
