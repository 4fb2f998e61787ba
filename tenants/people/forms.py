"""Naming groups, choosing members, inviting people, joining, and a person's own preferences."""

import unicodedata
from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from tenants.access.forms import ROLES
from tenants.access.holdings import members_of
from tenants.membership.invitations import Newcomer, OfferedRole
from tenants.models import Tenant, User, Workspace, WorkspaceGroup
from tenants.models.capabilities import Capability, Role
from tenants.models.group import GROUP_NAME_LENGTH
from tenants.models.invitation import INVITEE_LENGTH
from tenants.moments import time_zones
from tenants.sign_in import oidc

_FULL_NAME_LENGTH = 150
_ASKED_OF_A_CHOICE = (
    "Eight characters or more, not digits alone, unlike your name, and none that many people use."
)
# What turns the writing around would let one name look like another.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def legible(name: str) -> str:
    """The name with single spaces; one with invisible characters is refused."""
    if any(sign in _TURNING or unicodedata.category(sign) == "Cc" for sign in name):
        raise forms.ValidationError("Leave out signs that cannot be seen.")
    return " ".join(name.split())


class GroupForm(forms.Form):
    name = forms.CharField(
        max_length=GROUP_NAME_LENGTH, help_text="Such as the team or the shift; people read it."
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, name: str = "", submit: str
    ) -> None:
        super().__init__(data, initial={"name": name})
        self.helper = FormHelper()
        self.helper.add_input(Submit("", submit))

    def clean_name(self) -> str:
        return legible(self.cleaned_data["name"])


class GroupMemberForm(forms.Form):
    """The person to add; the choices are members of the workspace who are not in the group."""

    person = forms.ModelChoiceField(queryset=User.objects.none(), empty_label="Choose one")

    def __init__(self, data: Mapping[str, Any] | None = None, *, group: WorkspaceGroup) -> None:
        super().__init__(data)
        self.fields["person"].queryset = candidates(group)  # type: ignore[attr-defined]  # a ModelChoiceField
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.disable_csrf = True
        self.helper.add_input(Submit("", "Continue"))


class InvitationForm(forms.Form):
    invitee = forms.CharField(
        label="Who it is for",
        max_length=INVITEE_LENGTH,
        help_text="Their e-mail address or name, so that you know the invitation again.",
    )
    tenant = forms.ModelChoiceField(
        queryset=Tenant.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label="None: membership of the workspace alone",
    )
    role = forms.ChoiceField(
        choices=[("", "None"), *ROLES],
        required=False,
        help_text="Given on that tenant when the invitation is accepted.",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        workspace: Workspace,
        inviter: User,
        entered: dict[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=entered)
        if directory := oidc.offered():
            self.fields["invitee"].help_text += (
                f" With an address, no {directory} account of another address makes an account "
                "from it."
            )
        managed = Tenant.objects.visible_to(inviter, Capability.MANAGE_ACCESS)
        self.fields["tenant"].queryset = managed.filter(workspace=workspace)  # type: ignore[attr-defined]  # a ModelChoiceField
        self.helper = FormHelper()
        self.helper.add_input(Submit("", "Make the link"))

    def clean_invitee(self) -> str:
        return legible(self.cleaned_data["invitee"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        if cleaned["tenant"] and not cleaned["role"]:
            self.add_error("role", "Choose the role on that tenant.")
        elif cleaned["role"] and not cleaned["tenant"]:
            self.add_error("tenant", "Choose the tenant the role is held on.")
        return cleaned

    def gift(self) -> OfferedRole | None:
        tenant, role = self.cleaned_data["tenant"], self.cleaned_data["role"]
        return OfferedRole(tenant=tenant, role=Role(role)) if tenant else None


class JoinForm(UserCreationForm):  # type: ignore[type-arg]  # generic in the stubs only
    """A new person: how they are called, and how they sign in from now on."""

    full_name = forms.CharField(
        max_length=_FULL_NAME_LENGTH,
        help_text="How you are named to others and in the audit trail.",
    )
    field_order = ["full_name", "username", "password1", "password2"]

    class Meta(UserCreationForm.Meta):
        model = User

    def __init__(self, data: Mapping[str, Any] | None = None, *, workspace: Workspace) -> None:
        super().__init__(data)
        self._workspace = workspace
        self.fields["username"].widget.attrs.pop("autofocus", None)  # it is not the first
        self.fields["password1"].help_text = _ASKED_OF_A_CHOICE
        self.fields["password2"].help_text = ""
        self.helper = FormHelper()
        self.helper.add_input(Submit("", "Make the account", css_class="w-100"))

    def clean_full_name(self) -> str:
        """Refuse the name of a present member: readers would confuse the two."""
        name = legible(unicodedata.normalize("NFKC", self.cleaned_data["full_name"]))
        first, _, last = name.partition(" ")
        alike = Q(username__iexact=name) | Q(first_name__iexact=first, last_name__iexact=last)
        if members_of(self._workspace.pk).filter(alike).exists():
            raise ValidationError(
                "Another person here has this name. Add what distinguishes the two of you."
            )
        return name

    def newcomer(self) -> Newcomer:
        return Newcomer(
            username=self.cleaned_data["username"],
            full_name=self.cleaned_data["full_name"],
            password=self.cleaned_data["password1"],
        )


def candidates(group: WorkspaceGroup) -> models.QuerySet[User]:
    """The active members of the workspace who are not in the group."""
    people = members_of(group.workspace_id).filter(is_active=True)
    return people.exclude(groups=group.group_id).order_by("username", "pk")


class PreferencesForm(forms.Form):
    time_zone = forms.ChoiceField(
        choices=lambda: [(zone, zone.replace("_", " ")) for zone in time_zones()],
        help_text="Times are shown in this zone; the exact instant is on hover.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User) -> None:
        super().__init__(data, initial={"time_zone": user.time_zone})
        self.helper = FormHelper()
        self.helper.add_input(Submit("save", "Save preferences"))
