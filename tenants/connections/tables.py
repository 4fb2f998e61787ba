"""The list of tenants as a table; each order ends in the key, so pages never overlap."""

import django_tables2 as tables

from tenants.models import Tenant


class TenantTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    caption = "Tenants"
    empty_hint = "None is open to you, or none matches your search."
    empty_icon = "buildings"

    name = tables.Column(verbose_name="Tenant", linkify=True, order_by=("name", "pk"))
    workspace = tables.Column(
        verbose_name="Workspace",
        accessor="workspace__name",
        order_by=("workspace__name", "pk"),
    )
    connection = tables.TemplateColumn(
        "{% if record.connection %}{% badge record.connection.state %}"
        "{% else %}Not connected{% endif %}",
        verbose_name="Connection",
        order_by=("connection__verification", "pk"),
    )
    last_verified = tables.TemplateColumn(
        "{% moment record.connection.last_verified_at|default:None %}",
        order_by=("connection__last_verified_at", "pk"),
    )
    write_gate = tables.TemplateColumn(
        "{{ record.writes_enabled|yesno:'Open,Closed' }}", order_by=("writes_enabled", "pk")
    )

    class Meta:
        model = Tenant
        fields = ("name", "workspace", "connection", "last_verified", "write_gate")
        order_by = "name"
        empty_text = "No tenants here"
