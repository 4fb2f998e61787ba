"""What a person says when they take in a backup: which tenant, and from which file."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.template.defaultfilters import filesizeformat

from tenants.models import Tenant, User
from tenants.models.capabilities import Capability


class CaptureForm(forms.Form):
    """Which tenant to capture, and what to call the backup."""

    tenant = forms.ModelChoiceField(
        queryset=Tenant.objects.none(), to_field_name="slug", empty_label="Choose a tenant"
    )
    label = forms.CharField(
        max_length=200,
        required=False,
        help_text="What to call the backup. Empty: the tenant's name and the time.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_tenants(self, user, Capability.CAPTURE_BACKUP)
        self.helper = _helper("Capture backup")


class UploadForm(forms.Form):
    """Which tenant the files belong to, and the zip that holds them."""

    tenant = forms.ModelChoiceField(
        queryset=Tenant.objects.none(), to_field_name="slug", empty_label="Choose a tenant"
    )
    file = forms.FileField(
        label="Zip of the exported folder",
        max_length=255,
        widget=forms.ClearableFileInput(attrs={"accept": ".zip,application/zip"}),
    )
    label = forms.CharField(
        max_length=200,
        required=False,
        help_text="What to call the backup. Empty: the name of the file.",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_tenants(self, user, Capability.IMPORT_BACKUP)
        largest = filesizeformat(settings.IMPORT_MAX_UPLOAD_BYTES)
        self.fields["file"].help_text = (
            "An export of IntuneManagement, IntuneCD, IntuneBackupAndRestore, CIPP or the portal, "
            f"as JSON or YAML. Up to {largest}."
        )
        self.helper = _helper("Upload and import")

    def clean_file(self) -> "UploadedFile[Any]":
        upload: UploadedFile[Any] = self.cleaned_data["file"]
        if not (upload.name or "").lower().endswith(".zip"):
            raise forms.ValidationError(
                "Choose a zip file: pack the exported folder into one, then upload that."
            )
        return upload


def _offer_tenants(form: forms.Form, user: User, capability: Capability) -> None:
    field = form.fields["tenant"]
    if isinstance(field, forms.ModelChoiceField):
        field.queryset = Tenant.objects.visible_to(user, capability)


def _helper(action: str) -> FormHelper:
    helper = FormHelper()
    helper.add_input(Submit("submit", action))
    return helper
