"""The app for Django: registers its system checks, and connects the auditing of sign-ins."""

from django.apps import AppConfig
from django.core import checks


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = "Tenants"

    def ready(self) -> None:
        # All read models, which can't be imported before the registry is ready.
        from tenants.audit import actions, sign_ins  # noqa: PLC0415 -- see above
        from tenants.audit_actions import ACTIONS  # noqa: PLC0415 -- see above
        from tenants.badges import STATES  # noqa: PLC0415 -- see above
        from tenants.sign_in import sessions  # noqa: PLC0415 -- see above
        from tenants.system_checks import check_scoping  # noqa: PLC0415 -- see above
        from tenants.web import badges  # noqa: PLC0415 -- see above

        checks.register(check_scoping, checks.Tags.models)
        actions.register(ACTIONS)
        badges.register(STATES)
        sign_ins.connect()
        sessions.connect()
