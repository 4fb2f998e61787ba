"""What a person says of a token they make: its name, what it is for, where, and for how long."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenants.models import Tenant, User
from tenants.models.token_scopes import TokenScope
from tenants.tokens.service import LONGEST_LIFE, LONGEST_LIFE_WITH_RESTORE, longest_life

_DAYS_AT_FIRST = 30


def _choice(scope: TokenScope) -> tuple[str, SafeString]:
    meaning = '<strong>{}</strong>: {} <code class="rs-code">{}</code>'
    return scope.value, format_html(meaning, scope.label, scope.sentence, scope.value)


class TokenForm(forms.Form):
    name = forms.CharField(max_length=100, help_text="Where it is used, so that you know it again.")
    scopes = forms.TypedMultipleChoiceField(
        choices=[_choice(scope) for scope in TokenScope],
        coerce=TokenScope,
        widget=forms.CheckboxSelectMultiple,
        label="What it is for",
        help_text="A token never does more than you may do yourself.",
        error_messages={"required": "Choose at least one: without, the token opens nothing."},
    )
    tenant = forms.ModelChoiceField(
        queryset=Tenant.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label="Every tenant open to you",
        help_text="A token for one tenant knows of no other.",
    )
    days = forms.IntegerField(
        label="Valid for days",
        min_value=1,
        max_value=LONGEST_LIFE.days,
        help_text=f"At most {LONGEST_LIFE.days}; with “{TokenScope.RESTORE.label}” at most "
        f"{LONGEST_LIFE_WITH_RESTORE.days}.",
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, user: User) -> None:
        initial = {"days": _DAYS_AT_FIRST, "scopes": [TokenScope.READ]}
        super().__init__(data, initial=initial)
        self.fields["tenant"].queryset = Tenant.objects.visible_to(user)  # type: ignore[attr-defined]
        self.helper = FormHelper()
        self.helper.add_input(Submit("make", "Make token"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        longest = longest_life(cleaned.get("scopes", ()))
        if cleaned.get("days", 0) > longest.days:
            self.add_error(
                "days", f"With the scopes chosen, a token is valid for at most {longest.days} days."
            )
        return cleaned

    @property
    def valid_for(self) -> timedelta:
        return timedelta(days=self.cleaned_data["days"])
