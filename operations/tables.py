"""The list of runs as a table; each order ends in the key, so pages never overlap."""

import django_tables2 as tables

from operations.models import OperationRun


class RunTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    caption = "Operations"
    empty_hint = "Captures, imports, checks, previews and restores appear here while they run."
    empty_icon = "activity"

    title = tables.Column(verbose_name="Operation", linkify=True, order_by=("title", "pk"))
    tenant = tables.Column(order_by=("tenant__name", "pk"))
    status = tables.TemplateColumn(
        "{% badge record.status_member %}", order_by=("status", "queued_at", "pk")
    )
    outcome = tables.TemplateColumn(
        "{% badge record.outcome_member %}", order_by=("outcome", "queued_at", "pk")
    )
    initiator = tables.Column(verbose_name="Started by", order_by=("initiator__username", "pk"))
    queued_at = tables.TemplateColumn(
        "{% moment record.queued_at %}", verbose_name="Queued", order_by=("queued_at", "pk")
    )

    class Meta:
        model = OperationRun
        fields = ("title", "tenant", "status", "outcome", "initiator", "queued_at")
        order_by = "-queued_at"
        empty_text = "No operations"
        attrs = {"class": "table rs-table rs-table-cards"}
