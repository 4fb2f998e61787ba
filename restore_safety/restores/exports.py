"""A restore's items as a file: the answer its pages give, then one record per item, streamed."""

import csv
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from restore_safety.badges import VERIFIED_IN_PART
from restore_safety.models import RestoreItem, RestoreRun
from restore_safety.restores.pages.item_list import ItemEntry
from restore_safety.restores.pages.resolved_by import ResolvedBy
from restore_safety.restores.pages.results import result_summaries
from restore_safety.truth.attention import ResultAttention, is_verified_in_part
from tenants.web.spreadsheets import harmless

SCHEMA = "restore-safety/restore-items/1"
_CHUNK = 500
_ITEM_COLUMNS = (
    "position",
    "policy",
    "type",
    "decision",
    "outcome",
    "verification",
    "read_back",
    "reason",
    "reason_label",
    "item_sentence",
    "error_code",
    "request_id",
    "target_object_id",
    "backup_item_id",
    "mismatches",
    "incomparable",
    "requests",
    "settled_at",
    "read_back_at",
)


def csv_of(run: RestoreRun, items: QuerySet[RestoreItem], *, now: datetime) -> Iterator[str]:
    """Lines of CSV. The run's answer stands in each, so that it holds wherever rows are copied.

    Without items there is one row, of the answer alone: no file says nothing.
    """
    answer = _flat(answer_of(run, now=now))
    writer = csv.writer(_Echo(), quoting=csv.QUOTE_ALL)
    yield "\ufeff"  # or Excel reads names in another alphabet as noise
    yield writer.writerow([*answer, *_ITEM_COLUMNS])
    is_empty = True
    for item in items.iterator(chunk_size=_CHUNK):
        is_empty = False
        row = _flat(item_record(item) | _as_shown(item))
        yield writer.writerow(
            map(harmless, (*answer.values(), *(row[column] for column in _ITEM_COLUMNS)))
        )
    if is_empty:
        yield writer.writerow(map(harmless, (*answer.values(), *("" for _ in _ITEM_COLUMNS))))


def json_of(
    run: RestoreRun, items: QuerySet[RestoreItem], *, choices: Mapping[str, str], now: datetime
) -> Iterator[str]:
    """One JSON document: the run's answer, what the items were narrowed by, then the items."""
    head = {"schema": SCHEMA, "restore": answer_of(run, now=now), "filter": dict(choices)}
    yield f'{_dumped(head)[:-1]},"items":['
    separator = ""
    for item in items.iterator(chunk_size=_CHUNK):
        yield separator + _dumped(whole_record(item) | _as_shown(item))
        separator = ","
    yield "]}"


def answer_of(run: RestoreRun, *, now: datetime) -> dict[str, Any]:
    """What the restore came to, in the words of its pages."""
    note = run.acknowledgement
    summary = result_summaries([run])[run.pk]
    return {
        "restore_id": str(run.pk),
        "kind": "dry_run" if run.is_dry_run else "restore",
        "tenant": run.tenant.name,
        "backup_set": run.backup_set.label,
        "requested_by": str(run.requested_by or ""),
        "reason_given": run.reason,
        "queued_at": run.created_at,
        "ended_at": run.ended_at,
        "run_status": run.status,
        **meaning_of(summary.result),
        **_succession(summary.taken_up),
        "acknowledged_by": note.author_name if note else "",
        "acknowledged_at": note.at if note else None,
        "acknowledgement": note.note if note else "",
        "plan_hash": run.plan_hash,
        "exported_at": now,
    }


def item_record(item: RestoreItem) -> dict[str, Any]:
    """The facts of one item."""
    entry = ItemEntry(item=item)
    return {
        "position": item.position,
        "policy": item.name,
        "type": entry.type_label,
        "decision": entry.decision.value,
        "state": item.state,
        "outcome": entry.outcome.value,
        "verification": entry.verification.value,
        "read_back": entry.read_back_badge.label,
        "reason": item.reason_code,
        "reason_label": entry.reason_label,
        "item_sentence": entry.sentence,
        "error_code": item.error_code,
        "request_id": item.request_id,
        "target_object_id": item.target_object_id,
        "backup_item_id": str(item.backup_item_id),
        "mismatches": item.mismatches,
        "incomparable": item.incomparable,
        "requests": [
            f"{one.method} {one.path} {one.state} {one.status_code or ''}".strip()
            for one in item.writes.all()
        ],
        "settled_at": item.settled_at,
        "read_back_at": item.read_back_at,
    }


def whole_record(item: RestoreItem) -> dict[str, Any]:
    """The facts of one item with each of its requests and everything the preview compared."""
    return item_record(item) | {
        "requests": _requests(ItemEntry(item=item)),
        "changes": item.plan_item.changes,
    }


def _as_shown(item: RestoreItem) -> dict[str, Any]:
    """What reading back said, as the page shows it: the journal's "verified" may be in part."""
    entry = ItemEntry(item=item)
    is_in_part = is_verified_in_part(entry.fact)
    return {"verification": VERIFIED_IN_PART if is_in_part else entry.verification.value}


def meaning_of(result: ResultAttention) -> dict[str, Any]:
    return {
        "attention": result.attention.value,
        "attention_label": result.attention.label,
        "follow_up_required": result.follow_up_required,
        "cause": result.cause.value,
        "cause_label": result.cause.label,
        "next_action": result.next_action.value,
        "next_action_label": result.next_action.label,
        "items_in_need": result.needs,
        "headline": result.headline,
        "sentence": result.sentence,
        "boundary": result.boundary,
    }


def _succession(taken_up: ResolvedBy | None) -> dict[str, Any]:
    return {
        "taken_up_in": taken_up.form if taken_up else "",
        "taken_up_id": str(taken_up.successor.pk) if taken_up else "",
        "taken_up_by": taken_up.by if taken_up else "",
        "taken_up_at": taken_up.at if taken_up else None,
    }


def _requests(entry: ItemEntry) -> list[dict[str, Any]]:
    return [
        {
            "purpose": one.write.purpose,
            "method": one.write.method,
            "path": one.write.path,
            "state": one.write.state,
            "intent_at": one.write.intent_at,
            "answered_at": one.write.answered_at,
            "status_code": one.write.status_code,
            "request_id": one.write.request_id,
        }
        for one in entry.writes
    ]


def _flat(record: Mapping[str, Any]) -> dict[str, str]:
    return {key: _cell(value) for key, value in record.items()}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def _dumped(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, default=_json_value)


def _json_value(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in an export.")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text
