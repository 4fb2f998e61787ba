"""How a tenant is reached, and whether its restores need another person."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout, Submit
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django import forms
from django.conf import settings

from tenants.change_windows.four_eyes import LONGEST, SHORTEST, FourEyes
from tenants.connections.service import Certificate, ClientSecret, ConnectionTarget
from tenants.graph.clouds import Cloud
from tenants.models import CredentialKind, ProviderConnection

_THUMBPRINT = re.compile(r"[0-9A-F]{40}|[0-9A-F]{64}")


class WriteOnlyTextarea(forms.Textarea):
    """Takes a secret and never gives it back, also not when the form has to be corrected."""

    def format_value(self, value: Any) -> str:
        return ""


class FourEyesForm(forms.Form):
    """Whether restores need another person's approval, and for how many hours that counts."""

    needed = forms.ChoiceField(choices=[("yes", "Needed"), ("no", "Not needed")])
    hours = forms.IntegerField(
        min_value=int(SHORTEST.total_seconds()) // 3600,
        max_value=int(LONGEST.total_seconds()) // 3600,
    )

    def setting(self) -> FourEyes:
        return FourEyes(
            needed=self.cleaned_data["needed"] == "yes",
            lifetime=timedelta(hours=self.cleaned_data["hours"]),
        )


class ConnectionForm(forms.Form):
    """Where the tenant is and with what it is reached; a stored credential is never shown."""

    cloud = forms.ChoiceField()
    directory_id = forms.UUIDField(label="Directory (tenant) ID")
    client_id = forms.CharField(label="Application (client) ID", max_length=100)
    credential_kind = forms.ChoiceField(
        label="Credential", choices=CredentialKind, widget=forms.RadioSelect
    )
    secret = forms.CharField(
        label="Client secret",
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    private_key = forms.CharField(
        label="Private key (PEM)",
        required=False,
        widget=WriteOnlyTextarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
    )
    thumbprint = forms.CharField(label="Certificate thumbprint", required=False, max_length=128)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        connection: ProviderConnection | None = None,
        entered: dict[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=_shown(connection) | (entered or {}))
        self.connection = connection
        self.fields["cloud"].choices = _clouds()  # type: ignore[attr-defined]  # a ChoiceField
        if connection is not None and connection.has_credential:
            keeps = "Leave empty to keep the stored one."
            self.fields["secret"].help_text = keeps
            self.fields["private_key"].help_text = keeps
        self.helper = FormHelper()
        self.helper.layout = Layout(
            Fieldset("Where the tenant is", "cloud", "directory_id"),
            Fieldset(
                "The app registration",
                "client_id",
                "credential_kind",
                "secret",
                "private_key",
                "thumbprint",
            ),
        )
        self.helper.add_input(Submit("save", "Save connection"))

    def clean_thumbprint(self) -> str:
        thumbprint = re.sub(r"[\s:]", "", self.cleaned_data["thumbprint"]).upper()
        if thumbprint and not _THUMBPRINT.fullmatch(thumbprint):
            raise forms.ValidationError(
                "A thumbprint is 40 or 64 hexadecimal digits, as the portal shows it."
            )
        return thumbprint

    def clean_private_key(self) -> str:
        private_key: str = self.cleaned_data["private_key"]
        if private_key:
            try:
                load_pem_private_key(private_key.encode(), password=None)
            except (ValueError, TypeError) as error:
                # The parser's own message may quote the key, so it is not passed on.
                raise forms.ValidationError(
                    "This is not an unencrypted private key in PEM form."
                ) from error
        return private_key

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        if cleaned["credential_kind"] == CredentialKind.CERTIFICATE:
            self._require_certificate(cleaned)
        elif not cleaned["secret"] and not self._keeps_credential(cleaned):
            self.add_error("secret", "Enter the client secret of this app registration.")
        return cleaned

    def target(self) -> ConnectionTarget:
        return ConnectionTarget(
            cloud=Cloud(self.cleaned_data["cloud"]),
            directory_id=self.cleaned_data["directory_id"],
            client_id=self.cleaned_data["client_id"],
        )

    def credential(self) -> ClientSecret | Certificate | None:
        """What was entered, or None to keep the stored one."""
        cleaned = self.cleaned_data
        if cleaned["credential_kind"] == CredentialKind.SECRET:
            return ClientSecret(text=cleaned["secret"]) if cleaned["secret"] else None
        if not cleaned["private_key"]:
            return None
        return Certificate(private_key=cleaned["private_key"], thumbprint=cleaned["thumbprint"])

    def _require_certificate(self, cleaned: dict[str, Any]) -> None:
        if cleaned["private_key"]:
            if not cleaned["thumbprint"]:
                self.add_error("thumbprint", "Enter the thumbprint of the certificate.")
        elif not self._keeps_credential(cleaned):
            self.add_error("private_key", "Enter the private key of the certificate.")
        elif cleaned["thumbprint"] != self.initial["thumbprint"]:
            self.add_error("private_key", "Another certificate needs its own private key.")

    def _keeps_credential(self, cleaned: dict[str, Any]) -> bool:
        # A credential is sent only where it was entered for: another registration needs its own.
        registration = ("cloud", "directory_id", "client_id", "credential_kind")
        stored = self.connection is not None and self.connection.has_credential
        return stored and all(cleaned[name] == self.initial[name] for name in registration)


def _shown(connection: ProviderConnection | None) -> dict[str, Any]:
    if connection is None:
        return {"cloud": Cloud.GLOBAL, "credential_kind": CredentialKind.SECRET, "thumbprint": ""}
    return {
        "cloud": connection.cloud,
        "directory_id": connection.directory_id,
        "client_id": connection.client_id,
        "credential_kind": connection.credential_kind,
        "thumbprint": connection.certificate_thumbprint,
    }


def _clouds() -> list[tuple[str, str]]:
    return [
        (cloud.value, cloud.label)
        for cloud in Cloud
        if cloud is not Cloud.EMULATOR or settings.GRAPH_EMULATOR_URL
    ]
