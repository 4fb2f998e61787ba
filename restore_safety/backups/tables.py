"""Backup sets and their policies as tables; each order ends in the key, so pages never overlap."""

from enum import Enum

import django_tables2 as tables
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from restore_safety.backups.meanwhile import meanwhile_of
from restore_safety.models import BackupItem, BackupSet, BackupSource
from restore_safety.policies.completeness import Completeness
from tenants.graph.contracts import CONTRACTS
from tenants.templatetags.ui import badge


class BackupSetTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    caption = "Backup sets"
    empty_text = "No backups"
    empty_hint = "Capture a backup of a tenant or upload one; or none matches your search."
    empty_icon = "archive"

    label = tables.Column(
        verbose_name="Backup",
        order_by=("label", "pk"),
        linkify=lambda record: reverse("backups:set-detail", args=[record.pk]),
    )
    tenant = tables.Column(order_by=("tenant__name", "pk"))
    source = tables.Column(order_by=("source", "captured_at", "pk"))
    captured_at = tables.TemplateColumn(
        "{% moment record.captured_at %}", verbose_name="Taken", order_by=("captured_at", "pk")
    )
    item_count = tables.Column(verbose_name="Policies", order_by=("item_count", "pk"))
    digest = tables.TemplateColumn("{% digest record.digest %}", orderable=False)

    class Meta:
        model = BackupSet
        fields = ("label", "tenant", "source", "captured_at", "item_count", "digest")
        order_by = "-captured_at"

    def render_source(self, record: BackupSet) -> SafeString:
        caution = meanwhile_of(record)
        note = [(caution,)] if caution else []
        return _badge(BackupSource(record.source)) + format_html_join(
            "", '<p class="rs-muted small mb-0">{}</p>', note
        )


class BackupItemTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    caption = "Policies in this backup"
    empty_text = "No policies"
    empty_hint = "None matches your search."
    empty_icon = "file-earmark-text"

    name = tables.Column(
        verbose_name="Policy",
        order_by=("name", "pk"),
        linkify=lambda record: reverse("backups:item-detail", args=[record.pk]),
    )
    contract_key = tables.Column(verbose_name="Type", order_by=("contract_key", "name", "pk"))
    assignments = tables.Column(orderable=False, empty_values=())
    completeness = tables.Column(verbose_name="Captured", orderable=False, empty_values=())

    class Meta:
        model = BackupItem
        fields = ("name", "contract_key", "assignments", "completeness")
        order_by = "name"

    def render_contract_key(self, value: str) -> str:
        return CONTRACTS[value].label if value in CONTRACTS else value

    def render_assignments(self, record: BackupItem) -> str:
        if record.assignments is None:
            return "Not captured"
        return str(len(record.assignments)) if record.assignments else "None"

    def render_completeness(self, record: BackupItem) -> SafeString:
        """How it was captured and, where not whole, why: in the words of the policy's own page."""
        facts = Completeness.from_json(record.completeness)
        why = format_html_join(
            "", '<p class="rs-muted mb-0">{}</p>', ((one,) for one in facts.content_problems)
        )
        return _badge(facts.wholeness) + why


def _badge(member: Enum) -> SafeString:
    return render_to_string("components/badge.html", badge(member))
