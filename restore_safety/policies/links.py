"""What policies link to in their own collection, such as certificates, read link by link.

Graph answers these links at addresses of their own, and never with the policy.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tenants.graph.batching import BatchAnswer, BatchRead
from tenants.graph.client import GraphClient
from tenants.graph.contracts import Contract, link_address, links_of
from tenants.graph.errors import ErrorKind, GraphError
from tenants.graph.payloads import Json

_SHOWN = ("id", "displayName")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRead:
    """One link of one policy, and where it is read."""

    object_id: str
    name: str
    is_collection: bool
    read: BatchRead


def link_reads(kind: Contract, payloads: Mapping[str, Json]) -> Iterator[LinkRead]:
    """The reads of every link that these policies, by id, may have."""
    for object_id, payload in payloads.items():
        for name, member in links_of(kind, payload).items():
            address = link_address(kind, payload, quote(object_id, safe=""), name)
            yield LinkRead(
                object_id=object_id,
                name=name,
                is_collection=member.is_collection,
                read=BatchRead(path=f"{address}?$select={','.join(_SHOWN)}", version=kind.version),
            )


def linked_in(client: GraphClient, link: LinkRead, answer: BatchAnswer) -> Any:
    """The ids and names of what the link leads to; None or [] where it leads nowhere.

    Raises GraphError where it was not answered. Graph answers 404 for a link to one object that is
    not set; a list that is empty is answered as one.
    """
    if answer.error is None and link.is_collection:
        return [_shown(one) for one in client.members(answer.body)]
    if answer.error is None:
        return _shown(answer.body) if answer.body else None
    if answer.error.kind is ErrorKind.NOT_FOUND and not link.is_collection:
        return None
    raise answer.error


def _shown(linked: Json) -> Json:
    if not linked.get("id"):
        raise GraphError("A link was answered without an id.", kind=ErrorKind.REJECTED)
    return {key: linked[key] for key in _SHOWN if key in linked}
