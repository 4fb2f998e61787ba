"""The pages of signing in, of proving it again, and of one's own account security.

Each is allauth's view with the product's page; what allauth offers beyond these has no address.
"""

from typing import Any

from allauth.account import views as account
from allauth.mfa.base import views as second_factor
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount.forms import DisconnectForm
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse, reverse_lazy
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tenants.reauthentication import proof_required, proved_at
from tenants.sign_in import oidc
from tenants.sign_in.pages import security_page
from tenants.web.http import AuthedRequest

_SECURITY = reverse_lazy("mfa_index")
_TRAIL = [("Account security", _SECURITY)]


class SignInView(account.LoginView):  # type: ignore[misc]  # allauth has no types
    template_name = "tenants/sign_in/sign_in.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        return context | {
            "directory": oidc.offered(),
            "mail_is_sent": settings.MAIL_IS_SENT,
        }


class PasskeySignInView(webauthn.LoginWebAuthnView):  # type: ignore[misc]  # allauth has no types
    """Answers the script with what to sign, and signs in who signed it."""

    http_method_names = ["get", "post"]

    def get_authenticated_redirect_url(self) -> str:
        return settings.LOGIN_REDIRECT_URL


class PasskeyProofView(webauthn.ReauthenticateWebAuthnView):  # type: ignore[misc]  # no types
    template_name = "tenants/sign_in/prove_with_passkey.html"

    def form_invalid(self, form: Form) -> HttpResponse:
        # Back to the sign-in page would lose where the person was going.
        response: HttpResponse = self.render_to_response(self.get_context_data())
        return response


class RecoveryCodesView(recovery_codes.ViewRecoveryCodesView):  # type: ignore[misc]  # no types
    """The codes, once; whoever looks again has to make new ones."""

    template_name = "tenants/sign_in/recovery_codes.html"
    extra_context = {"breadcrumbs": [*_TRAIL, ("Recovery codes", None)]}


sign_in = SignInView.as_view()
second_factor_of_sign_in = second_factor.AuthenticateView.as_view(
    template_name="tenants/sign_in/second_factor.html"
)
passkey_sign_in = PasskeySignInView.as_view()
leave = account.LogoutView.as_view(http_method_names=["post"])
prove_with_password = account.ReauthenticateView.as_view(
    template_name="tenants/sign_in/prove_with_password.html"
)
prove_with_code = second_factor.ReauthenticateView.as_view(
    template_name="tenants/sign_in/prove_with_code.html"
)
prove_with_passkey = PasskeyProofView.as_view()

password_change = account.PasswordChangeView.as_view(
    template_name="tenants/sign_in/password_change.html",
    extra_context={"breadcrumbs": [*_TRAIL, ("Password", None)]},
)
password_set = proof_required(
    account.PasswordSetView.as_view(
        template_name="tenants/sign_in/password_set.html",
        extra_context={"breadcrumbs": [*_TRAIL, ("Password", None)]},
    )
)
app_add = proof_required(
    totp.ActivateTOTPView.as_view(
        template_name="tenants/sign_in/app_add.html",
        extra_context={"breadcrumbs": [*_TRAIL, ("Authenticator app", None)]},
    )
)
app_remove = proof_required(
    totp.DeactivateTOTPView.as_view(
        template_name="tenants/sign_in/app_remove.html",
        extra_context={"breadcrumbs": [*_TRAIL, ("Authenticator app", None)]},
    )
)
passkey_add = proof_required(
    webauthn.AddWebAuthnView.as_view(
        template_name="tenants/sign_in/passkey_add.html",
        extra_context={"breadcrumbs": [*_TRAIL, ("Add a passkey", None)]},
    )
)
passkey_remove = proof_required(
    webauthn.RemoveWebAuthnView.as_view(
        template_name="tenants/sign_in/passkey_remove.html",
        success_url=_SECURITY,
        extra_context={"breadcrumbs": [*_TRAIL, ("Remove a passkey", None)]},
    )
)
recovery_codes_view = proof_required(RecoveryCodesView.as_view())
recovery_codes_make = proof_required(
    recovery_codes.GenerateRecoveryCodesView.as_view(
        template_name="tenants/sign_in/recovery_codes_make.html",
        extra_context={"breadcrumbs": [*_TRAIL, ("Recovery codes", None)]},
    )
)

_reset = account.PasswordResetView.as_view(template_name="tenants/sign_in/password_reset.html")
_reset_sent = account.PasswordResetDoneView.as_view(
    template_name="tenants/sign_in/password_reset_sent.html"
)
_reset_from_mail = account.PasswordResetFromKeyView.as_view(
    template_name="tenants/sign_in/password_reset_from_mail.html"
)
_reset_done = account.PasswordResetFromKeyDoneView.as_view(
    template_name="tenants/sign_in/password_reset_done.html"
)


@login_not_required
def password_reset(request: HttpRequest) -> HttpResponse:
    return _where_mail_is_sent(_reset, request)


@login_not_required
def password_reset_sent(request: HttpRequest) -> HttpResponse:
    return _where_mail_is_sent(_reset_sent, request)


@login_not_required
def password_reset_from_mail(request: HttpRequest, uidb36: str, key: str) -> HttpResponse:
    return _where_mail_is_sent(_reset_from_mail, request, uidb36=uidb36, key=key)


@login_not_required
def password_reset_done(request: HttpRequest) -> HttpResponse:
    return _where_mail_is_sent(_reset_done, request)


@require_POST
def sign_out(request: AuthedRequest) -> HttpResponse:
    response: HttpResponse = leave(request)
    return response


@require_safe
def security(request: AuthedRequest) -> HttpResponse:
    """The ways one signs in, each with its state and what can be done about it."""
    page = security_page(person=request.user, proof=proved_at(request))
    context = {"page": page, "breadcrumbs": [("Account security", None)]}
    response = render(request, "tenants/sign_in/security.html", context)
    add_never_cache_headers(response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@proof_required
def account_disconnect(request: AuthedRequest, pk: int) -> HttpResponse:
    """Ask, then take the connected account away, unless nothing else would sign the person in."""
    connected = get_object_or_404(SocialAccount, pk=pk, user=request.user)
    form = DisconnectForm(
        data={"account": connected.pk} if request.method == "POST" else None, request=request
    )
    if form.is_valid():
        form.save()
        return redirect("mfa_index")
    context = {
        "form": form,
        "directory": settings.OIDC_NAME,
        "breadcrumbs": [*_TRAIL, ("Disconnect an account", None)],
    }
    return render(request, "tenants/sign_in/account_disconnect.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """The admin's own door is closed: staff come in by the one that asks for everything."""
    asked = request.GET.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()})
    back_to = asked if is_ours else reverse("admin:index")
    if not request.user.is_authenticated:
        return redirect(f"{reverse('tenants:sign-in')}?{urlencode({'next': back_to})}")
    if not (request.user.is_active and request.user.is_staff):
        raise PermissionDenied("The admin is for staff.")
    return redirect(back_to)


def _where_mail_is_sent(view: Any, request: HttpRequest, **kwargs: str) -> HttpResponse:
    if not settings.MAIL_IS_SENT:
        raise Http404
    response: HttpResponse = view(request, **kwargs)
    return response
