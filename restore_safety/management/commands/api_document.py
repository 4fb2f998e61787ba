"""Print the OpenAPI document of the API, as docs/contracts keeps it."""

import json
from typing import Any

from django.core.management.base import BaseCommand
from django.http import HttpRequest

from restore_safety.api.answers import dumped
from restore_safety.api.v1 import api


class Command(BaseCommand):
    help = "Print the OpenAPI document: manage.py api_document > docs/contracts/api.openapi.json"

    def handle(self, *args: Any, **options: Any) -> None:
        document = json.loads(
            api.renderer.render(HttpRequest(), api.get_openapi_schema(), response_status=200)
        )
        self.stdout.write(dumped(document), ending="")
