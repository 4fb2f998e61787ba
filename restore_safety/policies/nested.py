"""Entities inside of entities, read one by one where Graph refuses to expand them together."""

import re
from urllib.parse import quote

from tenants.graph.batching import BatchRead
from tenants.graph.client import GraphClient
from tenants.graph.contracts import Part
from tenants.graph.payloads import Json

# `a,b($expand=c)`: names, each with what to expand inside of it.
_EXPANSION = re.compile(r"(\w+)(?:\(\$expand=([^()]*)\))?")


def inner_expansions(part: Part) -> dict[str, str]:
    """What a part expands that itself is to be expanded, by name."""
    return {name: inner for name, inner in _EXPANSION.findall(part.expand) if inner}


class NestedParts:
    """The entities of a part with what lies inside of them: one list, and one request for each."""

    def __init__(self, client: GraphClient, part: Part, *, version: str) -> None:
        self._client = client
        self._part = part
        self._version = version

    def of(self, address: str) -> list[Json]:
        """The entities below the policy at this address; GraphError where any is not answered."""
        inner = inner_expansions(self._part)
        flat = [name for name, inside in _EXPANSION.findall(self._part.expand) if not inside]
        query = f"?$expand={','.join(flat)}" if flat else ""
        base = f"{address}/{self._part.name}"
        first = self._client.get(f"{base}{query}", version=self._version)
        entities = self._client.members(first)
        for name, inside in inner.items():
            reads = [
                BatchRead(
                    path=f"{base}/{quote(str(one['id']), safe='')}/{name}?$expand={inside}",
                    version=self._version,
                )
                for one in entities
            ]
            for entity, answer in zip(entities, self._client.batch(reads), strict=True):
                if answer.error is not None:
                    raise answer.error
                entity[name] = self._client.members(answer.body)
        return entities
