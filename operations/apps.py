"""The operations app."""

from django.apps import AppConfig
from django.core.checks import register


class OperationsConfig(AppConfig):
    name = "operations"
    verbose_name = "Operations"

    def ready(self) -> None:
        from operations.system_checks import (  # noqa: PLC0415 -- models load after the app
            each_kind_has_one_owner,
        )

        register(each_kind_has_one_owner, "operations")
