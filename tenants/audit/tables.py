"""The trail as a table, the newest first: it is read from its end, so nothing reorders it."""

import json
from dataclasses import dataclass
from typing import Any

import django_tables2 as tables
from django.template.loader import render_to_string

from tenants.audit.actions import label_of
from tenants.audit.sentences import sentence_of
from tenants.models import AuditEvent, User


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One event: its sentence, and what is folded away behind it."""

    event: AuditEvent
    reader: User

    @property
    def label(self) -> str:
        return label_of(self.event.action)

    @property
    def sentence(self) -> str:
        return sentence_of(self.event)

    @property
    def facts(self) -> list[tuple[str, object]]:
        event = self.event
        return [
            ("Kind", self.label),
            ("Action", event.action),
            ("Who", event.actor_name),
            ("Subject", event.subject),
            *(
                (_worded(name), _worded_value(value))
                for name, value in event.detail_for(self.reader).items()
            ),
            *(
                (_worded(name), "Not shown: it may name tenants that are not yours")
                for name in event.withheld_from(self.reader)
                if name != "salt"
            ),
            ("Address", event.address),
            ("Request", event.request_id),
            ("Record", f"{event.sequence} of {event.chain_id}"),
            ("Hash", event.hash),
        ]


class AuditTable(tables.Table):  # type: ignore[misc]  # django-tables2 has no types
    caption = "Audit trail"
    empty_hint = "No event of the tenants open to you matches."
    empty_icon = "journal-text"

    at = tables.TemplateColumn("{% moment record.at %}", verbose_name="When")
    action = tables.Column(verbose_name="What", attrs={"td": {"class": "rs-card-whole"}})
    outcome = tables.TemplateColumn("{% badge record.outcome_member %}")
    tenant_name = tables.Column(verbose_name="Where", empty_values=())

    class Meta:
        model = AuditEvent
        fields = ("at", "action", "outcome", "tenant_name")
        orderable = False
        empty_text = "No events"

    def __init__(self, *args: Any, reader: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._reader = reader

    def render_action(self, record: AuditEvent) -> str:
        line = AuditLine(event=record, reader=self._reader)
        return render_to_string("tenants/audit_event.html", {"line": line})

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
