"""The form of a receipt: named records, each linked to the one before it, under one signature.

`verify_receipt.py` works the same out by itself; tests hold the two equal.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from tenants.graph.digest import LARGEST_EXACT, canonical, digest_of

from .signing import SigningKey

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


def carried(value: Any) -> Any:
    """The value as every reader of JSON takes it: whole numbers beyond a double's are tagged."""
    match value:
        case None | bool():
            return value
        case int() if abs(value) > LARGEST_EXACT:
            return {"$integer": str(value)}
        case int():
            return int(value)
        case str():
            return str(value).encode("utf-8", "replace").decode()
        case dict():
            return {str(key): carried(member) for key, member in value.items()}
        case list() | tuple():
            return [carried(member) for member in value]
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a receipt.")
