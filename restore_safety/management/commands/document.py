"""Write what the documents in docs take from the code, or report where they differ from it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from restore_safety.documentation import documents
from restore_safety.documentation.blocks import BlocksDifferError


class Command(BaseCommand):
    help = "Write the generated parts of docs; with --check, report differences and write nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="fail where a document differs")
        parser.add_argument("--folder", type=Path, default=settings.BASE_DIR / "docs")

    def handle(self, *args: Any, check: bool, folder: Path, **options: Any) -> None:
        different = []
        for name, written in documents.DOCUMENTS.items():
            file = folder / name
            current = file.read_text(encoding="utf-8")
            try:
                anew = written(current)
            except BlocksDifferError as error:
                message = f"Generated parts of {name}: {error}."
                raise CommandError(message) from error
            if anew != current:
                different.append(name)
                if not check:
                    file.write_text(anew, encoding="utf-8")
        if check and different:
            message = f"Differs from the code: {', '.join(different)}. Run make docs."
            raise CommandError(message)
        self.stdout.write(f"Written: {', '.join(different)}" if different else "No difference.")
