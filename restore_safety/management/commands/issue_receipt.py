"""Issue the evidence receipt of one restore from the command line."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from restore_safety.models import RestoreRun
from restore_safety.restores.receipts.contents import ReceiptBrokenOffError
from restore_safety.restores.receipts.issuing import ReceiptRefusedError, issue_unattended
from tenants.management.database import errors_in_one_line


class Command(BaseCommand):
    help = (
        "Issue the signed evidence receipt of a restore that has ended. "
        "Exit code 0: issued; 1: refused, with the reason."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=UUID, metavar="RUN_ID", help="the id of the restore")
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="where to write it; default: print it"
        )

    @errors_in_one_line()
    def handle(self, *args: Any, **options: Any) -> None:
        runs = RestoreRun.objects.select_related(
            "tenant__workspace", "draft", "backup_set", "preview__captured_by", "operation_run"
        )
        run = runs.filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(f"There is no restore {options['run']}.")
        output: Path | None = options["output"]
        if output is not None and output.exists():
            raise CommandError(f"{output} is there already. Nothing was written over it.")
        try:
            self._hand_out(run, output)
        except ReceiptRefusedError as refusal:
            raise CommandError(f"No receipt was issued. {refusal}") from refusal
        except ReceiptBrokenOffError as error:
            raise CommandError(
                "The restore's records changed while the receipt was written, so it was not signed."
            ) from error
        except OSError as error:
            raise CommandError(f"{output} cannot be written: {error.strerror}.") from error

    def _hand_out(self, run: RestoreRun, output: Path | None) -> None:
        parts = issue_unattended(run=run)
        if output is None:
            for part in parts:
                self.stdout.write(part, ending="")
            return
        with output.open("x", encoding="utf-8") as file:
            file.writelines(parts)
        self.stdout.write(f"The receipt of {run} is in {output}.")
