"""A person's API tokens as a table, the newest first."""

from datetime import datetime

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils import timezone

from tenants.models import ApiToken, TokenState


class TokenTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    caption = "API tokens"
    empty_hint = "Make one where a script has to read or to act in your name."
    empty_icon = "key"

    name = tables.Column(order_by=("name", "pk"))
    state = tables.Column(empty_values=(), orderable=False)
    scopes = tables.Column(verbose_name="For", empty_values=(), orderable=False)
    tenant = tables.Column(verbose_name="Where", empty_values=(), orderable=False)
    last_used_at = tables.TemplateColumn(
        "{% moment record.last_used_at missing='Never' %}",
        verbose_name="Last used",
        order_by=("last_used_at", "pk"),
    )
    expires_at = tables.TemplateColumn(
        "{% moment record.expires_at %}", verbose_name="Valid until", order_by=("expires_at", "pk")
    )
    act = tables.Column(verbose_name="Act", empty_values=(), orderable=False)

    class Meta:
        model = ApiToken
        fields = ("name", "state", "scopes", "tenant", "last_used_at", "expires_at", "act")
        order_by = ("-created_at", "-pk")
        empty_text = "No API tokens"

    now: datetime

    def render_name(self, record: ApiToken) -> str:
        return render_to_string("tenants/_token_name.html", {"token": record})

    def render_state(self, record: ApiToken) -> str:
        return render_to_string("tenants/_token_state.html", {"state": self._state_of(record)})

    def render_scopes(self, record: ApiToken) -> str:
        return ", ".join(scope.label for scope in record.scope_members)

    def render_tenant(self, record: ApiToken) -> str:
        return str(record.tenant or "Every tenant open to you")

    def render_act(self, record: ApiToken) -> str:
        is_over = self._state_of(record) is TokenState.REVOKED
        return render_to_string("tenants/_token_act.html", {"token": record, "is_over": is_over})

    def _state_of(self, token: ApiToken) -> TokenState:
        return token.state_at(getattr(self, "now", None) or timezone.now())
