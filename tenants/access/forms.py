"""Who gets which role: the choices are the workspace's own people and groups."""

from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms

from tenants.access.holdings import members_of
from tenants.access.service import Capabilities
from tenants.models import Tenant, WorkspaceGroup
from tenants.models.capabilities import ROLE_CAPABILITIES, Role

ROLES = [(role.value, role.label) for role in Role]


class GrantForm(forms.Form):
    """Asked with GET, for nothing is done before the confirmation."""

    holder = forms.ChoiceField(label="Person or group")
    role = forms.ChoiceField(choices=ROLES, widget=forms.RadioSelect)

    def __init__(self, data: Mapping[str, Any] | None = None, *, tenant: Tenant) -> None:
        super().__init__(data)
        self.fields["holder"].choices = _holders(tenant)  # type: ignore[attr-defined]  # a ChoiceField
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.disable_csrf = True
        self.helper.add_input(Submit("", "Continue"))

    @property
    def chosen(self) -> tuple[str, int]:
        """Which kind of holder, and its key."""
        kind, _, key = self.cleaned_data["holder"].partition(":")
        return kind, int(key)


class RoleForm(forms.Form):
    """Which other role a known person or group gets; asked with GET."""

    role = forms.ChoiceField(label="New role", widget=forms.RadioSelect)

    def __init__(self, *, action: str, held: Capabilities) -> None:
        super().__init__()
        self.fields["role"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (role.value, role.label) for role in Role if ROLE_CAPABILITIES[role] != held
        ]
        self.helper = FormHelper()
        self.helper.form_method = "get"
        self.helper.form_action = action
        self.helper.disable_csrf = True
        self.helper.add_input(Submit("", "Continue"))


def _holders(tenant: Tenant) -> list[tuple[str, list[tuple[str, str]]]]:
    people = members_of(tenant.workspace_id).filter(is_active=True).order_by("username", "pk")
    groups = WorkspaceGroup.objects.filter(workspace=tenant.workspace_id)
    return [
        ("", [("", "Choose one")]),
        (
            "People",
            [(f"person:{each.pk}", _both_names(each.username, str(each))) for each in people],
        ),
        ("Groups", [(f"group:{each.group_id}", each.name) for each in groups]),
    ]


def _both_names(username: str, name: str) -> str:
    return username if name == username else f"{name} ({username})"
