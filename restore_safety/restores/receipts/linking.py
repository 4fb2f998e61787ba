"""The form of a receipt: named records, each linked to the one before it, under one signature.

`verify_receipt.py` works the same out by itself; tests hold the two equal.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from restore_safety.restores.receipts.signing import SigningKey
from tenants.canonical_json import canonical, carried, digest_of

SCHEMA = "restore-safety/receipt/1"

type Named = tuple[str, dict[str, Any]]


def document_of(records: Iterable[Named], key: SigningKey) -> Iterator[str]:
    """The parts of one JSON document, a line for each record; signed only when all have come."""
    yield f'{{"schema":{json.dumps(SCHEMA)},"records":[\n'
    number, head = 0, ""
    for number, (name, content) in enumerate(records, 1):
        link = {"number": number, "name": name, "previous": head}
        body = {"content": carried(content)}
        head = digest_of(link | body)
        separator = ",\n" if number > 1 else ""
        yield separator + _dumped(link | {"digest": head} | body)
    sealed = {"count": number, "head": head}
    message = canonical({"schema": SCHEMA, "key_id": key.fingerprint, **sealed})
    signature = {
        "algorithm": "Ed25519",
        "key": key.public,
        "key_id": key.fingerprint,
        "value": key.sign(message),
    }
    yield f"\n],{_dumped(sealed | {'signature': signature})[1:]}\n"


def _dumped(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
