"""What allauth may do here, and the words it says it in."""

from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import record_authentication
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, _build_apps_from_settings
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from tenants.audit import trail
from tenants.membership.invitation_session import remembered, taken_up
from tenants.membership.invitations import open_invitation
from tenants.models import AuditOutcome, User, credentials
from tenants.reauthentication import is_recent, proved_at, second_factor_since
from tenants.sign_in.joining import NotLetInError, let_in, set_out_with, turned_back_to
from tenants.sign_in.limits import too_many_attempts
from tenants.web.http import client_address

_TOO_OFTEN = frozenset({"too_many_login_attempts", "rate_limited"})
# Where allauth has something to say and is not named here, the page itself says it.
_SAID = {
    "account/messages/password_changed.txt": "Your password is changed. Every other session of "
    "yours has ended.",
    "account/messages/password_set.txt": "Your password is set. Every other session of yours has "
    "ended.",
    "mfa/messages/totp_activated.txt": "The authenticator app is set up. You are asked for its "
    "code from your next sign-in on.",
    "mfa/messages/totp_deactivated.txt": "The authenticator app is removed.",
    "mfa/messages/webauthn_added.txt": "The passkey is added.",
    "mfa/messages/webauthn_removed.txt": "The passkey is removed.",
    "socialaccount/messages/account_connected.txt": "The account is connected. You can sign in "
    "with it from now on.",
    "socialaccount/messages/account_connected_updated.txt": "The account was connected already.",
    "socialaccount/messages/account_connected_other.txt": "This account is connected to another "
    "person here. Nothing was changed.",
    "socialaccount/messages/account_disconnected.txt": "The account is disconnected.",
}
NOT_CONNECTED = (
    "This {name} account is not connected to any person here. Ask a person who manages your "
    "workspace for an invitation, or sign in with your password and connect the account under "
    "Account security."
)
INVITED_NOT_CONNECTED = (
    "This {name} account is not connected to any person here. You are invited: make your account "
    "with it here."
)
# How long ago the provider may have asked a person who was sent there to confirm their identity.
_PROOF_SECONDS = 600


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Signing in and the password."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": "Please enter a correct username and password. Both are "
        "case-sensitive.",
        "incorrect_password": "This is not your password.",
        "enter_current_password": "This is not your current password.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """No one makes an account of allauth's; who is invited is let in by the invitation."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        return not is_recent(proved_at(self.request), now=timezone.now())

    def get_reauthentication_methods(self, user: User) -> list[dict[str, str]]:
        """The ways that count for the person: who has a second factor proves it with that."""
        words = {
            "reauthenticate": "Use your password",
            "mfa_reauthenticate": "Use a code",
            "mfa_reauthenticate:webauthn": "Use a passkey",
        }
        methods = [
            method | {"description": words[method["id"]]}
            for method in super().get_reauthentication_methods(user)
        ]
        if second_factor_since(user):
            return [method for method in methods if method["id"] != "reauthenticate"]
        if _has_connected_account(user):
            methods.append(
                {
                    "id": "connected_account",
                    "description": f"Use {settings.OIDC_NAME}",
                    "url": reverse("tenants:prove-with-account"),
                }
            )
        return methods

    def get_client_ip(self, request: HttpRequest) -> str:
        # The address the trail names is the one that is counted.
        return client_address(request) or "unknown"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("mfa_index")

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        _record_refusal("person_inactive", user)
        messages.error(request, "This account is switched off. Ask who manages your workspace.")
        return redirect("tenants:sign-in")

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        if code in _TOO_OFTEN:
            raise ImmediateHttpResponse(too_many_attempts(self.request))
        error: ValidationError = super().validation_error(code, *args)
        return error

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *args: Any,
        message: str | None = None,
        **kwargs: Any,
    ) -> None:
        said = message or _SAID.get(message_template or "")
        if said:
            messages.add_message(request, level, said)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """The authenticator app, passkeys and recovery codes; their secrets are encrypted at rest."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "That was not accepted. Try again.",
    }

    def encrypt(self, text: str) -> str:
        return credentials.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return credentials.decrypt(encrypted_text)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:  # noqa: A002 -- allauth's name
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return f"Passkey {number}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Restore Safety"}


class ConnectedAccountAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # no types
    """Accounts of a directory: one signs in its person, connected here or by invitation."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": "Your account has no password set up. Set one first, then disconnect it.",
    }

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[Any]:
        # The environment names the directory; rows that are added name none.
        apps = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for of_provider in apps.values() for app in of_provider]

    def authenticate_by_email(self, sociallogin: Any) -> None:
        """An address the provider names is no proof of whose account this is."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Refuse accounts neither connected nor invited, and take a proof that was asked for."""
        match sociallogin.state.get("process"):
            case AuthProcess.CONNECT:
                return
            case AuthProcess.REDIRECT:
                self._take_proof(request, sociallogin)
            case _ if not sociallogin.is_existing:
                self._let_in(request, sociallogin)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: str = AuthError.UNKNOWN,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,
    ) -> None:
        _record_refusal("cancelled" if error == AuthError.CANCELLED else "not_verified")
        said = "was cancelled" if error == AuthError.CANCELLED else "could not be verified"
        sentence = f"The sign-in with {settings.OIDC_NAME} {said}. Try again."
        state = (extra_context or {}).get("state")
        self._turn_away(request, sentence, to=turned_back_to(request, state))

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:
        return reverse("mfa_index")

    def _let_in(self, request: HttpRequest, sociallogin: Any) -> None:
        """Make the account of who came from an invitation's page; turn everybody else away."""
        invitation_id = set_out_with(sociallogin.state)
        if invitation_id is None:
            self._refuse_unconnected(request)
        try:
            acceptance = let_in(request, sociallogin, invitation_id=invitation_id)
        except NotLetInError as error:
            _record_refusal(error.reason)
            to = "tenants:invitation-accept" if error.may_try_again else "tenants:sign-in"
            self._turn_away(request, error.sentence, to=to)
        else:
            sociallogin.state["next"] = taken_up(request, acceptance)

    def _refuse_unconnected(self, request: HttpRequest) -> NoReturn:
        """Turn away an account that is not connected: to the invitation opened here, if any."""
        _record_refusal("account_not_connected")
        invitation = open_invitation(digest=remembered(request), now=timezone.now())
        if invitation is None or request.user.is_authenticated:
            self._turn_away(request, NOT_CONNECTED.format(name=settings.OIDC_NAME))
        sentence = INVITED_NOT_CONNECTED.format(name=settings.OIDC_NAME)
        self._turn_away(request, sentence, to="tenants:invitation-accept")

    def _take_proof(self, request: HttpRequest, sociallogin: Any) -> None:
        is_themselves = request.user.is_authenticated and sociallogin.user == request.user
        asked_at = sociallogin.auth_time
        is_fresh = asked_at is None or timezone.now().timestamp() - asked_at <= _PROOF_SECONDS
        if is_themselves and is_fresh:
            record_authentication(
                request,
                request.user,
                "socialaccount",
                provider=sociallogin.account.provider,
                reauthenticated=True,
            )
            return
        trail.record(
            action="reauthentication.failed",
            actor=request.user if isinstance(request.user, User) else None,
            tenant=None,
            outcome=AuditOutcome.DENIED,
            detail={"method": "connected_account"},
        )
        why = "asked for no proof" if is_themselves else "account is not the one connected to you"
        self._turn_away(request, f"This {settings.OIDC_NAME} {why}. Prove it another way.")

    def _turn_away(self, request: HttpRequest, sentence: str, *, to: str = "") -> NoReturn:
        messages.error(request, sentence)
        raise ImmediateHttpResponse(redirect(to or turned_back_to(request, None)))


def _has_connected_account(user: User) -> bool:
    is_configured = bool(settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"])
    return is_configured and SocialAccount.objects.filter(user_id=user.pk).exists()


def _record_refusal(reason: str, actor: User | None = None) -> None:
    trail.record(
        action="sign_in.refused",
        actor=actor,
        tenant=None,
        outcome=AuditOutcome.DENIED,
        detail={"reason": reason},
    )
