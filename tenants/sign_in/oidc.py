"""Microsoft Entra, or another OpenID Connect directory, as the environment names it."""

from typing import Any

import jwt
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.utils import get_next_redirect_url, passthrough_next_redirect_url
from allauth.core import ratelimit
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from requests import RequestException

from tenants.membership.invitation_session import remembered
from tenants.membership.invitations import open_invitation
from tenants.reauthentication import proof_required
from tenants.sign_in.claims import claimed_in
from tenants.sign_in.joining import begun_with, turned_back_to
from tenants.web.caches import keep, kept
from tenants.web.http import AuthedRequest

PROVIDER = "entra"
_ALGORITHMS = ("RS256", "PS256", "ES256")
_DISCOVERY_SECONDS = 600
# What is kept of an account: enough to recognise it, and no address.
_KEPT = ("name", "preferred_username")


def is_configured() -> bool:
    return bool(settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"])


def offered() -> str:
    """What the buttons call the directory; "" where there is none."""
    return settings.OIDC_NAME if is_configured() else ""


class Directory(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """Takes who a person is from the directory: issuer and subject, with the signature checked."""

    @property
    def openid_config(self) -> dict[str, Any]:
        # Who is not signed in can ask for it, so it is not fetched each time.
        key = f"oidc-discovery:{settings.OIDC_SERVER_URL}"
        config: dict[str, Any] | None = kept(key)
        if config is None:
            config = super().openid_config
            keep(key, config, seconds=_DISCOVERY_SECONDS)
        return config

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any
    ) -> Any:
        claims = self._decode_id_token(app, str(kwargs["response"].get("id_token", "")))
        data = {name: claims[name] for name in _KEPT if name in claims}
        data["uid"] = f"{claims['sub']}@{claims['iss']}"
        login = self.get_provider().sociallogin_from_response(request, {"id_token": data})
        login.auth_time = claims.get("auth_time")
        login.claimed = claimed_in(claims)
        return login

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        """The claims of a token that its issuer signed, for this application, and still holds."""
        if _algorithm_of(id_token) not in _ALGORITHMS:
            raise OAuth2Error("The id_token is not signed with a key of the directory's.")
        try:
            claims: dict[str, Any] = jwtkit.verify_and_decode(
                credential=id_token,
                keys_url=self.openid_config["jwks_uri"],
                issuer=self.openid_config["issuer"],
                audience=app.client_id,
                lookup_kid=jwtkit.lookup_kid_jwk,
            )
        except (KeyError, ValueError) as error:
            raise OAuth2Error("The id_token or the directory's keys could not be read.") from error
        if not claims.get("sub"):
            raise OAuth2Error("The id_token names no one.")
        return claims


@login_not_required
@require_POST
def sign_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send who is not signed in to the directory."""
    provider = _provider(request, provider_id)
    if limited := ratelimit.consume_or_429(request, action="login"):
        refused: HttpResponse = limited
        return refused
    back_to = get_next_redirect_url(request)
    if request.user.is_authenticated:
        return redirect(back_to or settings.LOGIN_REDIRECT_URL)
    return _sent_to(provider, request, AuthProcess.LOGIN, back_to)


@login_not_required
@require_POST
def join(request: HttpRequest) -> HttpResponse:
    """Send who opened an invitation to the directory, to make their account with it."""
    provider = _provider(request)
    if limited := ratelimit.consume_or_429(request, action="login"):
        refused: HttpResponse = limited
        return refused
    invitation = open_invitation(digest=remembered(request), now=timezone.now())
    if invitation is None:
        raise Http404
    back_to = reverse("tenants:invitation-accept")
    if request.user.is_authenticated:
        return redirect(back_to)
    # The account of another address would be refused again, so which one is asked each time.
    return _sent_to(
        provider,
        request,
        AuthProcess.LOGIN,
        back_to,
        data=begun_with(invitation.pk),
        scope=[*provider.get_scope(), "email"],
        auth_params={"prompt": "select_account"},
    )


@login_not_required
@require_safe
def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Where the directory sends people back to, with who they are."""
    _provider(request, provider_id)
    response: HttpResponse = OAuth2CallbackView.adapter_view(Directory(request, provider_id))(
        request
    )
    return response


@require_POST
@proof_required
def connect(request: AuthedRequest) -> HttpResponse:
    """Send who is signed in to the directory, to connect the account they prove there."""
    return _sent_to(_provider(request), request, AuthProcess.CONNECT, reverse("mfa_index"))


@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: AuthedRequest) -> HttpResponse:
    """Have the directory ask who is signed in to prove it there, once more."""
    provider = _provider(request)
    ways = get_account_adapter().get_reauthentication_methods(request.user)
    if all(way["url"] != request.path for way in ways):  # it would not count for this person
        first = reverse("account_reauthenticate")
        return redirect(passthrough_next_redirect_url(request, first, "next"))
    if request.method == "POST":
        back_to = get_next_redirect_url(request) or reverse("mfa_index")
        again = {"prompt": "login", "max_age": "0"}
        return _sent_to(provider, request, AuthProcess.REDIRECT, back_to, auth_params=again)
    others = [
        way | {"url": passthrough_next_redirect_url(request, way["url"], "next")}
        for way in ways
        if way["url"] != request.path
    ]
    context = {"name": settings.OIDC_NAME, "reauthentication_alternatives": others}
    return render(request, "tenants/sign_in/prove_with_account.html", context)


def _provider(request: HttpRequest, provider_id: str = PROVIDER) -> Any:
    """The directory of the environment; where it names none, there is no such page."""
    try:
        provider = get_adapter().get_provider(request, provider=provider_id)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    provider.oauth2_adapter_class = Directory
    return provider


def _sent_to(
    provider: Any, request: HttpRequest, process: str, back_to: str | None, **asked: Any
) -> HttpResponse:
    """The way to the directory, or back with a word when it cannot be reached."""
    try:
        response: HttpResponse = provider.redirect(request, process, next_url=back_to, **asked)
    except (RequestException, KeyError):
        messages.error(request, f"{settings.OIDC_NAME} could not be reached. Try again later.")
        return redirect(turned_back_to(request, asked))
    return response


def _algorithm_of(id_token: str) -> str:
    try:
        return str(jwt.get_unverified_header(id_token).get("alg", ""))
    except jwt.PyJWTError:
        return ""
