"""The list of runs as a table; each order ends in the key, so pages never overlap."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from operations.liveness import liveness_of
from operations.models import OperationRun
from operations.processes import Services
from operations.work_kinds import FollowUp


class RunTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Shows runs with what is handed over once the page of rows is known."""

    caption = "Operations"
    empty_hint = "Captures, imports, checks, previews and restores appear here while they run."
    empty_icon = "activity"
    now: datetime
    services: Services
    follow_ups: Mapping[UUID, FollowUp] = {}

    title = tables.Column(verbose_name="Operation", order_by=("title", "pk"))
    tenant = tables.Column(order_by=("tenant__name", "pk"))
    status = tables.Column(order_by=("status", "queued_at", "pk"))
    outcome = tables.TemplateColumn(
        "{% badge record.outcome_member %}", order_by=("outcome", "queued_at", "pk")
    )
    initiator = tables.Column(
        verbose_name="Started by",
        order_by=("initiator__username", "pk"),
        default="A former member",
    )
    queued_at = tables.TemplateColumn(
        "{% moment record.queued_at %}", verbose_name="Queued", order_by=("queued_at", "pk")
    )

    class Meta:
        model = OperationRun
        fields = ("title", "tenant", "status", "outcome", "initiator", "queued_at")
        order_by = "-queued_at"
        empty_text = "No operations"

    @property
    def has_live_runs(self) -> bool:
        """Whether the page of rows that is shown holds a run that goes on."""
        return any(row.record.is_live for row in self.page.object_list)

    def render_title(self, record: OperationRun) -> SafeString:
        # What a run that goes on will come to is not known yet.
        follow_up = None if record.is_live else self.follow_ups.get(record.pk)
        return render_to_string("operations/_title.html", {"run": record, "follow_up": follow_up})

    def render_status(self, record: OperationRun) -> SafeString:
        liveness = liveness_of(record, self.now)
        next_step = self.services.next_step(liveness)
        context = {"run": record, "liveness": liveness, "next_step": next_step}
        return render_to_string("operations/_status.html", context)
