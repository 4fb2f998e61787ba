"""Who signed in, who failed to and who signed out, through whichever door: Django tells of each."""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from tenants import audit
from tenants.models import AuditOutcome, User

# Enough to recognise a name; somebody may have typed a password in its place.
_NAME_TRIED = 40


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="audit_signed_in")
    user_login_failed.connect(_sign_in_failed, dispatch_uid="audit_sign_in_failed")
    user_logged_out.connect(_signed_out, dispatch_uid="audit_signed_out")


def _signed_in(*, user: User, **kwargs: Any) -> None:
    audit.record(action="sign_in.succeeded", actor=user, tenant=None, subject=f"user:{user.pk}")


def _sign_in_failed(*, credentials: dict[str, Any], **kwargs: Any) -> None:
    tried = str(credentials.get(User.USERNAME_FIELD, ""))
    audit.record(
        action="sign_in.failed",
        actor=None,
        tenant=None,
        outcome=AuditOutcome.DENIED,
        detail={"username": tried[:_NAME_TRIED]},
    )


def _signed_out(*, user: User | None, **kwargs: Any) -> None:
    if user is not None:  # nobody was signed in: the session had ended
        audit.record(
            action="sign_out.succeeded", actor=user, tenant=None, subject=f"user:{user.pk}"
        )
