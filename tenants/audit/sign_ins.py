"""Who signed in and with what, who failed to, and what changed about how they may.

Django and allauth report each by a signal, through whichever door it happened.
"""

from typing import Any

from allauth.account.signals import (
    authentication_step_completed,
    password_changed,
    password_reset,
    password_set,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
)
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from tenants.audit import trail
from tenants.models import AuditOutcome, User
from tenants.reauthentication import way_of, ways_used
from tenants.web.searching import searchable

# Enough to recognise a name; a password may have been typed in its place.
_NAME_TRIED = 40


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="audit_signed_in")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="audit_sign_in_failed")
    user_logged_out.connect(_signed_out, dispatch_uid="audit_signed_out")
    authentication_step_completed.connect(_proved, dispatch_uid="audit_proved")
    authentication_failed.connect(_factor_failed, dispatch_uid="audit_factor_failed")
    authenticator_added.connect(_factor_added, dispatch_uid="audit_factor_added")
    authenticator_removed.connect(_factor_removed, dispatch_uid="audit_factor_removed")
    authenticator_reset.connect(_factor_added, dispatch_uid="audit_codes_made")
    for changed in (password_changed, password_set):
        changed.connect(_password_changed, dispatch_uid="audit_password_changed")
    password_reset.connect(_password_reset, dispatch_uid="audit_password_reset")
    social_account_added.connect(_connected, dispatch_uid="audit_account_connected")
    social_account_removed.connect(_disconnected, dispatch_uid="audit_account_disconnected")


def subject_tried(username: str) -> str:
    """Whose name was given for signing in, as the trail names them; empty where it is unknown."""
    known = User.objects.filter(username__iexact=searchable(username)).values_list("pk", flat=True)
    return "".join(f"user:{key}" for key in known[:1])


def _signed_in(*, user: User, request: HttpRequest, **kwargs: Any) -> None:
    ways = ways_used(request, user)
    _record("sign_in.succeeded", user, detail={"method": ways} if ways else None)


def _sign_in_failed(
    *, credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any
) -> None:
    person = getattr(request, "user", None)
    if isinstance(person, User):  # who is signed in already was asked to prove it again
        _record("reauthentication.failed", person, refused=True, detail={"method": "password"})
        return
    tried = str(credentials.get(User.USERNAME_FIELD, ""))
    trail.record(
        action="sign_in.failed",
        actor=None,
        tenant=None,
        subject=subject_tried(tried),
        outcome=AuditOutcome.DENIED,
        detail={"username": tried[:_NAME_TRIED]},
    )


def _signed_out(*, user: User | None, **kwargs: Any) -> None:
    if user is not None:  # no one was signed in: the session had ended
        _record("sign_out.succeeded", user)


def _proved(*, user: User, method: str, reauthenticated: bool = False, **kwargs: Any) -> None:
    if reauthenticated:
        way = way_of({"method": method, "type": kwargs.get("type")})
        _record("reauthentication.succeeded", user, detail={"method": way})


def _factor_failed(
    *, user: User, authenticator: Authenticator, reauthentication: bool = False, **kwargs: Any
) -> None:
    action = "reauthentication.failed" if reauthentication else "second_factor.failed"
    _record(action, user, refused=True, detail={"method": _factor(authenticator)})


def _factor_added(*, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        _record("recovery_codes.made", user)
        return
    _record("second_factor.added", user, detail={"method": _factor(authenticator)})


def _factor_removed(*, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    _record("second_factor.removed", user, detail={"method": _factor(authenticator)})


def _password_changed(*, user: User, **kwargs: Any) -> None:
    _record("password.changed", user)


def _password_reset(*, user: User, **kwargs: Any) -> None:
    _record("password.reset", user)


def _connected(*, sociallogin: Any, **kwargs: Any) -> None:
    _record(
        "account.connected", sociallogin.user, detail={"provider": sociallogin.account.provider}
    )


def _disconnected(*, socialaccount: Any, **kwargs: Any) -> None:
    _record("account.disconnected", socialaccount.user, detail={"provider": socialaccount.provider})


def _factor(authenticator: Authenticator) -> str:
    return way_of({"method": "mfa", "type": str(authenticator.type)})


def _record(
    action: str, person: User, *, refused: bool = False, detail: dict[str, Any] | None = None
) -> None:
    trail.record(
        action=action,
        actor=person,
        tenant=None,
        subject=f"user:{person.pk}",
        outcome=AuditOutcome.DENIED if refused else AuditOutcome.ALLOWED,
        detail=detail,
    )
