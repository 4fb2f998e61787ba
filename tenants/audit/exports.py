"""The trail as a file, streamed; each record carries what its hash was made from."""

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from tenants.audit import trail
from tenants.audit.actions import label_of
from tenants.audit.pages import ChainHead
from tenants.models import AuditEvent, Tenant, User, Workspace
from tenants.models.audit import AuditEventQuerySet
from tenants.models.audit_hash import instant
from tenants.web.spreadsheets import harmless

SCHEMA = "restore-safety/audit-events/1"
_CHUNK = 2000
_COLUMNS = (
    "at",
    "action",
    "label",
    "outcome",
    "actor_id",
    "actor_name",
    "workspace_id",
    "workspace_name",
    "tenant_id",
    "tenant_name",
    "subject",
    "detail",
    "withheld",
    "request_id",
    "address",
    "chain",
    "sequence",
    "previous_hash",
    "hash",
)


def record_export(*, reader: User, form: str, choices: Mapping[str, str]) -> None:
    """Write down, in each workspace the file is about, that its trail left the product."""
    tenants = Tenant.objects.visible_to(reader)
    detail = {"form": form, "filter": dict(choices)}
    with transaction.atomic(), trail.written_last():
        if slug := choices.get("tenant"):
            tenant = tenants.get(slug=slug)
            trail.record(action="audit.exported", actor=reader, tenant=tenant, detail=detail)
            return
        workspaces = Workspace.objects.filter(tenants__in=tenants).distinct()
        for workspace in workspaces.order_by("pk"):
            trail.record(
                action="audit.exported",
                actor=reader,
                tenant=None,
                workspace=workspace,
                detail=detail,
            )


def csv_of(events: AuditEventQuerySet, *, reader: User) -> Iterator[str]:
    """Lines of CSV, the first of them the names of the columns."""
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield "\ufeff"  # or Excel reads names in another alphabet as noise
    yield writer.writerow(_COLUMNS)
    for event in events.iterator(chunk_size=_CHUNK):
        record = record_of(event, reader=reader)
        yield writer.writerow(harmless(_cell(record[column])) for column in _COLUMNS)


def json_of(
    events: AuditEventQuerySet,
    *,
    reader: User,
    heads: Sequence[ChainHead],
    choices: Mapping[str, str],
    now: datetime,
) -> Iterator[str]:
    """One JSON document: the heads of the chains, what the trail was narrowed by, the events."""
    head = {
        "schema": SCHEMA,
        "exported_at": instant(now),
        "filter": dict(choices),
        "heads": [
            {"workspace": head.slug, "length": head.length, "hash": head.hash} for head in heads
        ],
    }
    yield f'{json.dumps(head, ensure_ascii=False)[:-1]},"events":['
    separator = ""
    for event in events.iterator(chunk_size=_CHUNK):
        yield separator + json.dumps(record_of(event, reader=reader), ensure_ascii=False)
        separator = ","
    yield "]}"


def record_of(event: AuditEvent, *, reader: User) -> dict[str, Any]:
    """Everything the hash was made from, under the same names, with the hash and the words.

    What is withheld from the reader is named, and missing from the detail: that hash cannot be
    worked out from the record.
    """
    return event.facts() | {
        "detail": event.detail_for(reader),
        "withheld": event.withheld_from(reader),
        "hash": event.hash,
        "label": label_of(event.action),
    }


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text
