"""The trail as a table, the newest first: it is read from its end, so nothing reorders it."""

import json
from dataclasses import dataclass

import django_tables2 as tables
from django.template.loader import render_to_string

from tenants.audit_actions import label_of
from tenants.models import AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """What is folded away in the line of one event."""

    event: AuditEvent

    @property
    def what(self) -> str:
        return label_of(self.event.action)

    @property
    def facts(self) -> list[tuple[str, object]]:
        event = self.event
        return [
            ("Action", event.action),
            ("Subject", event.subject),
            *((_worded(name), _worded_value(value)) for name, value in event.detail.items()),
            ("Address", event.address),
            ("Request", event.request_id),
            ("Record", f"{event.sequence} of {event.chain_id}"),
        ]


class AuditTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    caption = "Audit trail"
    empty_hint = "No event of the tenants open to you matches."
    empty_icon = "journal-text"

    at = tables.TemplateColumn("{% moment record.at %}", verbose_name="When")
    action = tables.Column(verbose_name="What")
    outcome = tables.TemplateColumn("{% badge record.outcome_member %}")
    actor_name = tables.Column(verbose_name="Who", empty_values=())
    tenant_name = tables.Column(verbose_name="Where", empty_values=())

    class Meta:
        model = AuditEvent
        fields = ("at", "action", "outcome", "actor_name", "tenant_name")
        orderable = False
        empty_text = "No events"

    def render_action(self, record: AuditEvent) -> str:
        return render_to_string("tenants/audit_event.html", {"line": AuditLine(event=record)})

    def render_actor_name(self, value: str) -> str:
        return value or "The product"

    def render_tenant_name(self, value: str, record: AuditEvent) -> str:
        return value or record.workspace_name or "The installation"


def _worded(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _worded_value(value: object) -> str | bool | None:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, list) and all(isinstance(member, str) for member in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
