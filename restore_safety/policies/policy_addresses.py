"""The addresses under which a policy, its assignments and its collections are read."""

from dataclasses import dataclass
from urllib.parse import quote

from tenants.graph.batching import BatchRead
from tenants.graph.contracts import Contract, Part, PartRead

MEMBERS_PER_PAGE = 1000
ASSIGNMENTS = "assignments"


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAddress:
    """One address of a policy: itself, its assignments or a collection below it."""

    object_id: str
    name: str
    read: BatchRead


def addresses_of(kind: Contract, object_id: str, base: str) -> list[PolicyAddress]:
    parts = [_expansion(part) for part in kind.parts if part.read is PartRead.EXPAND]
    expanded = [*parts, *kind.bound_links]
    addresses = {
        "": f"{base}?$expand={quote(','.join(expanded), safe='$=(),')}" if expanded else base
    }
    for part in kind.parts:
        if part.read is PartRead.PAGE:
            addresses[part.name] = f"{base}/{part.name}{_page_options(part)}"
    if not kind.unassigned:
        addresses[ASSIGNMENTS] = f"{base}/{ASSIGNMENTS}"
    return [
        PolicyAddress(
            object_id=object_id, name=name, read=BatchRead(path=path, version=kind.version)
        )
        for name, path in addresses.items()
    ]


def _expansion(part: Part) -> str:
    return f"{part.name}($expand={part.expand})" if part.expand else part.name


def _page_options(part: Part) -> str:
    """A limit only where a count proves what came: see `listing`. Graph takes none by $expand."""
    if part.expand:
        return f"?$expand={quote(part.expand, safe='$=(),')}"
    return f"?$top={MEMBERS_PER_PAGE}" if part.count_property else ""
