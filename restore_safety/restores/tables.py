"""Restores and their items as tables; each order ends in the key, so pages never overlap."""

from collections.abc import Mapping
from enum import Enum
from uuid import UUID

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from restore_safety.execution.overrides import overrides_of
from restore_safety.models import RestoreDraft, RestoreItem, RestoreRun
from restore_safety.restores.pages.actions import ListedActs
from restore_safety.restores.pages.item_list import ItemEntry
from restore_safety.restores.pages.results import ResultSummary
from restore_safety.truth.attention import RestoreStatus
from tenants.templatetags.ui import badge
from tenants.web.badges import Badge


class RestoreTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Shows runs with what is handed over once the page of rows is known."""

    caption = "Restores"
    empty_text = "No restores"
    empty_hint = "Restores and dry runs appear here once they are queued; or none matches."
    empty_icon = "arrow-counterclockwise"
    summaries: Mapping[UUID, ResultSummary] = {}
    acts: ListedActs

    headline = tables.Column(verbose_name="What happened", orderable=False, empty_values=())
    result = tables.Column(orderable=False, empty_values=())
    tenant = tables.Column(order_by=("tenant__name", "pk"))
    status = tables.Column(order_by=("status", "created_at", "pk"))
    requested_by = tables.Column(
        verbose_name="Requested by",
        order_by=("requested_by__username", "pk"),
        default="A former member",
    )
    created_at = tables.TemplateColumn(
        "{% moment record.created_at %}", verbose_name="Queued", order_by=("created_at", "pk")
    )

    class Meta:
        model = RestoreRun
        fields = ("headline", "result", "tenant", "status", "requested_by", "created_at")
        order_by = "-created_at"

    def render_headline(self, record: RestoreRun) -> SafeString:
        context = {
            "run": record,
            "result": self.summaries[record.pk].result,
            "acts": self.acts.of(record),
            "overrides": overrides_of(record),
        }
        return render_to_string("restore_safety/restores/_headline.html", context)

    def render_result(self, record: RestoreRun) -> SafeString:
        summary = self.summaries[record.pk]
        way = summary.taken_up.way(self.acts.held_on(record)) if summary.taken_up else None
        context = {"run": record, "summary": summary, "way": way}
        return render_to_string("restore_safety/restores/_result.html", context)

    def render_status(self, record: RestoreRun) -> SafeString:
        return _badge(RestoreStatus(record.status))


class DraftTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """Drafts that can be gone on with; each row leads to the step that asks for something first."""

    caption = "Drafts to continue"
    empty_text = "No drafts"
    empty_hint = "None of the drafts you may continue matches what you asked for."
    empty_icon = "pencil-square"

    draft = tables.Column(verbose_name="Restore", orderable=False, empty_values=())
    tenant = tables.Column(order_by=("tenant__name", "pk"))
    owner = tables.Column(verbose_name="Opened by", order_by=("owner__username", "pk"))
    updated_at = tables.TemplateColumn(
        "{% moment record.updated_at %}",
        verbose_name="Scope last changed",
        order_by=("updated_at", "pk"),
    )
    discard = tables.Column(verbose_name="Discard", orderable=False, empty_values=())

    class Meta:
        model = RestoreDraft
        fields = ("draft", "tenant", "owner", "updated_at", "discard")
        order_by = "-updated_at"

    def render_draft(self, record: RestoreDraft) -> SafeString:
        return render_to_string("restore_safety/restores/_draft.html", {"draft": record})

    def render_discard(self, record: RestoreDraft) -> SafeString:
        return render_to_string("restore_safety/restores/_discard.html", {"draft": record})


class RestoreItemTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    """In the order of the query set: what needs attention comes first."""

    caption = "Items of this restore"
    empty_text = "No items"
    empty_hint = "None matches what you asked for."
    empty_icon = "list-check"

    name = tables.Column(verbose_name="Policy", order_by=("name", "pk"))
    outcome = tables.Column(order_by=("outcome", "position", "pk"))
    verification = tables.Column(order_by=("verification", "position", "pk"))

    class Meta:
        model = RestoreItem
        fields = ("name", "outcome", "verification")

    def render_name(self, record: RestoreItem) -> SafeString:
        entry = ItemEntry(item=record)
        return render_to_string("restore_safety/restores/_item.html", {"entry": entry})

    def render_outcome(self, record: RestoreItem) -> SafeString:
        return _badge(ItemEntry(item=record).status)

    def render_verification(self, record: RestoreItem) -> SafeString:
        return _badge(ItemEntry(item=record).read_back_badge)


def _badge(member: Enum | Badge) -> SafeString:
    return render_to_string("components/badge.html", badge(member))
