"""What must hold before the product starts: one owner per kind of work, a lease that is enough."""

from collections.abc import Sequence
from datetime import timedelta

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.checks import Warning as CheckWarning

from operations.work_kinds import registrations
from operations.working import longest_step
from tenants.graph.exchange import longest_exchange


def each_kind_has_one_owner(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: object
) -> list[CheckMessage]:
    return [
        Error(
            f"The operation kind {kind!r} is registered {len(owners)} times.",
            hint="Register one continuation per kind, in the ready() of the app that owns it.",
            id="operations.E001",
        )
        for kind, owners in registrations().items()
        if len(owners) > 1
    ]


def a_slow_answer_fits_into_a_lease(
    app_configs: Sequence[AppConfig] | None = None, **kwargs: object
) -> list[CheckMessage]:
    """A worker that waits for one answer of the provider must not lose its run over it."""
    longest_answer = timedelta(seconds=longest_exchange(settings.GRAPH_TIMEOUT_SECONDS))
    if longest_answer <= longest_step():
        return []
    return [
        CheckWarning(
            f"A request to Graph may take {longest_answer.total_seconds():g} s, longer than the "
            f"{longest_step().total_seconds():g} s for which a worker may be silent.",
            hint="Raise OPERATION_LEASE_SECONDS, or lower GRAPH_TIMEOUT_SECONDS.",
            id="operations.W001",
        )
    ]
