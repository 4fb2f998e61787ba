"""The operations app."""

from celery.signals import worker_ready
from django.apps import AppConfig
from django.core.checks import register


class OperationsConfig(AppConfig):
    name = "operations"
    verbose_name = "Operations"

    def ready(self) -> None:
        from operations.audit_actions import ACTIONS  # noqa: PLC0415 -- as below
        from operations.badges import STATES  # noqa: PLC0415 -- as below
        from operations.processes import report_as_worker  # noqa: PLC0415 -- as below
        from operations.system_checks import (  # noqa: PLC0415 -- models load after the app
            a_slow_answer_fits_into_a_lease,
            each_kind_has_one_owner,
        )
        from tenants.audit import actions  # noqa: PLC0415 -- as above
        from tenants.web import badges  # noqa: PLC0415 -- as above

        actions.register(ACTIONS)
        badges.register(STATES)
        worker_ready.connect(report_as_worker)
        register(each_kind_has_one_owner, "operations")
        register(a_slow_answer_fits_into_a_lease, "operations", deploy=True)
