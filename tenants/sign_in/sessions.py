"""A session changes its key when what it may do changes, and ends after its hours, used or not."""

from datetime import timedelta
from typing import Any

from allauth.account.signals import authentication_step_completed
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest
from django.utils import timezone


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="session_ends_with_its_hours")
    for changed in (authenticator_added, authenticator_removed, authenticator_reset):
        changed.connect(_second_factor_changed, dispatch_uid="session_changes_its_key")
    authentication_step_completed.connect(_proved_again, dispatch_uid="session_changes_its_key")


def end_with_its_hours(request: HttpRequest) -> None:
    """Let the session end so many hours after signing in, however much it is used meanwhile."""
    request.session.set_expiry(timezone.now() + timedelta(hours=settings.SESSION_HOURS))


def _signed_in(*, request: HttpRequest, **kwargs: Any) -> None:
    end_with_its_hours(request)


def _second_factor_changed(*, request: HttpRequest, **kwargs: Any) -> None:
    request.session.cycle_key()


def _proved_again(*, request: HttpRequest, reauthenticated: bool = False, **kwargs: Any) -> None:
    if reauthenticated:
        request.session.cycle_key()
