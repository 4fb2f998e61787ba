#!/usr/bin/env python3
"""Verify an evidence receipt of Restore Safety, offline, with Python's standard library alone.

    python3 verify_receipt.py RECEIPT [--key PUBLIC_KEY_OR_FINGERPRINT] [--json]

Exit code 0: valid; 1: altered; 2: unreadable. Without --key the signature only proves that the
file agrees with itself: compare the fingerprint that is printed with the one you noted.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEMA = "restore-safety/receipt/1"
REPORT_SCHEMA = "restore-safety/receipt-verification/1"
# What a scope holds, by the version of its fingerprint: before rs2 it mapped groups alone, before
# rs3 it named its target in one text.
_IN_EVERY_SCOPE = {
    "backup_set",
    "backup_digest",
    "mode",
    "items",
    "conflict_policy",
    "include_foundations",
}
SCOPE_VERSIONS = {
    "rs1": _IN_EVERY_SCOPE | {"tenant", "group_mapping", "include_assignments"},
    "rs2": _IN_EVERY_SCOPE | {"tenant", "mapping", "assignment_mode", "conditional_access_state"},
    "rs3": _IN_EVERY_SCOPE | {"target", "mapping", "assignment_mode", "conditional_access_state"},
}
# What a plan's hash covers of each request; the last two in plans that name them alone.
_REQUEST = ("id", "method", "version", "path", "body_digest", "binds")
_PURPOSE = ("purpose", "member")
AUDIT_VERSION = "audit1"
# What the monitoring record may have come to where the restore came to this.
OUTCOMES_OF = {
    "completed": ("succeeded", "partially_succeeded"),
    "partial": ("partially_succeeded",),
    "failed": ("failed",),
    "cancelled": ("cancelled",),
}
_OF_THE_RESTORE = ("status", "ended_at", "pre_restore_set")
EXIT_CODES = {"valid": 0, "altered": 1, "unreadable": 2}
SHOWN = 20

# From this form on, a snapshot names the restore that is undone.
_SNAPSHOT_SAYS_UNDO = 4
# In this order; a kind that is counted follows as kind:1, kind:2 and so on.
SINGLE = (
    "receipt",
    "restore",
    "scope",
    "evidence.checks",
    "evidence.preview",
    "confirmation",
    "approvals",
    "plan",
    "result",
    "audit",
)
_ONLY_ONE_BETWEEN = {
    ("plan", "item"): "plan.item:1",
    ("plan.item", "result"): "item:1",
    ("result", "audit"): "event:1",
}
_LARGEST_EXACT = 2**53 - 1
_DIGITS = 17
_DOCUMENT = {"schema", "records", "count", "head", "signature"}
_RECORD = {"number", "name", "previous", "content", "digest"}
_SIGNATURE = {"algorithm", "key", "key_id", "value"}


class UnreadableError(Exception):
    """The file is no receipt that this verifier can judge; the message says why."""


# Canonical JSON: RFC 8785 for what a receipt holds, which is everything but fractions.


class InvalidValue:
    """Stands where the file holds what no receipt does; it has no canonical form."""

    def __init__(self, why: str) -> None:
        self.why = why


# One encoder for all texts: json.dumps would make one for each.
_quoted = json.JSONEncoder(ensure_ascii=False).encode


def canonical(value: Any) -> bytes:
    return _text(value).encode()


def digest_of(value: Any) -> str:
    return f"sha256:{hashlib.sha256(canonical(value)).hexdigest()}"


def _text(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) <= _LARGEST_EXACT:
        return str(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, list):
        return f"[{','.join([_text(member) for member in value])}]"
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        members = ",".join([f"{_quoted(key)}:{_text(value[key])}" for key in keys])
        return f"{{{members}}}"
    raise ValueError(
        value.why if isinstance(value, InvalidValue) else "It holds what no receipt does."
    )


def read(content: bytes) -> dict[str, Any]:
    """The document; UnreadableError where it is none of this schema."""
    try:
        document = json.loads(
            content.decode(),
            object_pairs_hook=_members,
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_fraction,
        )
    except (ValueError, RecursionError) as error:
        raise UnreadableError("The file is not one JSON document.") from error
    if not isinstance(document, dict) or not isinstance(document.get("records"), list):
        raise UnreadableError("The file is JSON, but not a receipt.")
    schema = document.get("schema")
    if isinstance(schema, str) and schema != SCHEMA and schema.startswith(SCHEMA[:-1]):
        raise UnreadableError(f"The receipt is of the schema {shown(schema)}, newer than this.")
    return document


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        for name, count in Counter(name for name, _ in pairs).items():
            if count > 1:
                members[name] = InvalidValue(f"The name {shown(name)} stands there more than once.")
    return members


def _whole(digits: str) -> Any:
    if len(digits) > _DIGITS or abs(int(digits)) > _LARGEST_EXACT:
        return InvalidValue("It holds a number beyond what JSON carries exactly.")
    return int(digits)


def _fraction(_: str) -> InvalidValue:
    return InvalidValue("It holds a number that is not whole.")


def shown(text: object) -> str:
    """A text of the file as a terminal may show it: nothing in it moves or hides anything."""
    return json.dumps(str(text)[:200])[1:-1]


# Ed25519 (RFC 8032): verifying alone, so nothing here is secret and nothing has to be constant.

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, _P) % _P
_ROOT_OF_MINUS_ONE = pow(2, (_P - 1) // 4, _P)
_BASE_Y = 4 * pow(5, -1, _P) % _P


def is_signed(*, key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature over the message was made with the private half of the key."""
    if len(key) != 32 or len(signature) != 64:  # noqa: PLR2004 -- the sizes are the algorithm's
        return False
    public = _point(key)
    scalar = int.from_bytes(signature[32:], "little")
    if public is None or scalar >= _L:
        return False
    hashed = hashlib.sha512(signature[:32] + key + message).digest()
    challenge = int.from_bytes(hashed, "little") % _L
    minus = (_P - public[0], public[1], public[2], _P - public[3])
    found = _sum(_times(scalar, _BASE), _times(challenge, minus))
    return _encoded(found) == signature[:32]


