"""Events of the trail that left the product in a receipt, and whether the trail still has them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenants.models import AuditEvent
from tenants.models.audit_hash import hash_of


class ExtractUnreadableError(Exception):
    """The file holds no events that could be looked for; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One event the file says the trail has; its hash covers its chain, place and content."""

    record: str
    chain: str
    sequence: int
    hash: str
    fits: bool = True

    def __str__(self) -> str:
        return f"{self.record}, event {self.sequence} of the chain {self.chain}"


def event_content(event: AuditEvent) -> dict[str, Any]:
    """The event as a file carries it: what its hash is made of, and the hash."""
    return {"facts": event.facts(), "hash": event.hash}


def head_content(event: AuditEvent) -> dict[str, Any]:
    """The head of the event's chain as the event left it."""
    return {"chain": event.chain_id, "sequence": event.sequence, "hash": event.hash}


def claims_in(path: Path) -> tuple[Claim, ...]:
    """What the receipt says of the trail; its own verifier shows whether it is genuine."""
    try:
        records = json.loads(path.read_bytes())["records"]
        claims = tuple(_claims(records))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ExtractUnreadableError(f"{path} is not a receipt that can be read.") from error
    if not claims:
        raise ExtractUnreadableError(f"{path} names no event of the trail.")
    return claims


def _claims(records: list[dict[str, Any]]) -> Iterator[Claim]:
    for record in records:
        name, content = str(record["name"]), record["content"]
        if name.startswith("event:"):
            facts = content["facts"]
            yield Claim(
                record=name,
                chain=str(facts["chain"]),
                sequence=int(facts["sequence"]),
                hash=str(content["hash"]),
                fits=hash_of(facts) == content["hash"],
            )
        elif name == "audit":
            yield Claim(
                record=name,
                chain=str(content["chain"]),
                sequence=int(content["sequence"]),
                hash=str(content["hash"]),
            )
