"""The plan's hash: what people confirm, and what execution recomputes from the rows."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from tenants.canonical_json import digest_of_array, digest_of_bytes


class Planned(Protocol):
    """The columns of a plan item that the hash covers."""

    @property
    def backup_item_id(self) -> Any: ...
    @property
    def decision(self) -> str: ...
    @property
    def target_object_id(self) -> str: ...
    @property
    def target_digest(self) -> str: ...
    @property
    def absence(self) -> Mapping[str, Any] | None: ...
    @property
    def writes(self) -> Iterable[Mapping[str, Any]]: ...


def plan_hash(items: Iterable[Planned]) -> str:
    """The digest over the plan, in its order.

    Bodies count by their own bytes, not by the digest stored beside them: an altered body shows.
    """
    return digest_of_array(plan_entry(item) for item in items)


def plan_entry(item: Planned) -> list[Any]:
    """What the hash covers of one item; of a request's body, its digest alone."""
    return [
        str(item.backup_item_id),
        str(item.decision),
        item.target_object_id,
        item.target_digest,
        item.absence,
        [_covered(write) for write in item.writes],
    ]


def body_digest(body: str | None) -> str:
    """The digest of a request's exact body; empty for a request without one."""
    return "" if body is None else digest_of_bytes(body.encode())


def _covered(write: Mapping[str, Any]) -> list[str]:
    covered = [
        write["id"],
        write["method"],
        write["version"],
        write["path"],
        body_digest(write["body"]),
        write["binds"],
    ]
    # In plans of before, the address alone decided what a request is for.
    return [*covered, write["purpose"], write["member"]] if "member" in write else covered
