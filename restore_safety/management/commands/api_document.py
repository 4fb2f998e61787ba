"""Print the OpenAPI document of the API, as docs/contracts keeps it."""

from typing import Any

from django.core.management.base import BaseCommand

from restore_safety.documentation.documents import api_document


class Command(BaseCommand):
    help = "Print the OpenAPI document of the API."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(api_document(), ending="")
