"""What must hold before the product starts: each kind of work has one owner."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error

from operations.continuation import registrations


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
