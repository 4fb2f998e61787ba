"""Tells Django of the app, and registers its system checks."""

from django.apps import AppConfig
from django.core import checks


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Tenants"

    def ready(self) -> None:
        # The checks read models, which can't be imported before the registry is ready.
        from tenants.system_checks import check_scoping  # noqa: PLC0415 -- see above

        checks.register(check_scoping, checks.Tags.models)
