"""The forms of signing in and of the ways to do it: allauth's, in the product's words and look."""

from typing import Any

from allauth.account import forms as account
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as second_factor
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from tenants.audit import trail
from tenants.models import ApiToken, AuditOutcome, User
from tenants.sign_in.sessions import end_with_its_hours
from tenants.tokens.service import revoke_own_tokens

_NAME_LENGTH = 60
# What a browser never sends and a library may stumble over.
_UNREADABLE = (AttributeError, IndexError, KeyError, TypeError, ValueError)


def _drawn(form: forms.Form, label: str, **labels: str) -> None:
    """One button over the whole width, labels in the product's words, nothing in the fields."""
    for name, words in labels.items():
        form.fields[name].label = words
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
    form.helper = FormHelper()  # type: ignore[attr-defined]  # crispy reads it from the form
    form.helper.add_input(Submit("submit", label, css_class="w-100"))  # type: ignore[attr-defined]


class SignInForm(account.LoginForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        _drawn(self, "Sign in")

    def add_prefix(self, field_name: str) -> str:
        # What people and their password managers know it as.
        return "username" if field_name == "login" else str(super().add_prefix(field_name))

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        response: HttpResponse = super().login(request, redirect_url=redirect_url)
        if request.user.is_authenticated:
            end_with_its_hours(request)
        return response


class PasswordProofForm(account.ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""
        _drawn(self, "Prove it")


class _TokensToo:
    """A new password ends sessions, not tokens: it asks about these where there are any."""

    user: User
    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]

    def ask_about_tokens(self) -> None:
        count = ApiToken.objects.visible_to(self.user).usable_at(timezone.now()).count()
        if count:
            mine = "my API token" if count == 1 else f"my {count} API tokens"
            self.fields["revoke_tokens"] = forms.BooleanField(
                label=f"Revoke {mine} too",
                required=False,
                help_text="A new password ends no token: scripts that use one go on.",
            )

    def save(self) -> None:
        super().save()  # type: ignore[misc]  # allauth's form comes next
        if self.cleaned_data.get("revoke_tokens"):
            revoke_own_tokens(actor=self.user, now=timezone.now())


class PasswordChangeForm(_TokensToo, account.ChangePasswordForm):  # type: ignore[misc]  # no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].help_text = ""
        _drawn(
            self,
            "Change the password",
            oldpassword="Current password",
            password1="New password",
            password2="New password again",
        )
        self.ask_about_tokens()


class PasswordSetForm(account.SetPasswordForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _drawn(self, "Set the password", password1="New password", password2="New password again")


class PasswordResetForm(account.ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    users: list[User]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _drawn(self, "Send the mail", email="E-mail address of your account")

    def clean_email(self) -> str:
        email = str(super().clean_email())
        # A mail replaces a password; it gives none to who signs in with the directory alone.
        self.users = [person for person in self.users if person.has_usable_password()]
        return email


class NewPasswordForm(_TokensToo, account.ResetPasswordKeyForm):  # type: ignore[misc]  # no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _drawn(self, "Set the password", password1="New password", password2="New password again")
        if self.user is not None:
            self.ask_about_tokens()


class CodeForm(second_factor.AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _drawn(self, "Sign in", code="Code from your authenticator app, or a recovery code")


class CodeProofForm(second_factor.ReauthenticateForm):  # type: ignore[misc]  # no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _drawn(self, "Prove it", code="Code from your authenticator app, or a recovery code")


class AppForm(totp.ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _drawn(self, "Set up the app", code="Code the app shows now")


class _ReadablePasskey(forms.JSONField):
    """What a browser sends of a passkey: an object, or it is refused."""

    def to_python(self, value: Any) -> Any:
        read = super().to_python(value)
        if read is not None and not isinstance(read, dict):
            raise get_adapter().validation_error("incorrect_code")
        return read


class _PasskeyUse:
    """Refuses a passkey that is not the person's, whatever was sent, and records that."""

    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]  # allauth's form comes next
        except (ValidationError, *_UNREADABLE) as error:
            self.record_failure()
            raise get_adapter().validation_error("incorrect_code") from error

    def record_failure(self) -> None:
        raise NotImplementedError


class SecondPasskeyForm(_PasskeyUse, webauthn.AuthenticateWebAuthnForm):  # type: ignore[misc]
    credential = _ReadablePasskey(widget=forms.HiddenInput)

    def record_failure(self) -> None:
        _record("second_factor.failed", self.user)


class PasskeyProofForm(_PasskeyUse, webauthn.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    credential = _ReadablePasskey(widget=forms.HiddenInput)

    def record_failure(self) -> None:
        _record("reauthentication.failed", self.user)


class PasskeySignInForm(_PasskeyUse, webauthn.LoginWebAuthnForm):  # type: ignore[misc]  # no types
    credential = _ReadablePasskey(widget=forms.HiddenInput)

    def record_failure(self) -> None:
        # Whose it claims to be is what the sender says: no one is named.
        _record("sign_in.failed", None)


class PasskeyForm(webauthn.AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """Adds a passkey, always one that signs in by itself: it proves the person, not the device."""

    credential = _ReadablePasskey(widget=forms.HiddenInput)
    passwordless = forms.BooleanField(initial=True, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].max_length = _NAME_LENGTH
        self.fields["name"].widget.attrs["maxlength"] = _NAME_LENGTH

    def clean_name(self) -> str:
        return str(super().clean_name())[:_NAME_LENGTH]

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except _UNREADABLE as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return cleaned


def _record(action: str, actor: User | None) -> None:
    trail.record(
        action=action,
        actor=actor,
        tenant=None,
        outcome=AuditOutcome.DENIED,
        detail={"method": "passkey"},
    )
