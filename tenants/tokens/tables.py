"""API tokens as tables: a person's own, and those that reach a tenant; the newest first."""

from datetime import datetime
from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tenants.access.tables import both_names
from tenants.models import ApiToken, Tenant, TokenState


class _TokenTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """What is shown of a token, whoever looks."""

    empty_icon = "key"

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

    def render_scopes(self, record: ApiToken) -> str:
        return ", ".join(scope.label for scope in record.scope_members)


class TokenTable(_TokenTable):
    caption = "API tokens"
    empty_hint = "Make one where a script has to read or to act in your name."

    name = tables.Column(order_by=("name", "pk"))
    state = tables.Column(empty_values=(), orderable=False)

    class Meta:
        model = ApiToken
        fields = sequence = (
            "name",
            "state",
            "scopes",
            "tenant",
            "last_used_at",
            "expires_at",
            "act",
        )
        order_by = ("-created_at", "-pk")
        empty_text = "No API tokens"

    now: datetime

    def render_name(self, record: ApiToken) -> str:
        return render_to_string("tenants/_token_name.html", {"token": record})

    def render_state(self, record: ApiToken) -> str:
        by = record.revoked_by
        context = {
            "state": self._state_of(record),
            # Who revokes their own knows; that another person did is news.
            "revoked_by": by if by and by.pk != record.user_id else None,
        }
        return render_to_string("tenants/_token_state.html", context)

    def render_tenant(self, record: ApiToken) -> str:
        return str(record.tenant or "Every tenant open to you")

    def render_act(self, record: ApiToken) -> str:
        is_over = self._state_of(record) is TokenState.REVOKED
        return render_to_string("tenants/_token_act.html", {"token": record, "is_over": is_over})

    def _state_of(self, token: ApiToken) -> TokenState:
        return token.state_at(getattr(self, "now", None) or timezone.now())


class ReachingTokenTable(_TokenTable):
    """Whose scripts may come here. What a person calls their token is theirs alone to read."""

    caption = "API tokens that reach the tenant"
    empty_hint = "No script acts here in any person's name."

    user = tables.Column(verbose_name="Whose", order_by=("user__username", "pk"))
    prefix = tables.TemplateColumn(
        "<code>{{ record.prefix }}</code>", verbose_name="Token", orderable=False
    )

    class Meta:
        model = ApiToken
        fields = sequence = (
            "user",
            "prefix",
            "scopes",
            "tenant",
            "last_used_at",
            "expires_at",
            "act",
        )
        order_by = ("-created_at", "-pk")
        empty_text = "No token reaches it"
        attrs = {"class": "table rs-table rs-table-cards"}

    def __init__(self, *args: Any, reached: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reached = reached

    def render_user(self, record: ApiToken) -> SafeString:
        address = reverse("tenants:access-person", args=[self.reached.slug, record.user_id])
        return both_names(record.user, address)

    def render_tenant(self, record: ApiToken) -> str:
        return "This tenant alone" if record.tenant_id else "Every tenant open to its person"

    def render_act(self, record: ApiToken) -> SafeString:
        return format_html(
            '<a href="{}">Revoke<span class="visually-hidden"> {}</span></a>',
            reverse("tenants:access-token-revoke", args=[self.reached.slug, record.pk]),
            record.prefix,
        )