def _point(encoded: bytes) -> tuple[int, int, int, int] | None:
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, -1, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_ONE % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def _sum(one: tuple[int, int, int, int], two: tuple[int, int, int, int]) -> Any:
    a = (one[1] - one[0]) * (two[1] - two[0]) % _P
    b = (one[1] + one[0]) * (two[1] + two[0]) % _P
    c = 2 * one[3] * two[3] * _D % _P
    d = 2 * one[2] * two[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(count: int, point: Any) -> Any:
    total = (0, 1, 1, 0)
    while count:
        if count & 1:
            total = _sum(total, point)
        point = _sum(point, point)
        count >>= 1
    return total


def _encoded(point: tuple[int, int, int, int]) -> bytes:
    inverse = pow(point[2], -1, _P)
    x, y = point[0] * inverse % _P, point[1] * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


_BASE: Any = _point(_BASE_Y.to_bytes(32, "little"))


def fingerprint_of_key(key: bytes) -> str:
    return f"ed25519:{hashlib.sha256(key).hexdigest()}"


def _unpacked(text: Any, size: int) -> bytes:
    """What the base64 stands for; a second spelling of the same is none."""
    if not isinstance(text, str):
        raise ValueError("It is no text.")  # noqa: TRY004 -- one refusal for whatever it is
    raw = base64.b64decode(text.encode("ascii"), validate=True)
    if len(raw) != size or base64.b64encode(raw).decode() != text:
        raise ValueError("It is not what it should be in base64.")
    return raw


# What was found


class Findings:
    """Every fault, each with the record it was found at."""

    def __init__(self) -> None:
        self.listed: list[dict[str, Any]] = []

    def add(
        self,
        fault: str,
        sentence: str,
        *,
        number: int | None = None,
        name: object = "",
        field: str = "",
    ) -> None:
        self.listed.append(
            {
                "fault": fault,
                "record": number,
                "name": shown(name),
                "field": field,
                "sentence": sentence,
            }
        )

    def at(self, record: dict[str, Any], fault: str, sentence: str, *, field: str = "") -> None:
        self.add(fault, sentence, number=record["number"], name=record["name"], field=field)


def verify(document: dict[str, Any], *, wanted: str = "") -> dict[str, Any]:
    """The report: the verdict, the key, and everything that is not as it was issued."""
    findings = Findings()
    records = _records(document["records"], findings)
    _order(records, document, findings)
    _contents(records, findings)
    key_id = _seal(records, document, wanted, findings)
    header = _found(records, "receipt")
    restore = _found(records, "restore")
    return {
        "schema": REPORT_SCHEMA,
        "verdict": "altered" if findings.listed else "valid",
        "restore": shown(restore.get("id", "")),
        "issued_at": shown(header.get("issued_at", "")),
        "records": len(document["records"]),
        "key": key_id,
        "key_compared": bool(wanted),
        "not_anchored": _not_anchored(records),
        "findings": findings.listed,
    }


def _found(records: list[dict[str, Any]], name: str) -> dict[str, Any]:
    contents = [each["content"] for each in records if each["name"] == name]
    return contents[0] if contents and isinstance(contents[0], dict) else {}


def _records(given: list[Any], findings: Findings) -> list[dict[str, Any]]:
    """Each record with whether its digest fits it; its number is its place where it does not."""
    records: list[dict[str, Any]] = []
    for place, record in enumerate(given, 1):
        follows = records[-1]["number"] + 1 if records else 1
        if not isinstance(record, dict) or record.keys() != _RECORD:
            named = record.get("name", "") if isinstance(record, dict) else ""
            held = {"number": follows, "name": named if isinstance(named, str) else ""}
            records.append(held | {"previous": "", "content": None, "digest": "", "own": None})
            findings.at(held, "altered", f"Record {place} has not the parts of a record.")
            continue
        own, why = _own_digest(record)
        is_whole = own == record["digest"] and isinstance(record["number"], int)
        name = record["name"] if isinstance(record["name"], str) else ""
        held = record | {"name": name, "own": own}
        if not is_whole:
            held["number"] = follows
            findings.at(held, "altered", why or "Its digest does not fit what it holds.")
        records.append(held)
    return records


def _own_digest(record: dict[str, Any]) -> tuple[str | None, str]:
    try:
        return digest_of({part: record[part] for part in _RECORD - {"digest"}}), ""
    except (ValueError, RecursionError) as error:
        why = "It holds a character that is none." if isinstance(error, UnicodeError) else ""
        return None, why or str(error)


def _order(records: list[dict[str, Any]], document: dict[str, Any], findings: Findings) -> None:
    seen: set[int] = set()
    once: list[dict[str, Any]] = []
    for record in records:
        if record["number"] in seen:
            findings.at(record, "repeated", "It stands there more than once.")
        else:
            seen.add(record["number"])
            once.append(record)
    in_order = sorted(once, key=lambda record: record["number"])
    for record, wanted in zip(once, in_order, strict=True):
        if record is not wanted:
            findings.at(record, "moved", "It does not stand where it was issued.")
    _links(in_order, document, findings)


def _links(in_order: list[dict[str, Any]], document: dict[str, Any], findings: Findings) -> None:
    names = {record["name"] for record in in_order}
    before: dict[str, Any] = {"number": 0, "name": "", "digest": "", "own": ""}
    for record in in_order:
        if record["number"] != before["number"] + 1:
            _missing(before, record, names, findings)
        elif record["own"] == record["digest"] and record["previous"] not in (
            before["digest"],
            before["own"],
        ):
            findings.at(
                record,
                "unlinked",
                f"It does not follow the record before it, {shown(before['name'])}: "
                "one of the two is another.",
                field="previous",
            )
        before = record
    count: Any = document.get("count")
    is_whole = isinstance(count, int) and not isinstance(count, bool)
    if is_whole and count > before["number"] and document.get("head") != before["digest"]:
        _missing(before, {"number": count + 1, "name": ""}, names, findings)
    elif not is_whole or count != before["number"]:
        findings.add("altered", "The count is not that of the records.", field="count")


def _missing(
    before: dict[str, Any],
    after: dict[str, Any],
    names: set[str],
    findings: Findings,
) -> None:
    first, last = before["number"] + 1, after["number"] - 1
    if first != last:
        findings.add("missing", f"Records {first} to {last} are missing.", number=first)
        return
    name = _name_between(before["name"], after["name"], names)
    findings.add("missing", f"Record {first} is missing.", number=first, name=name)


def _name_between(before: str, after: str, present: set[str]) -> str:
    """The name of the one missing record, derived from those on either side of it."""
    kind, _, count = before.partition(":")
    next_kind, _, next_count = after.partition(":")
    counted = count.isdecimal() and len(count) < _DIGITS
    if kind == next_kind and counted:
        return f"{kind}:{int(count) + 1}"
    absent = [name for name in SINGLE if name not in present]
    if absent:
        return absent[0]
    if next_count.isdecimal() and len(next_count) < _DIGITS and int(next_count) > 1:
        return f"{next_kind}:{int(next_count) - 1}"
    only = _ONLY_ONE_BETWEEN.get((kind, next_kind))
    return only or (f"{kind}:{int(count) + 1}" if counted else "")


# What the records say of each other: recomputed, so that a fault is named by its field.


def _contents(records: list[dict[str, Any]], findings: Findings) -> None:
    by_name: dict[str, dict[str, Any]] = {}
    for record in records:
        by_name.setdefault(record["name"], record)
    for name in SINGLE:
        if name not in by_name and not findings.listed:
            findings.add("missing", f"There is no record called {name}.", name=name)
    _worked_out(_CHECKS, by_name, findings)
    if not findings.listed:
        # The digests in the trail would only report the same findings again.
        _worked_out(_AGAINST_THE_TRAIL, by_name, findings)


def _worked_out(checks: Any, by_name: dict[str, dict[str, Any]], findings: Findings) -> None:
    for check, about in checks:
        fallback = by_name.get(about, {"number": None, "name": about})
        try:
            for name, field, sentence in check(by_name):
                findings.at(by_name.get(name, fallback), "contradiction", sentence, field=field)
        except (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError):
            sentence = f"What the receipt says of its {about} cannot be worked out anew."
            findings.at(fallback, "contradiction", sentence)


def _counted(by_name: dict[str, dict[str, Any]], kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    number = 1
    while (name := f"{kind}:{number}") in by_name:
        yield name, by_name[name]["content"]
        number += 1


def _scope(by_name: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    scope, restore = by_name["scope"]["content"], by_name["restore"]["content"]
    hashed = hashlib.sha256(canonical(scope["scope"])).hexdigest()
    # Only the scope of an undo names what it undoes.
    named = set(scope["scope"]) - {"undoes"}
    versions = [tag for tag, parts in SCOPE_VERSIONS.items() if parts == named]
    if scope["fingerprint"] not in [f"{version}:{hashed}" for version in versions]:
        yield "scope", "fingerprint", "The scope has another fingerprint than the one it states."
    if scope["fingerprint"] != restore["fingerprint"]:
        yield "restore", "fingerprint", "The restore was for another scope."
    if "undoes" in restore and restore["undoes"] != scope["scope"].get("undoes", ""):
        yield "restore", "undoes", "Its scope is that of the undo of another restore, or of none."


def _plan(by_name: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    plan = by_name["plan"]["content"]
    entries = []
    for _, item in _counted(by_name, "plan.item"):
        requests = [
            [one[part] for part in _REQUEST] + [one[part] for part in _PURPOSE if part in one]
            for one in item["requests"]
        ]
        parts = ("backup_item", "decision", "target_object_id", "target_digest", "absence")
        entries.append([*(item[part] for part in parts), requests])
    if len(entries) != plan["items"]:
        yield "plan", "items", f"It counts {plan['items']} items and {len(entries)} are there."
    if digest_of(entries) != plan["hash"]:
        yield "plan", "hash", "The plan's items add up to another hash than the one it states."
    for name in ("restore", "evidence.preview"):
        content = by_name[name]["content"]
        stated = content if name == "restore" else content["captured"]
        if stated["plan_hash"] != plan["hash"]:
            yield name, "plan_hash", "It names the hash of another plan."


def _confirmation(by_name: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    snapshot = by_name["confirmation"]["content"]["snapshot"]
    if snapshot is None:
        return
    if snapshot["fingerprint"] != by_name["scope"]["content"]["fingerprint"]:
        yield "confirmation", "snapshot.fingerprint", "Another scope was confirmed."
    if snapshot["plan_hash"] != by_name["plan"]["content"]["hash"]:
        yield "confirmation", "snapshot.plan_hash", "Another plan was confirmed."
    for kind in ("checks", "preview"):
        mark, evidence = snapshot[kind], by_name[f"evidence.{kind}"]["content"]["captured"]
        if mark and evidence and mark["evidence_id"] != evidence["id"]:
            yield f"evidence.{kind}", "id", "It is not the evidence that was confirmed."


def _approvals(by_name: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """What was approved is this plan and evidence, by another person than who asked."""
    approvals = by_name["approvals"]["content"]["approvals"]
    snapshot = by_name["confirmation"]["content"]["snapshot"] or {}
    mark = snapshot.get("approval")
    if mark and not approvals:
        yield "approvals", "approvals", "The approval that was relied on is not there."
    for approval in approvals:
        if not mark or mark["request_id"] != approval["request"]:
            yield "approvals", "request", "It is not the approval that was relied on."
        else:
            yield from _approved(approval, mark, snapshot)


def _approved(
    approval: dict[str, Any], mark: dict[str, Any], snapshot: dict[str, Any]
) -> Iterator[tuple[str, str, str]]:
    if approval["decision"] != "approved":
        yield "approvals", "decision", "The request was not approved."
    if mark["approver_id"] and mark["approver_id"] != approval["decided_by_id"]:
        yield "approvals", "decided_by", "Another person approved it."
    if mark["approver_id"] and mark["approver_id"] == snapshot["actor_id"]:
        yield "approvals", "decided_by", "Whoever asked for it approved it."
    for field, stated in (
        ("plan_hash", snapshot["plan_hash"]),
        ("fingerprint", snapshot["fingerprint"]),
        ("reason", snapshot["reason"]),
    ):
        if approval[field] != stated:
            yield "approvals", field, f"Another {field.replace('_', ' ')} was approved."
    for kind in ("checks", "preview"):
        if snapshot[kind] and approval[kind] != snapshot[kind]["evidence_id"]:
            yield "approvals", kind, f"The approval rests on other {kind}."


def _overrides(by_name: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    """Each safeguard that was overridden has its event, and each such event is in the snapshot."""
    restore = by_name["restore"]["content"]
    snapshot = by_name["confirmation"]["content"]["snapshot"] or {}
    kept = {
        "restore.approval_overridden": snapshot.get("break_glass", ""),
        "restore.freeze_overridden": (snapshot.get("freeze_override") or {}).get("reason", ""),
    }
    for action, reason in kept.items():
        events = list(_events_about(by_name, action, f"restore_run:{restore['id']}"))
        reasons = [facts["detail"]["reason"] for _, facts in events]
        if reasons != ([reason.replace("\0", "")] if reason else []):
            yield "confirmation", "snapshot", f"It does not fit the events of {action}."


def _queueing(by_name: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    restore, snapshot = (
        by_name["restore"]["content"],
        by_name["confirmation"]["content"]["snapshot"],
    )
    events = list(_events_about(by_name, "restore.queued", f"restore_run:{restore['id']}"))
    if not events:
        yield "confirmation", "", "No event of the receipt says that the restore was queued."
    for name, facts in events:
        kept = facts["detail"]
        if kept["reason"] != restore["reason"].replace("\0", ""):
            yield "restore", "reason", f"The record {name} has another reason."
        if kept["is_dry_run"] is not (restore["kind"] == "dry_run"):
            yield "restore", "kind", f"The record {name} says whether it was a dry run otherwise."
        if (
            kept["fingerprint"] != restore["fingerprint"]
            or kept["plan_hash"] != restore["plan_hash"]
        ):
            yield "restore", "fingerprint", f"The record {name} is of another scope or plan."
        if "snapshot" in kept and kept["snapshot"] != digest_of(snapshot):
            yield (
                "confirmation",
                "snapshot",
                f"The record {name} has the digest of another snapshot.",
            )
        if snapshot is not None:
            yield from _confirmed(snapshot, restore, name, facts)


def _confirmed(
    snapshot: dict[str, Any], restore: dict[str, Any], name: str, facts: dict[str, Any]
) -> Iterator[tuple[str, str, str]]:
    """Who confirmed what, in the words of the snapshot, of the restore and of the event."""
    who, signs_in_as = facts["actor_name"], snapshot["actor_name"]
    is_the_same = who == signs_in_as or who.endswith(f" ({signs_in_as})")
    if snapshot["actor_id"] != str(facts["actor_id"]) or not is_the_same:
        yield "confirmation", "snapshot.actor_name", f"The record {name} names another requester."
    if snapshot["reason"] != restore["reason"]:
        yield "confirmation", "snapshot.reason", "Another reason was confirmed."
    if snapshot["is_dry_run"] is not (restore["kind"] == "dry_run"):
        yield "confirmation", "snapshot.is_dry_run", "It was confirmed as the other kind of run."
    says_undo = snapshot["schema_version"] >= _SNAPSHOT_SAYS_UNDO
    if says_undo and restore["undoes"] != snapshot.get("undoes", ""):
        yield "restore", "undoes", "It was confirmed as the undo of another restore, or of none."
    if "snapshot" not in facts["detail"]:
        # Such a receipt names the requester as they were called when it was issued.
        return
    if restore["requested_by"] != signs_in_as:
        yield "restore", "requested_by", "Another person confirmed it."
    if not _is_one_moment(restore["queued_at"], snapshot["queued_at"]):
        yield "restore", "queued_at", "It was confirmed at another time."


def _end(by_name: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    restore = by_name["restore"]["content"]
    for name, facts in _events_about(
        by_name, "operation.ended", f"operation_run:{restore['operation']}"
    ):
        if facts["detail"]["outcome"] not in OUTCOMES_OF[restore["status"]]:
            yield "restore", "status", f"The record {name} says that it ended otherwise."
    about = f"restore_run:{restore['id']}"
    events = list(_events_about(by_name, "restore.ended", about))
    for name, facts in events:
        for field, value in _result_of(by_name).items():
            if facts["detail"][field] != value:
                where = "restore" if field in _OF_THE_RESTORE else "result"
                yield where, field, f"The record {name} has another {field.replace('_', ' ')}."
    queued = [facts["detail"] for _, facts in _events_about(by_name, "restore.queued", about)]
    if not events and any("snapshot" in kept for kept in queued):
        yield "result", "", "No event of the receipt says what the restore came to."


def _result_of(by_name: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The result as the trail keeps it, worked out anew from the records."""
    restore = by_name["restore"]["content"]
    items = [item for _, item in _counted(by_name, "item")]
    return {
        "status": restore["status"],
        "ended_at": restore["ended_at"],
        "pre_restore_set": restore["pre_restore_set"],
        "items": len(items),
        "outcomes": dict(Counter(item["outcome"] for item in items)),
        "writes": by_name["result"]["content"]["writes_accepted"],
        "items_digest": digest_of([digest_of(item) for item in items]),
    }


def _not_anchored(records: list[dict[str, Any]]) -> list[str]:
    """Which of confirmation and result have no digest in an event: only rows vouch for them."""
    by_name: dict[str, dict[str, Any]] = {}
    for record in records:
        by_name.setdefault(record["name"], record)
    try:
        about = f"restore_run:{by_name['restore']['content']['id']}"
        queued = [facts["detail"] for _, facts in _events_about(by_name, "restore.queued", about)]
        ended = any(True for _ in _events_about(by_name, "restore.ended", about))
        kept = {"confirmation": any("snapshot" in one for one in queued), "result": ended}
    except (AttributeError, KeyError, TypeError):
        # Nothing that could be read holds them.
        kept = {"confirmation": False, "result": False}
    return [name for name, is_kept in kept.items() if not is_kept]


def _events_about(
    by_name: dict[str, dict[str, Any]], action: str, subject: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, event in _counted(by_name, "event"):
        if (event["facts"]["action"], event["facts"]["subject"]) == (action, subject):
            yield name, event["facts"]


def _is_one_moment(one: str, other: str) -> bool:
    return datetime.fromisoformat(one) == datetime.fromisoformat(other)


def _items(by_name: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    result = by_name["result"]["content"]
    found: Counter[tuple[str, str, str]] = Counter()
    for name, item in _counted(by_name, "item"):
        found[item["outcome"], item["verification"], item["reason"]] += 1
        planned = by_name.get(name.replace("item:", "plan.item:"))
        if planned is None or planned["content"]["backup_item"] != item["backup_item"]:
            yield name, "backup_item", "The plan has another policy in its place."
            continue
        ids = {one["id"] for one in planned["content"]["requests"]}
        if not ids >= {one["id"] for one in item["requests"]}:
            yield name, "requests", "It names a request that is not on the plan."
    stated = {
        (one["outcome"], one["verification"], one["reason"]): one["count"]
        for one in result["counts"]
    }
    if stated != dict(found):
        yield "result", "counts", "The items' facts add up to other counts."
    accepted = [one["state"] for _, item in _counted(by_name, "item") for one in item["requests"]]
    if result["writes_accepted"] != accepted.count("applied"):
        yield "result", "writes_accepted", "The items' requests add up to another count."
    if result["items"] != sum(found.values()):
        yield "result", "items", "It counts another number of items than are there."


def _events(by_name: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    audit = by_name["audit"]["content"]
    last: dict[str, tuple[int, str]] = {}
    for name, event in _counted(by_name, "event"):
        facts, stated = event["facts"], event["hash"]
        content = canonical({"version": AUDIT_VERSION, **facts})
        if stated != f"{AUDIT_VERSION}:{hashlib.sha256(content).hexdigest()}":
            yield name, "hash", "The event has another hash than the one it states."
        chain, sequence = facts["chain"], facts["sequence"]
        before = last.get(chain, (0, ""))
        if sequence <= before[0]:
            yield name, "facts.sequence", "It does not come after the event before it."
        elif sequence == before[0] + 1 and facts["previous_hash"] != before[1]:
            yield name, "facts.previous_hash", "It does not name the hash of the event before it."
        last[chain] = sequence, stated
    if last.get(audit["chain"]) != (audit["sequence"], audit["hash"]):
        yield "audit", "hash", "The newest event of the receipt is not the head it names."


_CHECKS: Any = (
    (_scope, "scope"),
    (_plan, "plan"),
    (_confirmation, "confirmation"),
    (_approvals, "approvals"),
    (_items, "result"),
    (_events, "audit"),
)
_AGAINST_THE_TRAIL: Any = (
    (_queueing, "confirmation"),
    (_overrides, "confirmation"),
    (_end, "result"),
)


# The seal: count, head and signature


def _seal(
    records: list[dict[str, Any]], document: dict[str, Any], wanted: str, findings: Findings
) -> str:
    if document.get("schema") != SCHEMA:
        findings.add("altered", "The schema is another than it was issued with.", field="schema")
    for name in document.keys() - _DOCUMENT:
        findings.add("altered", f"It has a part no receipt has: {shown(name)}.")
    if records and document.get("head") not in (records[-1]["digest"], records[-1]["own"]):
        findings.add("altered", "The head is not the digest of the last record.", field="head")
    signature = document.get("signature")
    if not isinstance(signature, dict) or signature.keys() != _SIGNATURE:
        findings.add("unsigned", "It has no signature of the kind it needs.", field="signature")
        return ""
    try:
        key = _unpacked(signature["key"], 32)
        value = _unpacked(signature["value"], 64)
        message = canonical(
            {
                "schema": document.get("schema"),
                "count": document.get("count"),
                "head": document.get("head"),
                "key_id": signature["key_id"],
            }
        )
    except (ValueError, RecursionError):
        findings.add("unsigned", "Its signature cannot be read.", field="signature")
        return ""
    _signed(signature, key=key, value=value, message=message, findings=findings)
    key_id = fingerprint_of_key(key)
    if wanted and wanted != key_id:
        findings.add("foreign", "It was signed with another key than the one given.", field="key")
    return key_id


def _signed(
    signature: dict[str, Any], *, key: bytes, value: bytes, message: bytes, findings: Findings
) -> None:
    if signature["algorithm"] != "Ed25519":
        findings.add("unsigned", "It names another algorithm.", field="signature.algorithm")
    if signature["key_id"] != fingerprint_of_key(key):
        sentence = "The fingerprint is not that of the key."
        findings.add("unsigned", sentence, field="signature.key_id")
    if not is_signed(key=key, message=message, signature=value):
        sentence = "The signature does not fit the head and the key."
        findings.add("unsigned", sentence, field="signature.value")


# The command


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="verify_receipt.py",
        description="Say whether an evidence receipt is as it was issued, or name what is not. "
        "Exit code 0: valid; 1: altered; 2: unreadable.",
    )
    parser.add_argument("receipt", type=Path, help="the receipt, as it was downloaded")
    parser.add_argument(
        "--key", default="", help="the installation's public key, or its fingerprint, as you noted"
    )
    parser.add_argument("--json", action="store_true", help="the report as one JSON document")
    options = parser.parse_args(arguments)
    try:
        wanted = _wanted(options.key)
        report = verify(read(_bytes_of(options.receipt)), wanted=wanted)
    except UnreadableError as error:
        report = {
            "schema": REPORT_SCHEMA,
            "verdict": "unreadable",
            "sentence": str(error),
            "findings": [],
        }
    sys.stdout.write(f"{json.dumps(report, indent=2) if options.json else _as_text(report)}\n")
    return EXIT_CODES[report["verdict"]]


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise UnreadableError("The file cannot be opened.") from error


def _wanted(given: str) -> str:
    """The fingerprint to compare with, from a public key or from itself."""
    text = given.strip()
    algorithm, _, digits = text.partition(":")
    if not text or (algorithm == "ed25519" and len(digits) == 64):  # noqa: PLR2004 -- SHA-256
        return text.lower()
    try:
        return fingerprint_of_key(_unpacked(text, 32))
    except ValueError as error:
        raise UnreadableError(
            "The key given with --key is neither a public key nor the fingerprint of one."
        ) from error


def _as_text(report: dict[str, Any]) -> str:
    if report["verdict"] == "unreadable":
        return f"UNREADABLE\n{report['sentence']}"
    loose = " and ".join(report["not_anchored"])
    lines = [f"{report['verdict'].upper()}{', BUT NOT ANCHORED' if loose else ''}"]
    lines += [_line(finding) for finding in report["findings"][:SHOWN]]
    if len(report["findings"]) > SHOWN:
        lines.append(f"And {len(report['findings']) - SHOWN} more; --json names them all.")
    lines.append(
        f"Restore {report['restore']}, issued {report['issued_at']}, {report['records']} records."
    )
    if loose:
        lines.append(
            f"Not anchored: {loose}. No event of the audit trail holds a digest of this, so it is "
            "what the installation's records said when the receipt was issued."
        )
    if report["key"]:
        lines.append(f"Key {report['key']}")
    if not report["key_compared"]:
        lines.append(
            "No key was given: the signature only proves that the file agrees with itself. "
            "Compare the key above with the one your installation shows, or pass it with --key."
        )
    return "\n".join(lines)


def _line(finding: dict[str, Any]) -> str:
    where = f"Record {finding['record']}" if finding["record"] else "The receipt"
    name = f" ({finding['name']})" if finding["name"] else ""
    field = f", {finding['field']}" if finding["field"] else ""
    return f"{where}{name}{field}: {finding['sentence']}"


if __name__ == "__main__":
    sys.exit(main())
