"""The project's own app: it loads Celery and answers for its kinds of operation runs."""

from django.apps import AppConfig


class RestoreSafetyConfig(AppConfig):
    name = "restore_safety"
    verbose_name = "Restore Safety"

    def ready(self) -> None:
        # `@shared_task` finds the app that was loaded first.
        from restore_safety import celery  # noqa: F401, PLC0415 -- Django must be set up before
        from restore_safety.audit_actions import ACTIONS  # noqa: PLC0415 -- as below
        from restore_safety.badges import STATES  # noqa: PLC0415 -- as below
        from restore_safety.directory.sync import (  # noqa: PLC0415 -- models load after the app
            queue_sync_after_verification,
        )
        from restore_safety.drafts.safeguards import waiting_restores  # noqa: PLC0415 -- as above
        from restore_safety.execution.audit_anchor import missing_events  # noqa: PLC0415 -- as above
        from restore_safety.navigation import links_of_tenant  # noqa: PLC0415 -- as above
        from restore_safety.operation_pages import register_all  # noqa: PLC0415 -- as above
        from tenants.audit import actions, witnesses  # noqa: PLC0415 -- as above
        from tenants.change_windows import safeguards  # noqa: PLC0415 -- as above
        from tenants.connections import links  # noqa: PLC0415 -- as above
        from tenants.connections.service import connection_verified  # noqa: PLC0415 -- as above
        from tenants.web import badges  # noqa: PLC0415 -- as above

        actions.register(ACTIONS)
        badges.register(STATES)
        register_all()
        connection_verified.connect(queue_sync_after_verification)
        witnesses.register(missing_events)
        safeguards.register(waiting_restores)
        links.register(links_of_tenant)
