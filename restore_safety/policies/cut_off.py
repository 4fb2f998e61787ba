"""Whether saved JSON says that more was to be read: Graph's links to a next page, left in it."""

from collections.abc import Mapping
from typing import Any

from tenants.graph.contracts import Contract, links_left_out
from tenants.graph.payloads import Json

_NEXT_LINK = "odata.nextlink"


def leads_on(holder: Mapping[str, Any], name: str = "") -> bool:
    """Whether the object says that there was more of the named property, or of itself."""
    return any(link and _linked(key) == name for key, link in holder.items())


def is_cut_off(contract: Contract, payload: Json) -> bool:
    """Whether anything a restore would write goes on where it was not read, assignments apart."""
    ignored = contract.computed | contract.not_restored.keys() | links_left_out(contract, payload)
    return _is_cut_off(payload, ignored, "")


def _is_cut_off(value: Any, ignored: frozenset[str], path: str) -> bool:
    if isinstance(value, list):
        return any(_is_cut_off(member, ignored, path) for member in value)
    if not isinstance(value, Mapping):
        return False
    for key, member in value.items():
        linked = _linked(key)
        name = f"{path}{key if linked is None else linked}"
        # Reports about devices go on for many pages, and are never restored.
        if name in ignored:
            continue
        if member if linked is not None else _is_cut_off(member, ignored, f"{name}."):
            return True
    return False


def _linked(key: str) -> str | None:
    """What a link to a next page is about, "" when about its object; None for any other key."""
    name, _, annotation = key.rpartition("@")
    return name if annotation.lower() == _NEXT_LINK else None
